# `make help` lists what can be done. Whatever takes more than a few lines is a script of scripts/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export GOTOOLCHAIN ?= local

TOOLS := bin/.tools
ROUNDS ?= 5
RACES ?= 1000
CASES ?= 1000000
SEED ?= $(shell date +%s)

.PHONY: run
run: ## Run everything in one process; ARGS="--data DIR" and the like are passed on
	scripts/build-dashboard
	go build -ldflags="-s -w" -o bin/beckon-dev ./dev/cmd/beckon-dev
	exec ./bin/beckon-dev $(ARGS)

.PHONY: test
test: ## Everything that CI runs: generated code, lint, all tests of both modules
	scripts/test

.PHONY: lint
lint: $(TOOLS) ## Lint both modules and check workflows' determinism; ARGS=--fix repairs what can be
	scripts/lint $(ARGS)

.PHONY: e2e
e2e: ## Test the dashboard in Chromium against a Beckon of its own; ARGS go to Playwright
	scripts/e2e-dashboard $(ARGS)

.PHONY: dashboard
dashboard: ## Build the dashboard into dashboard/dist, where it has changed; a build of the binary then embeds it
	scripts/build-dashboard

.PHONY: generate
generate: $(TOOLS) ## Generate code from api/openapi.yaml
	scripts/generate

.PHONY: bench
bench: ## Measure the whole of Beckon; the figures go to docs/bench/ as JSON
	go build -ldflags="-s -w" -o bin/beckon-bench ./dev/cmd/beckon-bench
	mkdir -p docs/bench
	./bin/beckon-bench --out docs/bench/pipeline.json $(ARGS)
	CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o bin/beckon ./cmd/beckon
	./bin/beckon-bench --contacts 0 --pairs 0 --pauses 0 --memory 10000 --out docs/bench/memory.json
	scripts/test-postgres ./bin/beckon-bench --contacts 0 --pairs 0 --pauses 0 --lists 100000 --out docs/bench/lists.json
	scripts/test-postgres ./bin/beckon-bench --contacts 0 --pairs 0 --pauses 0 --imports 10000 --calls 5000 --out docs/bench/imports.json

.PHONY: release-fixture
release-fixture: ## Keep an installation in mid-life of this version, for the tests of later ones: RELEASE=2 writes testdata/releases/2
	scripts/test-postgres env BECKON_RELEASE=$(RELEASE) go test -run TestWriteRelease -count 1 -v ./dev/integration/process/

.PHONY: chaos
chaos: ## Kill real processes while they send, ROUNDS times as often as `make test` does, and run each race RACES times
	BECKON_RACES=$(RACES) scripts/test-postgres go test -run 'TestConformance/.*/.*Race' -timeout 120m ./store/
	go test -run Kill -count $(ROUNDS) -v -timeout 120m ./dev/integration/process/

.PHONY: fuzz
fuzz: ## Fuzz readers of files and mails a minute each, and compare a million random sending hours with a slow reference (CASES, SEED)
	scripts/fuzz 1m
	BECKON_WINDOW_CASES=$(CASES) BECKON_WINDOW_SEED=$(SEED) \
		go test -run TestHoursAgainstReference -count 1 -v -timeout 60m ./models/

.PHONY: audit
audit: $(TOOLS) ## Check the modules' checksums and known vulnerabilities (needs the internet)
	scripts/audit

.PHONY: tools
tools: $(TOOLS) ## Build the tools of tools/go.mod into bin/

$(TOOLS): tools/go.mod tools/go.sum
	cd tools && GOWORK=off go build -o ../bin/ tool
	touch $@

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
