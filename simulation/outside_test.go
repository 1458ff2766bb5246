package simulation_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"beckon/models"
)

// planner stands in for the AI. It plans for the earliest time on the preferred channel, unless a test says otherwise.
type planner struct {
	mu       sync.Mutex
	requests []models.PlanRequest
	// answer is what it answers to the n-th request, from 1; nil plans by default.
	answer func(n int, request models.PlanRequest) (models.Plan, error)
}

// Plan answers as the test says.
func (p *planner) Plan(_ context.Context, request models.PlanRequest) (models.Plan, error) {
	p.mu.Lock()
	p.requests = append(p.requests, request)
	n, answer := len(p.requests), p.answer
	p.mu.Unlock()
	if answer != nil {
		return answer(n, request)
	}
	return planned(n, request), nil
}

// asked are the requests so far.
func (p *planner) asked() []models.PlanRequest {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]models.PlanRequest{}, p.requests...)
}

// planned is a plan for the earliest time on the preferred channel. Its text names the request that it answers.
func planned(n int, request models.PlanRequest) models.Plan {
	first := request.Channels[0]
	plan := models.Plan{
		Channel: first.Channel, SendAt: first.Earliest, Body: textOf(n), Reason: "It is time.", Model: "test-model",
		PromptTokens: 100, CompletionTokens: 20,
	}
	if plan.Channel == models.ChannelEmail {
		plan.Subject = "Your check-up"
	}
	return plan
}

// textOf is the text of the planner's n-th plan.
func textOf(n int) string { return fmt.Sprintf("It is time for a check-up. (plan %d)", n) }

// sent is what a provider was asked to send.
type sent struct {
	OutreachID string
	Channel    models.Channel
	To         string
	Body       string
	At         time.Time
}

// outside stands in for the providers of all channels. It accepts, unless a test says otherwise.
type outside struct {
	now func() time.Time

	mu    sync.Mutex
	calls []sent // all that it was asked, refused or not
	// answer is the error of the n-th call, from 1; nil accepts.
	answer func(n int, call sent) error
}

// SendEmail takes an e-mail.
func (o *outside) SendEmail(_ context.Context, email models.Email) (string, error) {
	return o.take(sent{email.OutreachID, models.ChannelEmail, email.To, email.Text, o.now()})
}

// SendText takes a text.
func (o *outside) SendText(_ context.Context, text models.Text) (string, error) {
	return o.take(sent{text.OutreachID, models.ChannelText, text.To, text.Body, o.now()})
}

// MakeCall takes a call. What it says is asked for when it is answered.
func (o *outside) MakeCall(_ context.Context, call models.Call) (string, error) {
	return o.take(sent{call.OutreachID, models.ChannelPhone, call.To, "", o.now()})
}

func (o *outside) take(call sent) (string, error) {
	o.mu.Lock()
	o.calls = append(o.calls, call)
	n, answer := len(o.calls), o.answer
	o.mu.Unlock()
	if answer != nil {
		if err := answer(n, call); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("provider-%d", n), nil
}

// all are the calls so far.
func (o *outside) all() []sent {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]sent{}, o.calls...)
}

// failing fails the first n calls as given, and accepts the others.
func failing(n int, kind models.FailureKind, code string, retryAfter time.Duration) func(int, sent) error {
	return func(call int, _ sent) error {
		if call > n {
			return nil
		}
		return &models.ProviderError{Kind: kind, Code: code, RetryAfter: retryAfter}
	}
}

// always is more calls than any test makes.
const always = 1_000

// unplannable fails the first n requests for a plan, in a way that no repetition helps.
func unplannable(n int) func(int, models.PlanRequest) (models.Plan, error) {
	return func(call int, request models.PlanRequest) (models.Plan, error) {
		if call <= n {
			return models.Plan{}, &models.ProviderError{Kind: models.FailureBadAnswer, Code: "no_plan"}
		}
		return planned(call, request), nil
	}
}
