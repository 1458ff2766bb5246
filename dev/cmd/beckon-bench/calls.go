package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/api/enums/v1"

	"beckon/workflows"
)

// callReport are the figures of calls of the contacts endpoint with one contact each.
type callReport struct {
	Calls     int     `json:"calls"`
	Clients   int     `json:"clients"`
	PerSecond float64 `json:"perSecond"`
	P50       float64 `json:"millisP50"`
	P95       float64 `json:"millisP95"`
	Signals   int     `json:"signals"` // that the campaign's workflow was told
}

const callClients = 32

// callsOn measures a whole API process on the database.
func callsOn(ctx context.Context, address string, calls int) (report *callReport, err error) {
	err = inStackOn(ctx, address, func(s *stack) error {
		report, err = s.calls(calls)
		return err
	})
	return report, err
}

// calls has many clients call at once.
func (s *stack) calls(calls int) (*callReport, error) {
	id, err := s.campaign("Calls", 0)
	if err != nil {
		return nil, err
	}
	if err := s.control(id, "go-live"); err != nil {
		return nil, err
	}
	s.http.Transport = &http.Transport{MaxIdleConnsPerHost: callClients}
	defer s.http.CloseIdleConnections()
	before, err := s.signals(id)
	if err != nil {
		return nil, err
	}
	took, failed, next := make([]float64, calls), make([]error, callClients), atomic.Int64{}
	var clients sync.WaitGroup
	began := time.Now()
	for client := range callClients {
		clients.Go(func() {
			for n := int(next.Add(1)); n <= calls && failed[client] == nil; n = int(next.Add(1)) {
				body := fmt.Appendf(nil, `{"contacts":[{"firstName":"Ava","lastName":"Nguyen","email":"ava%d@example.com",`+
					`"contactMetadata":{"plan":"Team"}}]}`, n)
				started := time.Now()
				failed[client] = s.call(http.MethodPost, "/api/v1/campaigns/"+id+"/contacts", "application/json", body, nil)
				took[n-1] = millis(time.Since(started))
			}
		})
	}
	clients.Wait()
	seconds := time.Since(began).Seconds()
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	after, err := s.signals(id)
	if err != nil {
		return nil, err
	}
	return &callReport{
		Calls: calls, Clients: callClients, PerSecond: float64(calls) / seconds, P50: quantile(took, 50), P95: quantile(took, 95),
		Signals: after - before,
	}, nil
}

// signals counts what the campaign's workflow was told.
func (s *stack) signals(campaignID string) (int, error) {
	history := s.temporal.GetWorkflowHistory(s.ctx, workflows.CampaignID(campaignID), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	n := 0
	for history.HasNext() {
		event, err := history.Next()
		if err != nil {
			return 0, fmt.Errorf("read history: %w", err)
		}
		if event.GetEventType() == enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED {
			n++
		}
	}
	return n, nil
}
