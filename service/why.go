package service

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

// whyTimeout bounds what Temporal is asked for.
const whyTimeout = 5 * time.Second

// Why says, in words, why the contacts that an operator names are where they are: what the database says, what their
// workflow says, and what would free them. It prints ids, times and codes only, no name, address or text.
// Error: CodeNotFound where there is no such contact.
func Why(ctx context.Context, out io.Writer, db *store.Store, temporal client.Client, what string) error {
	found, err := db.FindContacts(ctx, what)
	if err != nil {
		return fmt.Errorf("find the contact: %w", err)
	}
	if len(found) == 0 {
		return models.Errorf(models.CodeNotFound, "there is no contact with that id, e-mail address or phone number (E.164)")
	}
	for i, ref := range found {
		detail, err := db.Contact(ctx, ref.CampaignID, ref.ContactID)
		if err != nil {
			return fmt.Errorf("read the contact: %w", err)
		}
		lines := append(whyRow(detail), whyWorkflow(ctx, temporal, ref)...)
		if i > 0 {
			lines = append([]string{""}, lines...)
		}
		if _, err := fmt.Fprintln(out, strings.Join(lines, "\n")); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	return nil
}

// whyRow is what the database says.
func whyRow(c *models.ContactDetail) []string {
	lines := []string{
		"contact     " + c.ID,
		fmt.Sprintf("campaign    %s (%s)", c.CampaignID, c.CampaignStatus),
		fmt.Sprintf("status      %s, attempts %d/%d", c.Shown(), c.Attempts, c.MaxAttempts),
	}
	if c.StatusReason != nil {
		lines[2] += fmt.Sprintf(", %s", *c.StatusReason)
	}
	if c.Unconfirmed {
		lines = append(lines, "unconfirmed nobody can say of an outreach whether it was sent; an operator may resend it")
	}
	switch waiting := c.Waiting(); {
	case waiting != nil:
		lines = append(lines, fmt.Sprintf("waits for   %s: %s", waiting.Reason, waiting), "freed by    "+waiting.Reason.FreedBy())
	case c.Finished():
		lines = append(lines, "waits for   nothing: it is finished")
	default:
		lines = append(lines, "waits for   the provider, which is being called")
	}
	if next := c.NextOutreach; next != nil {
		lines = append(lines, fmt.Sprintf("next        attempt %d by %s, version %d, %s, planned for %s",
			next.Attempt, next.Channel, next.Version, next.State, next.SendAt.UTC().Format(time.RFC3339)))
	}
	for i := range c.History {
		o := &c.History[i]
		line := fmt.Sprintf("history     attempt %d by %s: %s", o.Attempt, o.Channel, o.State)
		if o.ClaimedAt != nil {
			line += ", claimed " + o.ClaimedAt.UTC().Format(time.RFC3339)
		}
		if o.ResultCode != nil {
			line += ", code " + *o.ResultCode
		}
		lines = append(lines, line)
	}
	if c.Revision != c.SeenRevision {
		lines = append(lines, fmt.Sprintf("revision    %d, of which its workflow has seen %d", c.Revision, c.SeenRevision))
	}
	return lines
}

// whyWorkflow is what Temporal says.
func whyWorkflow(ctx context.Context, temporal client.Client, ref models.Wake) []string {
	ctx, cancel := context.WithTimeout(ctx, whyTimeout)
	defer cancel()
	id := workflows.ContactID(ref.CampaignID, ref.ContactID)
	own := workflows.NewClient(temporal)
	state, err := own.Describe(ctx, id)
	if err != nil {
		return []string{"workflow    Temporal does not answer: " + err.Error()}
	}
	lines := []string{fmt.Sprintf("workflow    %s: %s", id, state)}
	if state != workflows.RunOpen {
		return lines
	}
	if answer, err := own.ContactState(ctx, ref.CampaignID, ref.ContactID); err == nil {
		lines = append(lines, fmt.Sprintf("it says     %s (since %s)", answer.Detail, answer.Since.UTC().Format(time.RFC3339)))
	} else {
		lines = append(lines, "it says     nothing: no worker answers for it")
	}
	description, err := temporal.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return lines
	}
	for _, pending := range description.GetPendingActivities() {
		line := fmt.Sprintf("activity    %s: %s, attempt %d", pending.GetActivityType().GetName(), pending.GetState(), pending.GetAttempt())
		if failure := pending.GetLastFailure(); failure != nil {
			line += ", last failure " + failure.GetApplicationFailureInfo().GetType()
		}
		lines = append(lines, line)
	}
	return lines
}
