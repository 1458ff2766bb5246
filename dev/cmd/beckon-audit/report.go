package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// finding is one vulnerability.
type finding struct {
	ID    string
	Title string
}

// errNoReport says that a tool wrote no whole report, as it does where it cannot reach its database.
var errNoReport = errors.New("this is no whole report: the vulnerability database could not be reached, or the tool failed")

// readGovulncheck reads the stream of messages of `govulncheck -json`. What counts are vulnerabilities whose code is called;
// those of packages that are only imported, or of modules that are only required, are left out, as govulncheck does.
func readGovulncheck(report io.Reader) ([]finding, error) {
	titles, called, scanned := map[string]string{}, map[string]bool{}, false
	decoder := json.NewDecoder(report)
	for {
		message := struct {
			OSV *struct {
				ID      string `json:"id"`
				Summary string `json:"summary"`
			} `json:"osv"`
			Finding *struct {
				OSV   string `json:"osv"`
				Trace []struct {
					Module   string `json:"module"`
					Version  string `json:"version"`
					Function string `json:"function"`
				} `json:"trace"`
			} `json:"finding"`
			Progress *struct {
				Message string `json:"message"`
			} `json:"progress"`
		}{}
		err := decoder.Decode(&message)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errNoReport
		}
		switch {
		case message.Progress != nil:
			// It says so once it has the database, and begins to look.
			scanned = scanned || strings.HasPrefix(message.Progress.Message, "Checking the code against the vulnerabilities")
		case message.OSV != nil:
			titles[message.OSV.ID] = message.OSV.Summary
		case message.Finding != nil && len(message.Finding.Trace) > 0 && message.Finding.Trace[0].Function != "":
			called[message.Finding.OSV] = true
		}
	}
	if !scanned {
		return nil, errNoReport
	}
	findings := []finding{}
	for _, id := range slices.Sorted(maps.Keys(called)) {
		findings = append(findings, finding{ID: id, Title: titles[id]})
	}
	return findings, nil
}

// readNPM reads the report of `npm audit --json`. A vulnerability's id is that of its advisory, the last part of its URL.
func readNPM(report io.Reader) ([]finding, error) {
	content := struct {
		Vulnerabilities map[string]struct {
			Via []json.RawMessage `json:"via"`
		} `json:"vulnerabilities"`
		Metadata *json.RawMessage `json:"metadata"`
	}{}
	if err := json.NewDecoder(report).Decode(&content); err != nil || content.Metadata == nil || content.Vulnerabilities == nil {
		return nil, errNoReport
	}
	titles := map[string]string{}
	for name, vulnerable := range content.Vulnerabilities {
		for _, raw := range vulnerable.Via {
			via := struct{ Title, URL string }{}
			if json.Unmarshal(raw, &via) != nil || via.URL == "" {
				continue // the name of another package, which has an entry of its own
			}
			titles[via.URL[strings.LastIndex(via.URL, "/")+1:]] = fmt.Sprintf("%s: %s", name, via.Title)
		}
	}
	findings := []finding{}
	for _, id := range slices.Sorted(maps.Keys(titles)) {
		findings = append(findings, finding{ID: id, Title: titles[id]})
	}
	return findings, nil
}
