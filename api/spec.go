package api

import (
	_ "embed"
	"fmt"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"
)

//go:embed openapi.yaml
var specText []byte

// Spec returns the description of the API, openapi.yaml, as it is served.
func Spec() []byte { return append([]byte(nil), specText...) }

// route is an operation where it is served.
type route struct {
	operation

	id   string
	spec *routers.Route // as openapi3filter wants it
}

// routeKey names a route by method and echo's template of its path.
type routeKey struct {
	method, path string
}

// routes joins the specification with the list of operations; an operation that is in only one of them is an error.
func routes() (map[routeKey]*route, error) {
	spec, err := openapi3.NewLoader().LoadFromData(specText)
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	listed := operations()
	found := make(map[routeKey]*route, len(listed))
	for path, item := range spec.Paths.Map() {
		for method, described := range item.Operations() {
			operation, ok := listed[described.OperationID]
			if !ok {
				return nil, fmt.Errorf("operation %q has no permission", described.OperationID)
			}
			delete(listed, described.OperationID)
			found[routeKey{method, echoPath(path)}] = &route{
				operation: operation, id: described.OperationID, spec: specRoute(spec, item, path, method, described),
			}
		}
	}
	for id := range listed {
		return nil, fmt.Errorf("operation %q is not in openapi.yaml", id)
	}
	return found, nil
}

// specRoute is the route as the validator wants it, without security: that has been checked when it comes to that, and
// the validator would read the whole body for it.
func specRoute(
	spec *openapi3.T, item *openapi3.PathItem, path, method string, described *openapi3.Operation,
) *routers.Route {
	unsecured := *described
	unsecured.Security = &openapi3.SecurityRequirements{}
	return &routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: &unsecured}
}

// echoPath turns "/a/{id}" into "/a/:id".
func echoPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// routeOf finds the route that echo has matched; nil where it has matched none.
func (s *server) routeOf(c echo.Context) *route {
	return s.routes[routeKey{c.Request().Method, c.Path()}]
}

// accepts lists the media types of the operation's body; empty where it takes none.
func (r *route) accepts() openapi3.Content {
	if r.spec.Operation.RequestBody == nil {
		return nil
	}
	return r.spec.Operation.RequestBody.Value.Content
}

// getSpec serves openapi.yaml.
func (s *server) getSpec(c echo.Context) error {
	if err := c.Blob(http.StatusOK, "application/yaml", specText); err != nil {
		return fmt.Errorf("write the specification: %w", err)
	}
	return nil
}
