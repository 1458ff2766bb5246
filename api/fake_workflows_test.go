package api_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"beckon/models"
	"beckon/workflows"
)

// fakeWorkflows notes what it is told.
type fakeWorkflows struct {
	mu      sync.Mutex
	told    []string
	fails   error
	hangs   bool // until the caller gives up
	hanging atomic.Int32
	contact workflows.ContactState
}

func (f *fakeWorkflows) note(ctx context.Context, what string) error {
	f.mu.Lock()
	hangs, fails := f.hangs, f.fails
	f.mu.Unlock()
	if hangs {
		f.hanging.Add(1)
		defer f.hanging.Add(-1)
		<-ctx.Done()
		return ctx.Err()
	}
	if fails != nil {
		return fails
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, what)
	return nil
}

func (f *fakeWorkflows) StartCampaign(ctx context.Context, campaignID string) error {
	return f.note(ctx, "start "+workflows.CampaignID(campaignID))
}

func (f *fakeWorkflows) Tell(ctx context.Context, signal string, wake models.Wake) error {
	return f.note(ctx, fmt.Sprintf("%s %s %d", signal, workflows.WakeID(wake), wake.Revision))
}

func (f *fakeWorkflows) StartStranger(ctx context.Context, strangerID string) error {
	return f.note(ctx, "stranger "+strangerID)
}

func (f *fakeWorkflows) StartResend(ctx context.Context, campaignID, contactID, outreachID string) error {
	return f.note(ctx, "resend "+workflows.ContactID(campaignID, contactID)+" "+outreachID)
}

func (f *fakeWorkflows) CampaignState(ctx context.Context, campaignID string) (workflows.CampaignState, error) {
	err := f.note(ctx, "ask "+workflows.CampaignID(campaignID))
	return workflows.CampaignState{RunID: "run-1", Intake: workflows.IntakeRunning, Held: 2}, err
}

func (f *fakeWorkflows) ContactState(
	ctx context.Context, campaignID, contactID string,
) (workflows.ContactState, error) {
	err := f.note(ctx, "ask "+workflows.ContactID(campaignID, contactID))
	return f.contact, err
}

// heard returns what was told, in order of the alphabet: much is told at once.
func (f *fakeWorkflows) heard() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	told := slices.Clone(f.told)
	slices.Sort(told)
	return told
}
