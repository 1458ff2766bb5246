package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"beckon/api"
	"beckon/dev/devstack"
	"beckon/models"
	"beckon/sandbox"
	"beckon/service"
)

// Keys that the sandbox takes. They open nothing but the sandbox.
const (
	sandboxSendGridKey = "SG.sandbox.beckon"
	sandboxOpenAIKey   = "sk-sandbox-beckon"
)

func (e *environment) startTemporal() (*devstack.Temporal, error) {
	temporal, err := devstack.StartTemporal(e.ctx, devstack.TemporalOptions{
		DataFile: filepath.Join(e.flags.Data, "temporal.db"), Addr: e.flags.Temporal, UIAddr: e.flags.UI, Logger: e.log,
		Postgres: e.flags.Postgres,
		// Beckon's own database syncs each commit. Temporal may lose its last moments with the power: then it knows less
		// than the ledger does, does those steps again, and every claim that was made is refused.
		SkipDiskSync: true,
	})
	if err != nil {
		return nil, fmt.Errorf("start Temporal: %w", err)
	}
	return temporal, nil
}

// inboundDomain is the one whose mail the sandbox passes on. Nobody else has it (RFC 6761, 6.3).
const inboundDomain = "inbound.localhost"

// secretKey is the environment's, else made at the first start and kept in the data directory: links in messages that were
// sent stay good.
func (e *environment) secretKey() (string, error) {
	if key := os.Getenv("BECKON_SECRET_KEY"); key != "" {
		return key, nil
	}
	known, err := service.ReadDataFile(e.flags.Data)
	if err != nil {
		return "", fmt.Errorf("read what was kept: %w", err)
	}
	if key := known["BECKON_SECRET_KEY"]; key != "" {
		return key, nil
	}
	return rand.Text() + rand.Text(), nil
}

// startSandbox starts the sandbox; its events, and what contacts answer, go to the API at the address, which has the secret
// key.
func (e *environment) startSandbox(apiURL, secretKey string) (*sandbox.Server, error) {
	secret, err := models.NewSecret(secretKey)
	if err != nil {
		return nil, fmt.Errorf("BECKON_SECRET_KEY: %w", err)
	}
	server, err := sandbox.New(e.ctx, sandbox.Config{
		DataFile: filepath.Join(e.flags.Data, "sandbox.db"), Addr: e.flags.Sandbox,
		EventsURL: apiURL + "/webhooks/sendgrid/events", SendGridKey: sandboxSendGridKey, OpenAIKey: sandboxOpenAIKey,
		InboundURL: apiURL + api.InboundMailPath(secret), InboundDomain: inboundDomain,
		TextInboundURL: apiURL + "/webhooks/twilio/sms/inbound", VoiceInboundURL: apiURL + "/webhooks/twilio/voice/inbound",
		GatherWait: e.flags.CallWait, Logger: e.log,
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
	key, err := e.secretKey()
	if err != nil {
		return err
	}
	server, err := e.startSandbox("http://"+e.flags.API, key)
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
