package store

import (
	"context"
	"sync"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

const (
	callsTogether  = 100   // that share a transaction at most
	inputsTogether = 1_000 // contacts of those calls, the last one's apart
	// togetherWithin is how long a transaction of several calls may take, since none of their contexts ends it.
	togetherWithin = 30 * time.Second
)

// addKey is what calls that share a transaction have in common.
type addKey struct {
	campaignID string
	action     models.AddAction
	source     models.SourceKind
	actor      models.Actor
}

// addCall is a call that waits for the one before it.
type addCall struct {
	inputs []models.ContactInput
	done   chan addOutcome // has room for it
}

type addOutcome struct {
	result models.AddResult
	err    error
}

// addQueue holds the calls that came while another of their kind was under way.
type addQueue struct {
	mu      sync.Mutex
	waiting map[addKey][]*addCall // a kind is in it while one of its calls is under way
}

// enter reports whether the call may go at once; else it waits in the queue.
func (q *addQueue) enter(key addKey, call *addCall) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	calls, busy := q.waiting[key]
	if busy {
		q.waiting[key] = append(calls, call)
		return false
	}
	if q.waiting == nil {
		q.waiting = map[addKey][]*addCall{}
	}
	q.waiting[key] = nil
	return true
}

// next takes calls that may share a transaction out of the queue; where there are none the kind is under way no more.
func (q *addQueue) next(key addKey) []*addCall {
	q.mu.Lock()
	defer q.mu.Unlock()
	waiting := q.waiting[key]
	if len(waiting) == 0 {
		delete(q.waiting, key)
		return nil
	}
	n, inputs := 0, 0
	for n < len(waiting) && n < callsTogether && inputs < inputsTogether {
		inputs += len(waiting[n].inputs)
		n++
	}
	q.waiting[key] = waiting[n:]
	return waiting[:n:n]
}

// addWaiting sees to the calls that came meanwhile. Who made the first of them does not wait for the others.
func (s *Store) addWaiting(ctx context.Context, key addKey) {
	first := s.adds.next(key)
	if first == nil {
		return
	}
	ctx = context.WithoutCancel(ctx) // the actor is the same
	go func() {
		for calls := first; calls != nil; calls = s.adds.next(key) {
			s.addTogether(ctx, key, calls)
		}
	}()
}

// addTogether answers calls from one transaction. If that fails, one of them may be to blame: each has its own then.
func (s *Store) addTogether(ctx context.Context, key addKey, calls []*addCall) {
	ctx, cancel := context.WithTimeout(ctx, togetherWithin)
	defer cancel()
	inputs := make([][]models.ContactInput, len(calls))
	for i, call := range calls {
		inputs[i] = call.inputs
	}
	var results []models.AddResult
	err := s.transact(ctx, func(tx *gorm.DB) (err error) {
		results, err = s.addCalls(tx, key, inputs)
		return err
	})
	for i, call := range calls {
		outcome := addOutcome{err: err}
		switch {
		case err == nil:
			outcome.result = results[i]
		case len(calls) > 1:
			outcome.result, outcome.err = s.addAlone(ctx, key, call.inputs)
		}
		call.done <- outcome
	}
}
