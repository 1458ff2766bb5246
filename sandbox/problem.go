package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// problem is an RFC 9457 answer of the sandbox's own routes; the vendors' routes answer in the vendors' shapes.
type problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Code   string         `json:"code"`
	Errors []problemError `json:"errors"`
}

// problemError names one thing that is wrong, by JSON pointer or query parameter.
type problemError struct {
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

// newProblem makes a problem that is about the request as a whole.
func newProblem(status int, code, detail string) *problem {
	return &problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: code,
		Errors: []problemError{},
	}
}

// add notes one thing that is wrong. What cannot be read at all (400) outweighs a broken rule (422).
func (p *problem) add(status int, pointer, code, detail string) {
	if p.Status == 0 || status < p.Status {
		p.Status, p.Code = status, code
	}
	p.Errors = append(p.Errors, problemError{Pointer: pointer, Code: code, Detail: detail})
}

// finish completes a problem made of errors.
func (p *problem) finish(detail string) *problem {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	slices.SortFunc(p.Errors, func(a, b problemError) int { return strings.Compare(a.Pointer, b.Pointer) })
	p.Detail = detail + ": " + p.Errors[0].Pointer + ": " + p.Errors[0].Detail

	return p
}

// write answers with the problem.
func (p *problem) write(w http.ResponseWriter) {
	writeBody(w, p.Status, "application/problem+json", p)
}

// writeJSON answers with a JSON body.
func writeJSON(w http.ResponseWriter, status int, body any) {
	writeBody(w, status, "application/json", body)
}

// writeBody answers with a body of that media type.
func writeBody(w http.ResponseWriter, status int, mediaType string, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "the answer cannot be encoded", http.StatusInternalServerError)

		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	// A client that has gone away does not need its answer.
	_, _ = w.Write(encoded)
}
