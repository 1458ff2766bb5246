package activities

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

// EmailSender hands one e-mail to a provider and returns the provider's id for it. Errors are *models.ProviderError; a
// failure that proves nothing is FailureInDoubt.
type EmailSender interface {
	SendEmail(ctx context.Context, email models.Email) (providerID string, err error)
}

// TextSender hands one text to a provider, as EmailSender does an e-mail.
type TextSender interface {
	SendText(ctx context.Context, text models.Text) (providerID string, err error)
}

// Caller has a provider make one call, as EmailSender has it send an e-mail.
type Caller interface {
	MakeCall(ctx context.Context, call models.Call) (providerID string, err error)
}

// Sends serves the sending of outreaches. It is the only code that talks to the providers of channels.
type Sends struct {
	Store  *store.Store
	Email  EmailSender
	Text   TextSender
	Caller Caller
	Log    *slog.Logger
	// SendTimeout is the provider's HTTP time-out, and the greatest age of a claim at which the call may begin.
	SendTimeout time.Duration
	// Tell tells campaigns that were paused because the credentials are refused; nil leaves them to reconcile.
	Tell CampaignTeller
}

// CampaignTeller tells a workflow to look at its row.
type CampaignTeller interface {
	Tell(ctx context.Context, signal string, wake models.Wake) error
}

// SendEmail claims the outreach, calls the provider once, and records what came of it; it returns what follows. Asked again
// after a crash it sends nothing: the claim finds the outreach submitting, and the contact waits for proof.
func (a *Sends) SendEmail(ctx context.Context, request workflows.SendRequest) (models.Step, error) {
	return a.send(ctx, request)
}

// SendText does the same with a text.
func (a *Sends) SendText(ctx context.Context, request workflows.SendRequest) (models.Step, error) {
	return a.send(ctx, request)
}

// MakeCall does the same with a call.
func (a *Sends) MakeCall(ctx context.Context, request workflows.SendRequest) (models.Step, error) {
	return a.send(ctx, request)
}

// send is one send by whatever channel the claimed outreach has; its queue is that channel's, unless an operator changed the
// channel while it was queued.
func (a *Sends) send(ctx context.Context, request workflows.SendRequest) (models.Step, error) {
	claims := a.Store.Claim
	if request.Resend {
		claims = a.Store.ClaimResend
	}
	step, claim, message, err := claims(ctx, store.ClaimRequest{
		CampaignID: request.CampaignID, ContactID: request.ContactID,
		OutreachID: request.OutreachID, Attempt: request.Attempt, Channel: request.Channel,
	})
	if err != nil || claim == nil {
		return step, failure(a.Log, err, "contact", request.ContactID)
	}
	providerID, err := a.call(ctx, claim, message)
	// What the provider answered is written down even if the worker is stopping.
	ctx, cancel := lasting(ctx)
	defer cancel()
	if err != nil {
		return a.failed(ctx, claim, err)
	}
	step, err = a.Store.Accept(ctx, claim, providerID)
	return step, failure(a.Log, err, "outreach", claim.OutreachID)
}

// errClaimOld says that too much time passed between claim and call.
var errClaimOld = &models.ProviderError{Kind: models.FailureDown, Code: "claim_too_old"}

// errNoProvider says that the worker has no credentials for the channel: the contact waits until it has.
var errNoProvider = &models.ProviderError{Kind: models.FailureAuth, Code: models.CodeNotConfigured}

// call calls the provider, unless the claim is so old that the call might outlive the activity.
func (a *Sends) call(ctx context.Context, claim *store.Claim, message *models.Message) (string, error) {
	if time.Since(claim.At) > a.SendTimeout {
		return "", errClaimOld
	}
	ctx, cancel := context.WithTimeout(ctx, a.SendTimeout)
	defer cancel()
	switch {
	case message.Email != nil && a.Email != nil:
		return a.Email.SendEmail(ctx, *message.Email)
	case message.Text != nil && a.Text != nil:
		return a.Text.SendText(ctx, *message.Text)
	case message.Call != nil && a.Caller != nil:
		return a.Caller.MakeCall(ctx, *message.Call)
	default:
		return "", errNoProvider
	}
}

// failed records a provider's failure as DESIGN's table of results says.
func (a *Sends) failed(ctx context.Context, claim *store.Claim, cause error) (models.Step, error) {
	problem := &models.ProviderError{Kind: models.FailureInDoubt, Code: "error"}
	_ = errors.As(cause, &problem)
	a.Log.Warn("a send did not succeed", "outreach", claim.OutreachID, "kind", string(problem.Kind), "code", problem.Code)
	var step models.Step
	var err error
	switch problem.Kind {
	case models.FailureDown:
		return a.giveBack(ctx, claim, problem, models.WaitProviderDown, exponential)
	case models.FailureLimit:
		return a.giveBack(ctx, claim, problem, models.WaitProviderLimit, exponential)
	case models.FailureAuth:
		return a.giveBack(ctx, claim, problem, models.WaitProviderAuth, models.Backoff)
	case models.FailureRejected:
		step, err = a.Store.Reject(ctx, claim, problem)
	case models.FailureInDoubt, models.FailureBadAnswer:
		fallthrough
	default: // a kind that only its adapter knows proves nothing either
		step, err = a.Store.Doubt(ctx, claim, problem)
	}
	return step, failure(a.Log, err, "outreach", claim.OutreachID)
}

// giveBack returns the claim before the activity returns. A short delay stays with Temporal, which tries the activity
// again; a longer one goes back to the workflow, and so does a refusal of our credentials.
func (a *Sends) giveBack(
	ctx context.Context, claim *store.Claim, problem *models.ProviderError, reason models.WaitingReason,
	backoff func(failures int) time.Duration,
) (models.Step, error) {
	delay := time.Duration(0)
	step, err := a.Store.GiveBack(ctx, claim, problem, reason, func(failures int) time.Duration {
		delay = max(problem.RetryAfter, backoff(failures))
		return delay
	})
	if err != nil {
		return step, failure(a.Log, err, "outreach", claim.OutreachID)
	}
	if reason == models.WaitProviderAuth {
		a.guard(ctx, claim.CampaignID)
	}
	waits := step.Do == models.DoWait && step.Waiting.Reason == reason
	if waits && reason != models.WaitProviderAuth && delay <= longestRetry {
		return models.Step{}, again(string(reason), delay)
	}
	return step, nil
}

// guard pauses the campaign where its credentials were refused too often. That it could not is no reason to forget what
// became of the send: the next refusal tries again.
func (a *Sends) guard(ctx context.Context, campaignID string) {
	wakes, err := a.Store.GuardCredentials(ctx, campaignID)
	if err != nil {
		a.Log.Error("could not look at the refused credentials of a campaign", "campaign", campaignID, "error", err)
	}
	for _, wake := range wakes {
		a.Log.Warn("paused a campaign whose credentials are refused", "campaign", campaignID)
		if a.Tell == nil {
			continue
		}
		if err := a.Tell.Tell(ctx, workflows.SignalWake, wake); err != nil {
			a.Log.Warn("could not wake a campaign", "campaign", campaignID, "error", err)
		}
	}
}
