package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// memoryReport is the resident memory (VmRSS) of `beckon serve`, the production binary, in MB of 10^6 bytes.
type memoryReport struct {
	Cache    int     `json:"workflowCache"`
	Contacts int     `json:"contacts"`
	IdleMB   float64 `json:"idleMB"`
	LiveMB   float64 `json:"liveMB"`
}

// Times of the measurement: how long an idle process is left alone, and how often the live one is asked.
const (
	idleFor    = 30 * time.Second
	startLimit = time.Minute
)

// memory runs the production binary on the stack's Temporal, sandbox and database: idle, and while so many contacts are live,
// each with a workflow that waits. Linux only.
func (s *stack) memory(binary string, contacts, cache int, report *report) (err error) {
	listener := s.config.Listen
	s.stopAPI() // the binary takes its place, and its address
	if err := <-s.served; err != nil {
		return err
	}
	s.stopAPI = nil
	command := exec.CommandContext(s.ctx, binary, "serve")
	said := &bytes.Buffer{}
	command.Stderr = said
	command.Env = append(os.Environ(),
		"BECKON_DATABASE_URL="+s.database, "BECKON_LISTEN="+listener, "BECKON_BOOTSTRAP_API_KEY="+benchKey, "BECKON_SECRET_KEY="+benchKey,
		"TEMPORAL_ADDRESS="+s.server.Address(), "SENDGRID_API_KEY="+benchKey, "SENDGRID_BASE_URL="+s.sandbox.EmailURL(),
		"OPENAI_API_KEY="+benchKey, "OPENAI_BASE_URL="+s.sandbox.PlanURL(), "OPENAI_MODEL=sandbox",
		"BECKON_WORKFLOW_CACHE="+strconv.Itoa(cache))
	if err := command.Start(); err != nil {
		return fmt.Errorf("start %s: %w", binary, err)
	}
	defer func() {
		err = errors.Join(err, command.Process.Signal(syscall.SIGTERM))
		if ended := command.Wait(); ended != nil {
			err = errors.Join(err, fmt.Errorf("beckon serve: %w: %s", ended, said))
		}
	}()
	if err := s.untilServes(); err != nil {
		return err
	}
	m := &memoryReport{Cache: cache, Contacts: contacts}
	if err := s.pass(idleFor); err != nil {
		return err
	}
	if m.IdleMB, err = resident(command.Process.Pid); err != nil {
		return err
	}
	id, err := s.campaignOf("memory", "manual", contacts)
	if err == nil {
		err = s.control(id, "go-live")
	}
	if err == nil {
		err = s.untilWait(id, contacts)
	}
	if err != nil {
		return err
	}
	m.LiveMB, err = resident(command.Process.Pid)
	report.Memory = m
	return err
}

// pass lets time pass.
func (s *stack) pass(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.ctx.Done():
		return s.ctx.Err()
	case <-timer.C:
		return nil
	}
}

// untilServes waits until the API answers.
func (s *stack) untilServes() error {
	for began := time.Now(); ; {
		err := s.call(http.MethodGet, "/readyz", "", nil, nil)
		if err == nil {
			return nil
		}
		if time.Since(began) > startLimit {
			return err
		}
		if err := s.pass(poll); err != nil {
			return err
		}
	}
}

// untilWait waits until all contacts of a manual campaign are planned and wait for the start.
func (s *stack) untilWait(campaignID string, contacts int) error {
	for began := time.Now(); ; {
		progress := struct {
			Waiting map[string]int `json:"waiting"`
		}{}
		if err := s.call(http.MethodGet, "/api/v1/campaigns/"+campaignID+"/progress", "", nil, &progress); err != nil {
			return err
		}
		if progress.Waiting["start_outreaches"] == contacts {
			return nil
		}
		if time.Since(began) > deadline {
			return fmt.Errorf("only %d of %d contacts wait for the start", progress.Waiting["start_outreaches"], contacts)
		}
		if err := s.pass(time.Second); err != nil {
			return err
		}
	}
}

// resident is a process's resident memory in MB.
func resident(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read the memory of a process: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmRSS:" {
			kib, err := strconv.ParseFloat(fields[1], 64)
			if err != nil {
				return 0, fmt.Errorf("read the memory of a process: %w", err)
			}
			return kib * 1024 / 1e6, nil //nolint:mnd // MB
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}
