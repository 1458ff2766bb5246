package integration_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"beckon/service"
)

// TestWorkerDeployment has workers that are versions of a Worker Deployment: they get work once their version is current, and
// when another becomes current, everything that waits goes on there, campaigns and contacts alike, and nothing is sent twice.
func TestWorkerDeployment(t *testing.T) {
	t.Parallel()
	const contacts = 20
	s := newStack(t, options{buildID: "one"})
	s.makeCurrent("one")
	id := s.createCampaign(settings("Deployment", "manual"))
	s.add(id, people("deployment", contacts))
	s.control(id, "go-live")
	s.untilProgress(id, patient, "everybody waits for the start",
		func(p progress) bool { return p.Waiting["start_outreaches"] == contacts })
	first := s.contacts(id, "")[0]
	require.Equal(t, "one", s.buildOf(contactWorkflow(id, first.ID)))

	// The new version's workers poll before it is made current, and the old one's are stopped after it.
	config := s.config
	config.WorkerBuildID = "two"
	next, err := service.NewWorkers(config, s.db, s.temporal, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, next.Start(t.Context()))
	old := s.workers
	s.workers = next
	s.makeCurrent("two")
	old.Stop()

	s.control(id, "start-outreaches")
	s.untilFinished(id, patient)
	s.requireOneMessageEach(id)
	for _, c := range s.contacts(id, "") {
		require.Equal(t, "two", s.buildOf(contactWorkflow(id, c.ID)))
	}
	require.Equal(t, "two", s.buildOf(campaignWorkflow(id)))
}

// makeCurrent makes a version current, once Temporal knows all its workers.
func (s *stack) makeCurrent(buildID string) {
	s.t.Helper()
	deployment := s.temporal.WorkerDeploymentClient().GetHandle(s.config.WorkerDeployment)
	err := until(s.t, soon, "build "+buildID+" is current", func() error {
		_, err := deployment.SetCurrentVersion(s.t.Context(), client.WorkerDeploymentSetCurrentVersionOptions{BuildID: buildID})
		return err
	}, func(err error) bool { return err == nil })
	require.NoError(s.t, err)
}

// buildOf is the version that a workflow's latest task ran on.
func (s *stack) buildOf(workflowID string) string {
	s.t.Helper()
	info := until(s.t, soon, workflowID+" is described", func() *workflowpb.WorkflowExecutionInfo { return s.describe(workflowID) },
		func(info *workflowpb.WorkflowExecutionInfo) bool { return info.GetVersioningInfo() != nil })
	return info.GetVersioningInfo().GetDeploymentVersion().GetBuildId()
}
