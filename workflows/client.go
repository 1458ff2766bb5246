package workflows

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"beckon/models"
)

// Client starts, signals and queries Beckon's workflows.
type Client struct {
	temporal client.Client
}

// NewClient makes a Client over a connection to Temporal, which the caller closes.
func NewClient(temporal client.Client) *Client { return &Client{temporal: temporal} }

// StartCampaign starts a campaign's workflow, unless it runs already.
func (c *Client) StartCampaign(ctx context.Context, campaignID string) error {
	_, err := c.temporal.ExecuteWorkflow(ctx, campaignOptions(campaignID), CampaignWorkflow,
		CampaignInput{CampaignID: campaignID})
	if err != nil {
		return fmt.Errorf("start campaign %s: %w", campaignID, err)
	}
	return nil
}

func campaignOptions(campaignID string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: CampaignID(campaignID), TaskQueue: TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		Priority:                 fair(campaignID),
		StaticSummary:            "Campaign " + campaignID,
	}
}

// StartResend starts the workflow of a resend, unless it runs already.
func (c *Client) StartResend(ctx context.Context, campaignID, contactID, outreachID string) error {
	id := ResendID(campaignID, contactID, outreachID)
	_, err := c.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		Priority:                 fair(campaignID),
		StaticSummary:            "Resend of an unconfirmed outreach",
	}, ResendWorkflow, models.ResendRef{CampaignID: campaignID, ContactID: contactID, OutreachID: outreachID})
	if err != nil {
		return fmt.Errorf("start %s: %w", id, err)
	}
	return nil
}

// StartStranger starts the workflow of a stranger's message, unless it runs already.
func (c *Client) StartStranger(ctx context.Context, strangerID string) error {
	id := StrangerID(strangerID)
	_, err := c.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            "Message of somebody who is in no campaign",
	}, StrangerWorkflow, strangerID)
	if err != nil {
		return fmt.Errorf("start %s: %w", id, err)
	}
	return nil
}

// StartReconcile starts the installation's reconcile workflow, unless it runs already.
func (c *Client) StartReconcile(ctx context.Context) error {
	_, err := c.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: ReconcileID, TaskQueue: TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, ReconcileWorkflow)
	if err != nil {
		return fmt.Errorf("start reconcile: %w", err)
	}
	return nil
}

// Tell signals a workflow to look at its row. A campaign's workflow that is missing is started with it; a contact's is
// not, since only its campaign starts it: the error is CodeNotFound then.
func (c *Client) Tell(ctx context.Context, signal string, wake models.Wake) error {
	payload := SignalPayload{Revision: &wake.Revision}
	id := WakeID(wake)
	if wake.ContactID != "" {
		err := c.temporal.SignalWorkflow(ctx, id, "", signal, payload)
		if missing(err) {
			return models.Errorf(models.CodeNotFound, "there is no open workflow %s", id)
		}
		if err != nil {
			return fmt.Errorf("signal %s: %w", id, err)
		}
		return nil
	}
	_, err := c.temporal.SignalWithStartWorkflow(ctx, id, signal, payload, campaignOptions(wake.CampaignID),
		CampaignWorkflow, CampaignInput{CampaignID: wake.CampaignID})
	if err != nil {
		return fmt.Errorf("signal %s: %w", id, err)
	}
	return nil
}

func missing(err error) bool {
	var notFound *serviceerror.NotFound
	return errors.As(err, &notFound)
}

// RunState is what Temporal says of a workflow.
type RunState string

// Run states.
const (
	RunOpen      RunState = "running"
	RunCompleted RunState = "completed"
	RunClosed    RunState = "canceled" // canceled, failed, terminated or timed out
	RunNone      RunState = "none"
)

// Describe says whether a workflow is open, and how it ended else.
func (c *Client) Describe(ctx context.Context, workflowID string) (RunState, error) {
	description, err := c.temporal.DescribeWorkflowExecution(ctx, workflowID, "")
	if missing(err) {
		return RunNone, nil
	}
	if err != nil {
		return RunNone, fmt.Errorf("describe %s: %w", workflowID, err)
	}
	switch description.GetWorkflowExecutionInfo().GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW:
		return RunOpen, nil
	case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return RunCompleted, nil
	default:
		return RunClosed, nil
	}
}

// CampaignState asks a campaign's workflow what it does.
func (c *Client) CampaignState(ctx context.Context, campaignID string) (CampaignState, error) {
	return query[CampaignState](ctx, c.temporal, CampaignID(campaignID), QueryCampaignState)
}

// ContactState asks a contact's workflow what it does.
func (c *Client) ContactState(ctx context.Context, campaignID, contactID string) (ContactState, error) {
	return query[ContactState](ctx, c.temporal, ContactID(campaignID, contactID), QueryContactState)
}

func query[Out any](ctx context.Context, temporal client.Client, id, name string) (Out, error) {
	var out Out
	response, err := temporal.QueryWorkflowWithOptions(ctx, &client.QueryWorkflowWithOptionsRequest{
		WorkflowID: id, QueryType: name,
		// One that has ended would answer too, with what it said last.
		QueryRejectCondition: enumspb.QUERY_REJECT_CONDITION_NOT_OPEN,
	})
	if missing(err) || (err == nil && response.QueryRejected != nil) {
		return out, models.Errorf(models.CodeNotFound, "there is no open workflow %s", id)
	}
	if err != nil {
		return out, fmt.Errorf("query %s: %w", id, err)
	}
	if err := response.QueryResult.Get(&out); err != nil {
		return out, fmt.Errorf("read answer of %s: %w", id, err)
	}
	return out, nil
}
