package integration_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"

	"beckon/service"
	"beckon/workflows"
)

// signalCounter counts the signals that Beckon sends to each workflow.
type signalCounter struct {
	interceptor.ClientInterceptorBase

	mu     sync.Mutex
	counts map[string]int
}

func (c *signalCounter) InterceptClient(next interceptor.ClientOutboundInterceptor) interceptor.ClientOutboundInterceptor {
	return &countingClient{ClientOutboundInterceptorBase: interceptor.ClientOutboundInterceptorBase{Next: next}, counter: c}
}

// reset forgets what was counted.
func (c *signalCounter) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts = map[string]int{}
}

// of is how many signals the workflow was sent.
func (c *signalCounter) of(workflowID string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts[workflowID]
}

type countingClient struct {
	interceptor.ClientOutboundInterceptorBase

	counter *signalCounter
}

func (c *countingClient) SignalWorkflow(ctx context.Context, in *interceptor.ClientSignalWorkflowInput) error {
	c.counter.mu.Lock()
	c.counter.counts[in.WorkflowID]++
	c.counter.mu.Unlock()
	return c.Next.SignalWorkflow(ctx, in)
}

// TestQueues has a campaign of 2,000 and one of 20 share a queue that lets 20 go a second: the small one has its turns. Then
// those of the huge one that are still queued are disabled, behind a rate of 5 a second: nobody is sent a signal for
// it more than once, however often reconcile looks.
func TestQueues(t *testing.T) {
	t.Parallel()
	const (
		huge, small = 2_000, 20
		closed      = 0.001 // a second: nothing goes
		faster      = 20.0
		slower      = 5.0
		rounds      = 6 // of reconcile: each stands for a minute
	)
	counter := &signalCounter{counts: map[string]int{}}
	s := newStack(t, options{
		rateEmail: closed, reconcileEvery: 2 * time.Second, interceptors: []interceptor.ClientInterceptor{counter},
	})
	large := s.createCampaign(settings("Huge", "manual"))
	s.add(large, crowd("huge", huge/2))
	s.add(large, crowd("huger", huge/2))
	little := s.createCampaign(settings("Small", "manual"))
	s.add(little, crowd("small", small))
	for id, n := range map[string]int{large: huge, little: small} {
		s.control(id, "go-live")
		s.untilProgress(id, patient, "everybody waits for the start",
			func(p progress) bool { return p.Waiting["start_outreaches"] == n })
	}
	s.control(large, "start-outreaches")
	s.untilProgress(large, patient, "the huge one fills the queue",
		func(p progress) bool { return p.Waiting["send_queue"] >= huge-small })
	s.restartWorkers(faster)
	s.untilProgress(large, patient, "the queue moves", func(p progress) bool { return p.Attempts > small })

	began := s.progress(large).Attempts
	s.control(little, "start-outreaches")
	s.untilProgress(little, patient, "the small one is done", func(p progress) bool { return p.Attempts == small })
	meanwhile := s.progress(large).Attempts - began
	t.Logf("while the small campaign sent its %d, the huge one sent %d", small, meanwhile)
	// Turn and turn about, and what was on its way before.
	require.Less(t, meanwhile, 5*small, "the huge campaign did not starve the small one")

	// Disabled while queued.
	s.restartWorkers(slower)
	counter.reset()
	queued := s.progress(large).Waiting["send_queue"]
	require.Greater(t, queued, huge/2)
	var bulk struct{ Changed, Skipped int }
	// The queue moves on between the count and the call: whoever meant another number counts again.
	disabled := until(t, soon, "the bulk action meant the right number", func() answer {
		return s.send(http.MethodPost, contactsPath(large)+"/bulk", "application/json", fmt.Sprintf(
			`{"action":"disable","filter":{"waitingReason":"send_queue"},"expectedCount":%d}`,
			s.progress(large).Waiting["send_queue"]), nil)
	}, func(a answer) bool { return a.status == http.StatusOK })
	require.NoError(t, json.Unmarshal(disabled.body, &bulk))
	require.Positive(t, bulk.Changed)
	p := s.progress(large)
	require.GreaterOrEqual(t, p.Waiting["disabled"], bulk.Changed, "all are shown as disabled at once")
	done := s.roundsOfReconcile() + rounds
	until(t, patient, "reconcile has looked again and again", s.roundsOfReconcile, func(n int) bool { return n >= done })
	for _, c := range s.contacts(large, "status=disabled") {
		require.LessOrEqual(t, counter.of(contactWorkflow(large, c.ID)), 1)
	}
	require.LessOrEqual(t, s.progress(large).Attempts-p.Attempts, p.InFlight, "no send of them started")
}

// restartWorkers restarts the workers with another rate of e-mails a second.
func (s *stack) restartWorkers(rate float64) {
	s.t.Helper()
	s.workers.Stop()
	s.config.RateEmail = rate
	workers, err := service.NewWorkers(s.config, s.db, s.temporal, slog.New(slog.DiscardHandler))
	require.NoError(s.t, err)
	s.workers = workers
	require.NoError(s.t, workers.Start(s.t.Context()))
}

// roundsOfReconcile counts the rounds that reconcile has done in its present run.
func (s *stack) roundsOfReconcile() int {
	n := 0
	for _, event := range s.history(workflows.ReconcileID, "") {
		if event.GetActivityTaskCompletedEventAttributes() != nil {
			n++
		}
	}
	return n
}

// crowd invents any number of people.
func crowd(word string, n int) []person {
	made := make([]person, n)
	for i := range made {
		made[i] = person{FirstName: "Quillon", LastName: word, Email: fmt.Sprintf("quoxley%d@%s-mail.example", i, word)}
	}
	return made
}
