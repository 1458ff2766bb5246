// Package api is Beckon's REST interface: openapi.yaml is its source of truth, from which the server is generated, and by
// which every request is validated. Handlers stand one file a resource; they use the store and the workflows through the
// interfaces of ports.go, and answer every error as problem+json.
package api

//go:generate ../bin/oapi-codegen -config oapi-codegen.yaml openapi.yaml
