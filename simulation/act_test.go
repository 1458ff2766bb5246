package simulation_test

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/workflows"
)

// What operators, contacts and providers do in a world: the store's transaction, then the workflow is told, as the API does.

// signal signals a workflow of the world. Error: CodeNotFound where it does not run.
func (w *world) signal(name string, wake models.Wake) error {
	return w.signalWith(name, wake, workflows.SignalPayload{Revision: &wake.Revision})
}

func (w *world) signalWith(name string, wake models.Wake, payload any) error {
	if wake.ContactID == "" {
		w.env.SignalWorkflow(name, payload)
		return nil
	}
	if err := w.env.SignalWorkflowByID(workflows.WakeID(wake), name, payload); err != nil {
		return models.Errorf(models.CodeNotFound, "%s", err)
	}
	return nil
}

// tell tells those workflows that run.
func (w *world) tell(name string, wakes ...models.Wake) {
	for _, wake := range wakes {
		if wake.CampaignID == w.campaignID {
			_ = w.signal(name, wake) // one that has ended need not know
		}
	}
}

// command sends a control as a signal from Temporal's command line does: without a row behind it.
func (w *world) command(name string, payload any) {
	require.NoError(w.t, w.signalWith(name, w.theContact(), payload))
}

// commandCampaign does the same to the campaign's workflow.
func (w *world) commandCampaign(control models.Control) {
	w.env.SignalWorkflow(string(control), map[string]any{})
}

func (w *world) theContact() models.Wake {
	return models.Wake{CampaignID: w.campaignID, ContactID: w.contactID}
}

// control carries out a control of the campaign.
func (w *world) control(control models.Control) models.ControlResult {
	w.t.Helper()
	result, err := w.Control(w.t.Context(), w.campaignID, control,
		models.ControlOptions{ConsentAttestedBy: new("Test")})
	require.NoError(w.t, err)
	w.tell(string(control), models.Wake{CampaignID: w.campaignID, Revision: result.Revision})
	return result
}

// refuses wants a control of the campaign to be refused.
func (w *world) refuses(control models.Control, code models.Code) {
	w.t.Helper()
	_, err := w.Control(w.t.Context(), w.campaignID, control, models.ControlOptions{})
	require.Equal(w.t, code, models.ErrorCode(err), "%s: %v", control, err)
}

// contactControl carries out a control of the contact, and says whether it changed anything.
func (w *world) contactControl(control models.ContactControl) bool {
	w.t.Helper()
	changed, err := w.tryContact(control, 0)
	require.NoError(w.t, err)
	return changed
}

// approve approves a version of the contact's outreach.
func (w *world) approve(version int) bool {
	w.t.Helper()
	changed, err := w.tryContact(models.ContactApprove, version)
	require.NoError(w.t, err)
	return changed
}

func (w *world) tryContact(control models.ContactControl, version int) (bool, error) {
	changed, wake, err := w.ContactControl(w.t.Context(), w.campaignID, w.contactID, control,
		models.ContactControlOptions{Version: version})
	w.tell(string(control), wake)
	return changed, err
}

// edit changes the contact's planned outreach.
func (w *world) edit(edit models.OutreachEdit) {
	w.t.Helper()
	wake, err := w.EditOutreach(w.t.Context(), w.campaignID, w.contactID, edit)
	require.NoError(w.t, err)
	w.tell(workflows.SignalRevise, wake)
}

// patch changes the campaign's settings.
func (w *world) patch(change func(*models.Campaign)) {
	w.t.Helper()
	_, wake, err := w.UpdateCampaign(w.t.Context(), w.campaignID, func(c *models.Campaign) error {
		change(c)
		return nil
	})
	require.NoError(w.t, err)
	w.tell(workflows.SignalWake, wake)
}

// add adds the contact, or adds it again.
func (w *world) add() {
	w.t.Helper()
	result, err := w.AddContacts(w.t.Context(), w.campaignID, models.ActionUpsert, models.SourceAPI,
		[]models.ContactInput{w.person})
	require.NoError(w.t, err)
	w.contactID = result.Results[0].ContactID
	if result.Signal && !w.env.Now().Before(epoch()) {
		w.tell(workflows.SignalContactsAdded, models.Wake{CampaignID: w.campaignID, Revision: result.Revision})
	}
	w.tell(workflows.SignalWake, result.Wake...)
}

// remove removes the contact.
func (w *world) remove() {
	w.t.Helper()
	wake, err := w.RemoveContact(w.t.Context(), w.campaignID, w.contactID)
	require.NoError(w.t, err)
	w.tell(workflows.SignalWake, wake)
}

// reply has the contact answer by text.
func (w *world) reply(text string) {
	w.t.Helper()
	w.answer(models.InboundMessage{Channel: models.ChannelText, From: *w.person.Phone, Text: text})
}

// replyByEmail has the contact answer by e-mail.
func (w *world) replyByEmail(text string) {
	w.t.Helper()
	w.answer(models.InboundMessage{Channel: models.ChannelEmail, From: *w.person.Email, Text: text})
}

func (w *world) answer(message models.InboundMessage) {
	w.t.Helper()
	message.At, message.ProviderID = w.env.Now(), "reply-"+w.env.Now().Format(time.RFC3339Nano)
	message.OptOut = message.Text == "STOP"
	received, err := w.RecordReply(w.t.Context(), message)
	require.NoError(w.t, err)
	w.tell(workflows.SignalReply, received.Wakes...)
}

// report has the provider report about what it was asked to send last.
func (w *world) report(event models.EventType, code string) {
	w.t.Helper()
	calls := w.outside.all()
	require.NotEmpty(w.t, calls)
	last := calls[len(calls)-1].OutreachID
	wakes, err := w.RecordEvents(w.t.Context(), []models.ProviderEvent{{
		OutreachID: last, Type: event, At: w.env.Now(), Code: code, DedupeKey: fmt.Sprintf("%s %s", last, event),
	}})
	require.NoError(w.t, err)
	w.tell(workflows.SignalDelivery, wakes...)
}

// sweep tells contacts of suppressions, as reconcile does.
func (w *world) sweep() {
	w.t.Helper()
	wakes, more, err := w.SweepSuppressions(w.t.Context(), always)
	require.NoError(w.t, err)
	require.False(w.t, more)
	w.tell(workflows.SignalWake, wakes...)
}
