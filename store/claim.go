package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"beckon/models"
)

// Claim names one claim of an outreach. Only who holds its token may write the result.
type Claim struct {
	CampaignID string
	ContactID  string
	OutreachID string
	Token      string
	At         time.Time
}

// ClaimRequest says what a workflow wants to send.
type ClaimRequest struct {
	CampaignID string
	ContactID  string
	OutreachID string
	Channel    models.Channel // whose queue asks: a claim for another channel waits for that one's turn; "" for any
	Attempt    int            // the attempt that the workflow makes; a ledger that knows fewer before it refuses
}

// Claim is the transaction that every send begins with. It decides, under the locks, whether the outreach may go
// now. Where it may, the outreach is `submitting` and the claim is given, with the message as it is to be sent; where not,
// the step says what the contact does instead, and is recorded. Nothing is returned for sending twice: an outreach
// that is submitting already waits for proof. Error: CodeNotFound.
func (s *Store) Claim(
	ctx context.Context, request ClaimRequest,
) (step models.Step, claim *Claim, message *models.Message, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		step, claim, message = models.Step{}, nil, nil
		f, err := s.readLocked(tx, request.CampaignID, request.ContactID, claiming)
		if err != nil {
			return err
		}
		if f.Contact.Attempts+1 < request.Attempt {
			step, err = s.holdBehind(tx, f)
			return err
		}
		f.withoutGuard()
		step = models.Decide(f.Facts)
		otherQueue := request.Channel != "" && step.Channel != request.Channel
		if step.Do != models.DoSend || step.OutreachID != request.OutreachID || otherQueue {
			step, err = s.decide(tx, f)
			return err
		}
		if claim, err = s.grant(tx, f); err != nil {
			return err
		}
		message, err = f.message(tx, f.Outreach)
		return err
	})
	if err != nil {
		return models.Step{}, nil, nil, err
	}
	return step, claim, message, nil
}

// withoutGuard forgets, in a build without the guard, that the outreach was claimed before.
func (f *facts) withoutGuard() {
	if !claimGuard && f.Outreach != nil && f.Outreach.State == models.OutreachSubmitting {
		f.Outreach.State = models.OutreachPlanned
	}
}

// holdBehind holds a contact whose ledger knows fewer attempts than its workflow: to go on would send one twice.
func (s *Store) holdBehind(tx *gorm.DB, f *facts) (models.Step, error) {
	step := models.Step{
		Do: models.DoWait, Then: models.DoLook, Status: models.WaitLedgerBehind.StatusOf(f.Contact.Status),
		Waiting: &models.Waiting{Reason: models.WaitLedgerBehind, Detail: models.WaitLedgerBehind.Details()},
	}
	return step, s.record(tx, f, step)
}

// grant writes the claim, and what the contact does.
func (s *Store) grant(tx *gorm.DB, f *facts) (*Claim, error) {
	c := f.Contact
	claim, err := f.submit(tx, f.Outreach)
	if err != nil {
		return nil, err
	}
	f.waits(nil)
	c.Status, c.SeenRevision = models.ContactExecuting, c.Revision
	if err := saveContact(tx, c, f.Now); err != nil {
		return nil, err
	}
	return claim, nil
}

// submit writes the claim of an outreach. The unique index on claimed outreaches refuses a second one of the same attempt.
func (f *facts) submit(tx *gorm.DB, o *models.Outreach) (*Claim, error) {
	if err := f.frame(tx, o); err != nil {
		return nil, err
	}
	token, address := uuid.NewString(), f.Contact.Address(o.Channel)
	o.ClaimToken, o.ClaimedAt, o.Address, o.AddressHash = &token, &f.Now, &address, new(models.AddressHash(address))
	o.WaitingReason, o.WaitingUntil = nil, nil
	if err := moveOutreach(tx, o, models.OutreachSubmitting, f.Now); err != nil {
		return nil, err
	}
	return &Claim{
		CampaignID: o.CampaignID, ContactID: o.ContactID, OutreachID: o.ID, Token: token, At: f.Now,
	}, nil
}

// message is the claimed outreach as it is to be sent.
func (f *facts) message(tx *gorm.DB, o *models.Outreach) (*models.Message, error) {
	version := models.OutreachVersion{}
	if err := tx.Where("outreach_id = ? AND version = ?", o.ID, o.Version).Take(&version).Error; err != nil {
		return nil, fmt.Errorf("read plan of outreach %s: %w", o.ID, err)
	}
	switch o.Channel {
	case models.ChannelText:
		return &models.Message{Text: f.text(o, &version)}, nil
	case models.ChannelPhone:
		return &models.Message{Call: &models.Call{
			OutreachID: o.ID, CampaignID: o.CampaignID, From: f.Campaign.Sender.FromPhone, To: *o.Address,
		}}, nil
	case models.ChannelEmail:
		return &models.Message{Email: f.email(o, &version)}, nil
	default:
		return nil, models.Errorf(models.CodeInternal, "there is no channel %s", o.Channel)
	}
}

func (f *facts) email(o *models.Outreach, version *models.OutreachVersion) *models.Email {
	sender := f.Campaign.Sender
	email := &models.Email{
		OutreachID: o.ID, CampaignID: o.CampaignID, CampaignType: f.Campaign.Type,
		From: sender.FromEmail, FromName: sender.FromName, ReplyTo: sender.ReplyTo,
		To: *o.Address, ToName: fullName(f.Contact), Text: version.Body,
		BusinessName: sender.Name(), PostalAddress: sender.PostalAddress,
	}
	if email.FromName == "" {
		email.FromName = sender.BusinessName
	}
	if version.Subject != nil {
		email.Subject = *version.Subject
	}
	return email
}

// text is a text message. The provider drops it rather than deliver it after the window has closed.
func (f *facts) text(o *models.Outreach, version *models.OutreachVersion) *models.Text {
	sender := f.Campaign.Sender
	text := &models.Text{
		OutreachID: o.ID, CampaignID: o.CampaignID, From: sender.FromPhone,
		MessagingServiceSID: sender.MessagingServiceSID, To: *o.Address, Body: frameOf(o).Around(version.Body),
	}
	if closes, ends := f.Hours(models.ChannelText).Closes(f.Now); ends {
		text.ValidFor = closes.Sub(f.Now)
	}
	return text
}

func fullName(c *models.Contact) string {
	switch {
	case c.LastName == "":
		return c.FirstName
	case c.FirstName == "":
		return c.LastName
	default:
		return c.FirstName + " " + c.LastName
	}
}

// errClaimLost says that the claim's outreach is not held by its token any more.
var errClaimLost = errors.New("the claim is not held any more")
