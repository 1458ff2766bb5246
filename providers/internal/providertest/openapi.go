package providertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/stretchr/testify/require"
)

// Request is one request that a Server got.
type Request struct {
	Path   string
	Header http.Header
	Body   []byte
}

// Answer is what a Server answers.
type Answer struct {
	Status int
	Header map[string]string
	Body   string
}

// Server answers requests as it is told and keeps them for the test.
type Server struct {
	URL string

	mu       sync.Mutex
	answers  []Answer
	requests []Request
}

// NewServer starts a server that gives the answers in their order, the last one again and again. It ends with the test.
func NewServer(t *testing.T, answers ...Answer) *Server {
	t.Helper()
	server := &Server{answers: answers}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	server.URL = listener.URL
	return server
}

// ServeHTTP keeps the request and gives the next answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "read", http.StatusInternalServerError)
		return
	}
	s.mu.Lock()
	answer := s.answers[min(len(s.requests), len(s.answers)-1)]
	s.requests = append(s.requests, Request{Path: r.Method + " " + r.URL.Path, Header: r.Header.Clone(), Body: body})
	s.mu.Unlock()

	for name, value := range answer.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(answer.Status)
	_, _ = io.WriteString(w, answer.Body) // a client that went away is the test's own doing
}

// Requests are those that the server got so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Spec is one operation of a vendor's OpenAPI file.
type Spec struct {
	body *openapi3.RequestBody
}

// LoadSpec reads the POST at path from a vendor's OpenAPI file, such as "sendgrid_mail_v3.min.json".
func LoadSpec(t *testing.T, file, path string) *Spec {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(VendorFile(t, "openapi", file))
	require.NoError(t, err)
	item := document.Paths.Value(path)
	require.NotNil(t, item, "no such path in %s", file)
	require.NotNil(t, item.Post)
	require.NotNil(t, item.Post.RequestBody)
	return &Spec{body: item.Post.RequestBody.Value}
}

// Accepts checks that the body follows the file.
func (s *Spec) Accepts(t *testing.T, body []byte) {
	t.Helper()
	require.NoError(t, s.validate(t, body))
}

// Refuses checks that the body does not follow the file: without it, an Accepts that holds says little.
func (s *Spec) Refuses(t *testing.T, body []byte) {
	t.Helper()
	require.Error(t, s.validate(t, body))
}

func (s *Spec) validate(t *testing.T, body []byte) error {
	t.Helper()
	input := &openapi3filter.RequestValidationInput{
		Request: &http.Request{
			Method: http.MethodPost,
			URL:    &url.URL{Path: "/"},
			Header: http.Header{"Content-Type": {"application/json"}},
			Body:   io.NopCloser(bytes.NewReader(body)),
		},
		Options: &openapi3filter.Options{MultiError: true},
	}
	if err := openapi3filter.ValidateRequestBody(t.Context(), input, s.body); err != nil {
		return err //nolint:wrapcheck // a test's
	}
	var value any
	require.NoError(t, json.Unmarshal(body, &value))
	if unknown := unknownMembers(s.body.Content.Get("application/json").Schema.Value, value, ""); len(unknown) > 0 {
		return fmt.Errorf("members that the file does not know: %s", strings.Join(unknown, ", "))
	}
	return nil
}

// unknownMembers are the pointers of members that a schema does not name, where it names any: the validator lets them pass.
func unknownMembers(schema *openapi3.Schema, value any, pointer string) []string {
	found := []string{}
	switch value := value.(type) {
	case []any:
		for i, each := range value {
			if schema.Items != nil {
				found = append(found, unknownMembers(schema.Items.Value, each, fmt.Sprintf("%s/%d", pointer, i))...)
			}
		}
	case map[string]any:
		known := members(schema)
		for name, each := range value {
			member, ok := known[name]
			switch {
			case ok:
				found = append(found, unknownMembers(member.Value, each, pointer+"/"+name)...)
			case len(known) > 0:
				found = append(found, pointer+"/"+name)
			}
		}
	}
	return found
}

// members are those that a schema and its parts name.
func members(schema *openapi3.Schema) openapi3.Schemas {
	known := maps.Clone(schema.Properties)
	if known == nil {
		known = openapi3.Schemas{}
	}
	for _, parts := range []openapi3.SchemaRefs{schema.AllOf, schema.AnyOf, schema.OneOf} {
		for _, part := range parts {
			maps.Copy(known, members(part.Value))
		}
	}
	return known
}

// JSON is an answer with a JSON body.
func JSON(status int, body string) Answer {
	return Answer{Status: status, Header: map[string]string{"Content-Type": "application/json"}, Body: strings.TrimSpace(body)}
}
