package process_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// requestTimeout bounds each request of a test; the greatest import takes seconds.
const requestTimeout = 90 * time.Second

// client calls Beckon's API, or the sandbox's, with shapes written down here from the documentation.
type client struct {
	t    *testing.T
	url  string
	key  string
	http *http.Client
}

func newClient(t *testing.T, url, key string) *client {
	t.Helper()
	c := &client{t: t, url: url, key: key, http: &http.Client{
		Timeout: requestTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: 8},
	}}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// send sends a request and returns the answer's status and body.
func (c *client) send(method, path, contentType string, body io.Reader) (status int, content []byte, err error) {
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, body)
	if err != nil {
		return 0, nil, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if c.key != "" {
		request.Header.Set("X-Api-Key", c.key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	content, err = io.ReadAll(response.Body)
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	return response.StatusCode, content, err
}

// sendJSON sends a request with JSON, or without a body for nil.
func (c *client) sendJSON(method, path string, in any) (status int, content []byte, err error) {
	if in == nil {
		return c.send(method, path, "", http.NoBody)
	}
	text, err := json.Marshal(in)
	if err != nil {
		return 0, nil, err
	}
	return c.send(method, path, "application/json", bytes.NewReader(text))
}

// call sends JSON, wants the status, and reads the answer into out, unless that is nil.
func (c *client) call(method, path string, in any, status int, out any) {
	c.t.Helper()
	got, content, err := c.sendJSON(method, path, in)
	require.NoError(c.t, err)
	require.Equal(c.t, status, got, "%s %s: %s", method, path, content)
	if out != nil {
		require.NoError(c.t, json.Unmarshal(content, out))
	}
}

// untilServes waits until the API answers that it is ready. A server that ends instead fails the test.
func (c *client) untilServes(server *process) {
	c.t.Helper()
	until(c.t, patient, server.name+" serves", func() bool {
		require.False(c.t, server.hasEnded(), "%s ended", server.name)
		status, _, err := c.send(http.MethodGet, "/readyz", "", http.NoBody)
		return err == nil && status == http.StatusOK
	}, func(serves bool) bool { return serves })
}

// settings are those of a campaign that may go live: one e-mail to each contact, as contacts are added.
func settings(name string) map[string]any {
	return map[string]any{
		"name": name, "type": "one_time", "channels": []string{"email"}, "executionMode": "automatic",
		"objective": "Invite customers to book their spring check-up.",
		"sender": map[string]string{
			"businessName": "Riverside Bikes", "fromName": "Sam of Riverside Bikes", "fromEmail": "sam@riverside-bikes.example",
			"postalAddress": "1 Main Street, Springfield, IL 62701, USA",
		},
	}
}

// createCampaign makes a draft with so many contacts and returns its id.
func (c *client) createCampaign(name string, contacts int) string {
	c.t.Helper()
	var made struct {
		ID string `json:"id"`
	}
	c.call(http.MethodPost, "/api/v1/campaigns", settings(name), http.StatusCreated, &made)
	c.importSample(made.ID, contacts)
	return made.ID
}

// sampleMapping is the mapping of the columns that `beckon sample-csv` writes.
const sampleMapping = `{"firstName": "First Name", "lastName": "Last Name", "email": "Email", "phone": ["Phone"],
	"timezone": "Time Zone", "properties": {"city": "City"}}`

// importSample imports a file that `beckon sample-csv` wrote.
func (c *client) importSample(campaignID string, contacts int) {
	c.t.Helper()
	file := sampleFile(c.t, contacts)
	form := bytes.Buffer{}
	writer := multipart.NewWriter(&form)
	require.NoError(c.t, writer.WriteField("mapping", sampleMapping))
	part, err := writer.CreateFormFile("file", "contacts.csv")
	require.NoError(c.t, err)
	_, err = part.Write(file)
	require.NoError(c.t, err)
	require.NoError(c.t, writer.Close())
	path := "/api/v1/campaigns/" + campaignID + "/imports"
	status, content, err := c.send(http.MethodPost, path, writer.FormDataContentType(), &form)
	require.NoError(c.t, err)
	require.Equal(c.t, http.StatusCreated, status, string(content))
	var result struct {
		Created int `json:"created"`
	}
	require.NoError(c.t, json.Unmarshal(content, &result))
	require.Equal(c.t, contacts, result.Created)
}

// controlResult is what tests look at of a control's answer.
type controlResult struct {
	Status   string `json:"status"`
	Changed  bool   `json:"changed"`
	InFlight int    `json:"inFlight"`
	Workflow string `json:"workflow"`
}

// control carries a control out, which must be allowed.
func (c *client) control(campaignID, control string) controlResult {
	c.t.Helper()
	var result controlResult
	c.call(http.MethodPost, "/api/v1/campaigns/"+campaignID+"/"+control, map[string]any{}, http.StatusOK, &result)
	return result
}

// progress is a campaign in numbers.
type progress struct {
	Status      string         `json:"status"`
	Total       int            `json:"total"`
	Counts      map[string]int `json:"counts"`
	Waiting     map[string]int `json:"waiting"`
	Attempts    int            `json:"attempts"`
	Unconfirmed int            `json:"unconfirmed"`
	InFlight    int            `json:"inFlight"`
	Stale       bool           `json:"stale"`
}

func (c *client) progress(campaignID string) progress {
	c.t.Helper()
	var p progress
	c.call(http.MethodGet, "/api/v1/campaigns/"+campaignID+"/progress", nil, http.StatusOK, &p)
	return p
}

// untilProgress waits until the campaign's progress is as wanted.
func (c *client) untilProgress(campaignID string, limit time.Duration, what string, holds func(progress) bool) progress {
	c.t.Helper()
	return until(c.t, limit, what, func() progress { return c.progress(campaignID) }, holds)
}

// untilCompleted waits until all contacts of the campaign are completed.
func (c *client) untilCompleted(campaignID string) progress {
	c.t.Helper()
	return c.untilProgress(campaignID, long, "every contact is completed", progress.completed)
}

func (p progress) completed() bool { return p.Counts["completed"] == p.Total }

// contact is what tests look at of a contact.
type contact struct {
	ID           string  `json:"id"`
	Email        string  `json:"email"`
	Status       string  `json:"status"`
	StatusReason *string `json:"statusReason"`
	Attempts     int     `json:"attempts"`
	Unconfirmed  bool    `json:"unconfirmed"`
}

// contacts lists all contacts of a campaign.
func (c *client) contacts(campaignID string) []contact {
	c.t.Helper()
	const perPage = 200
	all := []contact{}
	for page := 1; ; page++ {
		var list struct {
			Data  []contact `json:"data"`
			Total int       `json:"total"`
		}
		path := fmt.Sprintf("/api/v1/campaigns/%s/contacts?page=%d&perPage=%d", campaignID, page, perPage)
		c.call(http.MethodGet, path, nil, http.StatusOK, &list)
		all = append(all, list.Data...)
		if len(list.Data) < perPage {
			require.Len(c.t, all, list.Total)
			return all
		}
	}
}
