package process_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is a running program. It ends with its test at the latest.
type process struct {
	t     *testing.T
	name  string
	cmd   *exec.Cmd
	out   lines // what it printed
	log   lines // what it logged
	ended chan struct{}
}

// startProcess starts a program. It is given the test's environment without anything that is Beckon's, and the variables.
func startProcess(t *testing.T, name, path string, variables []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.Command(path, args...), ended: make(chan struct{})}
	p.cmd.Env, p.cmd.Dir = append(neutralEnvironment(), variables...), repository(t)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.log
	require.NoError(t, p.cmd.Start())
	go func() {
		_ = p.cmd.Wait() // how it ended is asked of its state
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s (process %d) ended with %s; its last log entries:\n%s",
				name, p.cmd.Process.Pid, p.cmd.ProcessState, p.log.tail())
		}
	})
	return p
}

// neutralEnvironment is this process's, without what configures Beckon.
func neutralEnvironment() []string {
	kept := []string{}
	for _, variable := range os.Environ() {
		ours := false
		for _, prefix := range []string{"BECKON_", "TEMPORAL_", "SENDGRID_", "OPENAI_"} {
			ours = ours || strings.HasPrefix(variable, prefix)
		}
		if !ours {
			kept = append(kept, variable)
		}
	}
	return kept
}

// untilReady waits for the line that says that everything is up, and returns its values by their names.
func (p *process) untilReady() map[string]string {
	p.t.Helper()
	line := p.untilLine(&p.out, "ready ")
	values := map[string]string{}
	for _, field := range strings.Fields(line)[1:] {
		name, value, found := strings.Cut(field, "=")
		require.True(p.t, found, "%s printed %q", p.name, line)
		values[name] = value
	}
	return values
}

// untilLine waits for a line that contains the text. A process that ends instead fails the test.
func (p *process) untilLine(of *lines, text string) string {
	p.t.Helper()
	return until(p.t, patient, p.name+" writes "+text, func() string {
		line := of.find(text)
		if line == "" && p.hasEnded() {
			require.FailNow(p.t, p.name+" ended", "before it wrote %q", text)
		}
		return line
	}, func(line string) bool { return line != "" })
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// signal sends a signal to the process, by its id; none once it has ended.
func (p *process) signal(signal syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); !errors.Is(err, os.ErrProcessDone) {
		require.NoError(p.t, err)
	}
}

// kill ends the process with SIGKILL, which it cannot notice, and returns when it is gone.
func (p *process) kill() {
	p.t.Helper()
	p.signal(syscall.SIGKILL)
	<-p.ended
}

// stop asks the process to stop as Ctrl-C does, and returns its exit code and how long it took.
func (p *process) stop() (code int, took time.Duration) {
	p.t.Helper()
	began := time.Now()
	p.signal(syscall.SIGINT)
	return p.untilEnd(), time.Since(began)
}

// untilEnd waits until the process ends by itself, and returns its exit code.
func (p *process) untilEnd() int {
	p.t.Helper()
	until(p.t, patient, p.name+" ends", p.hasEnded, func(ended bool) bool { return ended })
	return p.cmd.ProcessState.ExitCode()
}

// lines keeps what is written to it.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// find is the first whole line that contains the text, or nothing.
func (l *lines) find(text string) string {
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, text) && strings.HasSuffix(line, "\n") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// tail is the last lines.
func (l *lines) tail() string {
	const most = 40
	all := strings.SplitAfter(l.String(), "\n")
	return strings.Join(all[max(0, len(all)-most):], "")
}
