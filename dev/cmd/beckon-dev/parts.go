package main

import (
	"context"
	"fmt"
	"path/filepath"

	"beckon/dev/devstack"
	"beckon/sandbox"
)

// Keys that the sandbox takes. They open nothing but the sandbox.
const (
	sandboxSendGridKey = "SG.sandbox.beckon"
	sandboxOpenAIKey   = "sk-sandbox-beckon"
)

func (e *environment) startTemporal() (*devstack.Temporal, error) {
	temporal, err := devstack.StartTemporal(e.ctx, devstack.TemporalOptions{
		DataFile: filepath.Join(e.flags.Data, "temporal.db"), Addr: e.flags.Temporal, UIAddr: e.flags.UI, Logger: e.log,
		// Beckon's own database syncs each commit. Temporal may lose its last moments with the power: then it knows less
		// than the ledger does, does those steps again, and every claim that was made is refused.
		SkipDiskSync: true,
	})
	if err != nil {
		return nil, fmt.Errorf("start Temporal: %w", err)
	}
	return temporal, nil
}

// startSandbox starts the sandbox; its events go to the API at the address.
func (e *environment) startSandbox(apiURL string) (*sandbox.Server, error) {
	server, err := sandbox.New(e.ctx, sandbox.Config{
		DataFile: filepath.Join(e.flags.Data, "sandbox.db"), Addr: e.flags.Sandbox,
		EventsURL: apiURL + "/webhooks/sendgrid/events", SendGridKey: sandboxSendGridKey, OpenAIKey: sandboxOpenAIKey,
		TextInboundURL: apiURL + "/webhooks/twilio/sms/inbound", Logger: e.log,
	})
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	server.Start(e.ctx)
	return server, nil
}

type temporalCommand struct{}

// Run runs Temporal and its Web UI until the process is asked to stop.
func (temporalCommand) Run(e *environment) error {
	temporal, err := e.startTemporal()
	if err != nil {
		return err
	}
	fmt.Printf("ready temporal=%s ui=%s\n", temporal.Address(), temporal.UIURL()) //nolint:forbidigo // what the command is for
	<-e.ctx.Done()
	return temporal.Stop()
}

type sandboxCommand struct{}

// Run runs the sandbox until the process is asked to stop.
func (sandboxCommand) Run(e *environment) error {
	server, err := e.startSandbox("http://" + e.flags.API)
	if err != nil {
		return err
	}
	//nolint:forbidigo // what the command is for
	fmt.Printf("ready sandbox=%s sendgrid=%s openai=%s sendgrid-key=%s openai-key=%s sendgrid-webhook-key=%s "+
		"twilio=%s twilio-sid=%s twilio-token=%s\n",
		server.URL(), server.EmailURL(), server.PlanURL(), sandboxSendGridKey, sandboxOpenAIKey, server.SendGridPublicKey(),
		server.TwilioURL(), sandbox.SandboxTwilioAccountSID, sandbox.SandboxTwilioAuthToken)
	<-e.ctx.Done()
	return server.Shutdown(context.WithoutCancel(e.ctx))
}
