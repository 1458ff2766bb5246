package main

import (
	"os"

	"go.temporal.io/sdk/worker"

	"beckon/service"
)

type apiCommand struct{}

// Run serves the REST API.
func (apiCommand) Run(e *environment) error { return runParts(e, service.Parts{API: true}) }

type workerCommand struct{}

// Run runs the workers.
func (workerCommand) Run(e *environment) error { return runParts(e, service.Parts{Worker: true}) }

type serveCommand struct{}

// Run runs API and workers.
func (serveCommand) Run(e *environment) error {
	return runParts(e, service.Parts{API: true, Worker: true})
}

func runParts(e *environment, parts service.Parts) error {
	config, err := e.config()
	if err != nil {
		return err
	}
	if parts.Worker {
		worker.SetStickyWorkflowCacheSize(config.WorkflowCache) // of the whole process
	}
	go settle(e.ctx, e.log)
	return service.Run(e.ctx, config, parts, e.log, os.Stdout)
}
