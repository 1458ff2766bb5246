package integration_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// requestTimeout bounds each request of a test; the greatest import takes seconds.
const requestTimeout = 60 * time.Second

// apiClient calls Beckon's API, or the sandbox's, as anybody would: over HTTP, with shapes written down here from the
// documentation and not taken from the code.
type apiClient struct {
	t    *testing.T
	url  string
	key  string
	http *http.Client
}

func newAPIClient(t *testing.T, url, key string) *apiClient {
	return &apiClient{t: t, url: url, key: key, http: &http.Client{
		Timeout: requestTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: 8},
	}}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send sends a request as it is given; a header that is empty takes one away.
func (c *apiClient) send(method, path, contentType, body string, header map[string]string) answer {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	require.NoError(c.t, err)
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if c.key != "" {
		request.Header.Set("X-Api-Key", c.key)
	}
	for name, value := range header {
		request.Header.Set(name, value)
		if value == "" {
			request.Header.Del(name)
		}
	}
	response, err := c.http.Do(request)
	require.NoError(c.t, err)
	content, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	require.NoError(c.t, response.Body.Close())
	return answer{status: response.StatusCode, header: response.Header, body: content}
}

// call sends JSON, wants the status, and reads the answer into out, unless that is nil.
func (c *apiClient) call(method, path string, in any, status int, out any) {
	c.t.Helper()
	body, contentType := "", ""
	if in != nil {
		text, err := json.Marshal(in)
		require.NoError(c.t, err)
		body, contentType = string(text), "application/json"
	}
	got := c.send(method, path, contentType, body, nil)
	require.Equal(c.t, status, got.status, "%s %s: %s", method, path, got.body)
	if out != nil {
		require.NoError(c.t, json.Unmarshal(got.body, out))
	}
}

// problem is an error as RFC 9457 has it.
type problem struct {
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Errors []struct {
		Pointer string `json:"pointer"`
		Code    string `json:"code"`
		Detail  string `json:"detail"`
	} `json:"errors"`
}

// refusal wants the answer to be a problem with the status.
func (a answer) refusal(t *testing.T, status int) problem {
	t.Helper()
	require.Equal(t, status, a.status, string(a.body))
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	var p problem
	require.NoError(t, json.Unmarshal(a.body, &p))
	require.Equal(t, status, p.Status)
	require.NotEmpty(t, p.Code)
	require.NotEmpty(t, p.Detail)
	return p
}

// campaign is what tests look at of a campaign.
type campaign struct {
	ID             string  `json:"id"`
	Status         string  `json:"status"`
	ContactCount   int     `json:"contactCount"`
	PauseReason    *string `json:"pauseReason"`
	GoLiveProblems []any   `json:"goLiveProblems"`
}

// settings are those of a campaign that may go live: one e-mail to each contact.
func settings(name, mode string) map[string]any {
	return map[string]any{
		"name": name, "type": "one_time", "channels": []string{"email"}, "executionMode": mode,
		"objective": "Invite customers to book their spring check-up.",
		"sender": map[string]string{
			"businessName": "Riverside Bikes", "fromName": "Sam of Riverside Bikes", "fromEmail": "sam@riverside-bikes.example",
			"postalAddress": "1 Main Street, Springfield, IL 62701, USA",
		},
	}
}

// createCampaign makes a draft and returns its id.
func (c *apiClient) createCampaign(settings map[string]any) string {
	c.t.Helper()
	var made campaign
	c.call(http.MethodPost, "/api/v1/campaigns", settings, http.StatusCreated, &made)
	require.Equal(c.t, "draft", made.Status)
	require.Empty(c.t, made.GoLiveProblems)
	return made.ID
}

func (c *apiClient) campaign(id string) campaign {
	c.t.Helper()
	var shown campaign
	c.call(http.MethodGet, "/api/v1/campaigns/"+id, nil, http.StatusOK, &shown)
	return shown
}

// controlResult is the answer of a control.
type controlResult struct {
	ID        string  `json:"id"`
	Status    string  `json:"status"`
	Changed   bool    `json:"changed"`
	InFlight  int     `json:"inFlight"`
	ReleaseID *string `json:"releaseId"`
	Now       *int    `json:"now"`
	Waiting   *struct {
		Window   int `json:"window"`
		Approval int `json:"approval"`
		Planning int `json:"planning"`
	} `json:"waiting"`
	Workflow string `json:"workflow"`
}

// control carries a control out, which must be allowed.
func (c *apiClient) control(campaignID, control string) controlResult {
	c.t.Helper()
	var result controlResult
	c.call(http.MethodPost, "/api/v1/campaigns/"+campaignID+"/"+control, map[string]any{}, http.StatusOK, &result)
	require.Equal(c.t, campaignID, result.ID)
	return result
}

// progress is a campaign in numbers.
type progress struct {
	Status      string         `json:"status"`
	Total       int            `json:"total"`
	Counts      map[string]int `json:"counts"`
	Underlying  map[string]int `json:"underlying"`
	Waiting     map[string]int `json:"waiting"`
	Attempts    int            `json:"attempts"`
	Unconfirmed int            `json:"unconfirmed"`
	InFlight    int            `json:"inFlight"`
}

func (p progress) finished() int { return p.Counts["completed"] + p.Counts["disqualified"] }

func (c *apiClient) progress(campaignID string) progress {
	c.t.Helper()
	var p progress
	c.call(http.MethodGet, "/api/v1/campaigns/"+campaignID+"/progress", nil, http.StatusOK, &p)
	sum := 0
	for _, n := range p.Counts {
		sum += n
	}
	require.Equal(c.t, p.Total, sum, "the counts are those of all contacts")
	return p
}

// untilProgress waits until the campaign's progress is as wanted.
func (c *apiClient) untilProgress(
	campaignID string, limit time.Duration, what string, holds func(progress) bool,
) progress {
	c.t.Helper()
	return until(c.t, limit, what, func() progress { return c.progress(campaignID) }, holds)
}

// untilFinished waits until all contacts of the campaign are completed or disqualified.
func (c *apiClient) untilFinished(campaignID string, limit time.Duration) progress {
	c.t.Helper()
	return c.untilProgress(campaignID, limit, "every contact is finished",
		func(p progress) bool { return p.finished() == p.Total })
}

// waiting is what a contact waits for.
type waiting struct {
	Reason string     `json:"reason"`
	Until  *time.Time `json:"until"`
	Detail string     `json:"detail"`
}

// contact is what tests look at of a contact, in lists and in detail.
type contact struct {
	ID               string   `json:"id"`
	FirstName        string   `json:"firstName"`
	LastName         string   `json:"lastName"`
	Email            *string  `json:"email"`
	Phone            *string  `json:"phone"`
	Status           string   `json:"status"`
	UnderlyingStatus string   `json:"underlyingStatus"`
	StatusReason     *string  `json:"statusReason"`
	Attempts         int      `json:"attempts"`
	Waiting          *waiting `json:"waiting"`
	LastOutcome      *string  `json:"lastOutcome"`
	Unconfirmed      bool     `json:"unconfirmed"`

	// Of the list only its id, channel and time.
	NextOutreach *struct {
		ID              string    `json:"id"`
		Attempt         int       `json:"attempt"`
		Version         int       `json:"version"`
		ApprovedVersion *int      `json:"approvedVersion"`
		SendAt          time.Time `json:"sendAt"`
	} `json:"nextOutreach"`

	// Of the detail only.
	Responses []struct {
		Channel string `json:"channel"`
		Text    string `json:"text"`
		OptOut  bool   `json:"optOut"`
	} `json:"responses"`
	OutreachHistory []struct {
		ID      string  `json:"id"`
		Attempt int     `json:"attempt"`
		State   string  `json:"state"`
		Outcome *string `json:"outcome"`
	} `json:"outreachHistory"`
	Workflow *struct {
		ID    string `json:"id"`
		Live  bool   `json:"live"`
		State string `json:"state"`
	} `json:"workflow"`
}

func contactsPath(campaignID string) string { return "/api/v1/campaigns/" + campaignID + "/contacts" }

// contacts lists all contacts of a campaign that the query selects; the empty query selects all.
func (c *apiClient) contacts(campaignID, query string) []contact {
	c.t.Helper()
	const perPage = 200
	all := []contact{}
	for page := 1; ; page++ {
		var list struct {
			Data  []contact `json:"data"`
			Total int       `json:"total"`
		}
		c.call(http.MethodGet, fmt.Sprintf("%s?page=%d&perPage=%d&%s", contactsPath(campaignID), page, perPage, query), nil,
			http.StatusOK, &list)
		all = append(all, list.Data...)
		if len(list.Data) < perPage {
			require.Len(c.t, all, list.Total)
			return all
		}
	}
}

func (c *apiClient) contact(campaignID, contactID string) contact {
	c.t.Helper()
	var detail contact
	c.call(http.MethodGet, contactsPath(campaignID)+"/"+contactID, nil, http.StatusOK, &detail)
	return detail
}

// person is a contact to be added.
type person struct {
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Email     string `json:"email,omitempty"`
	Phone     string `json:"phone,omitempty"`
}

// added is the answer of the contacts endpoint.
type added struct {
	Message string `json:"message"`
	Success []struct {
		ContactID string `json:"contactId"`
		Email     string `json:"email"`
		Action    string `json:"action"`
	} `json:"success"`
	Errors []any `json:"errors"`
}

// add adds people, all of whom must be good.
func (c *apiClient) add(campaignID string, people []person) added {
	c.t.Helper()
	var result added
	c.call(http.MethodPost, contactsPath(campaignID), map[string]any{"contacts": people}, http.StatusOK, &result)
	require.Empty(c.t, result.Errors)
	return result
}

// people invents so many people with names, addresses and numbers that occur nowhere by chance. The word makes them others
// than those of another word.
func people(word string, n int) []person {
	letters := func(i int) string { return string([]rune{'a' + rune(i/26%26), 'a' + rune(i%26)}) }
	made := make([]person, n)
	for i := range made {
		made[i] = person{
			FirstName: "Quillon" + word + letters(i), LastName: "Zephyrhame" + word + letters(i),
			Email: fmt.Sprintf("%s.quoxley%s@%s-mail.example", word, letters(i), word),
		}
	}
	return made
}

// withPhones gives each of the people a number that is kept for fiction. Others that are given numbers are given the same.
func withPhones(people []person) []person {
	const first = 200 // the sandbox plays parts for some below
	for i := range people {
		people[i].Phone = fmt.Sprintf("+44207946%04d", first+i)
	}
	return people
}

// importResult is what tests look at of an import.
type importResult struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Rows    int    `json:"rows"`
	Created int    `json:"created"`
	Updated int    `json:"updated"`
	Skipped int    `json:"skipped"`
	Errors  []struct {
		Line  int    `json:"line"`
		Field string `json:"field"`
		Code  string `json:"code"`
	} `json:"errors"`
}

// upload sends a file with its mapping as a form.
func (c *apiClient) upload(campaignID string, file []byte, mapping map[string]any) answer {
	c.t.Helper()
	text, err := json.Marshal(mapping)
	require.NoError(c.t, err)
	form := bytes.Buffer{}
	writer := multipart.NewWriter(&form)
	require.NoError(c.t, writer.WriteField("mapping", string(text)))
	part, err := writer.CreateFormFile("file", "contacts.csv")
	require.NoError(c.t, err)
	_, err = part.Write(file)
	require.NoError(c.t, err)
	require.NoError(c.t, writer.Close())
	return c.send(http.MethodPost, "/api/v1/campaigns/"+campaignID+"/imports", writer.FormDataContentType(), form.String(), nil)
}

// importFile imports a file, which must be taken.
func (c *apiClient) importFile(campaignID string, file []byte, mapping map[string]any) importResult {
	c.t.Helper()
	got := c.upload(campaignID, file, mapping)
	require.Equal(c.t, http.StatusCreated, got.status, string(got.body))
	var result importResult
	require.NoError(c.t, json.Unmarshal(got.body, &result))
	require.Equal(c.t, result.Rows, result.Created+result.Updated+result.Skipped, "every row is accounted for")
	return result
}

// sandboxClient looks at what the sandbox holds.
type sandboxClient struct{ api *apiClient }

func (c *sandboxClient) client() *apiClient {
	if c == nil {
		return nil
	}
	return c.api
}

// message is what tests look at of a message.
type message struct {
	ID         string `json:"id"`
	To         string `json:"to"`
	Subject    string `json:"subject"`
	Text       string `json:"text"`
	OutreachID string `json:"outreachId"`

	VoicemailText string    `json:"voicemailText"`
	ReceivedAt    time.Time `json:"receivedAt"`
}

// messages lists everything that the sandbox holds, the newest first. Nothing may arrive meanwhile.
func (c *sandboxClient) messages() []message {
	c.api.t.Helper()
	const perPage = 1000
	all := []message{}
	for page := 1; ; page++ {
		var list struct {
			Data  []message `json:"data"`
			Total int       `json:"total"`
		}
		c.api.call(http.MethodGet, fmt.Sprintf("/sandbox/messages?page=%d&perPage=%d", page, perPage), nil, http.StatusOK, &list)
		all = append(all, list.Data...)
		if len(list.Data) < perPage {
			require.Len(c.api.t, all, list.Total)
			return all
		}
	}
}

// to lists the messages to an address.
func (c *sandboxClient) to(address string) []message {
	c.api.t.Helper()
	var list struct {
		Data []message `json:"data"`
	}
	c.api.call(http.MethodGet, "/sandbox/messages?to="+url.QueryEscape(address), nil, http.StatusOK, &list)
	return list.Data
}

// recipients counts the messages to each address.
func (c *sandboxClient) recipients() map[string]int {
	c.api.t.Helper()
	counts := map[string]int{}
	for _, m := range c.messages() {
		counts[m.To]++
	}
	return counts
}

// stats are the sandbox's own counts.
type stats struct {
	Messages         int `json:"messages"`
	Addresses        int `json:"addresses"`
	CallbacksPending int `json:"callbacksPending"`
}

func (c *sandboxClient) stats() stats {
	c.api.t.Helper()
	var counts stats
	c.api.call(http.MethodGet, "/sandbox/stats", nil, http.StatusOK, &counts)
	return counts
}

// untilSent waits until the sandbox holds at least so many messages.
func (c *sandboxClient) untilSent(n int, limit time.Duration) stats {
	c.api.t.Helper()
	return until(c.api.t, limit, fmt.Sprintf("%d messages", n), c.stats, func(s stats) bool { return s.Messages >= n })
}

// untilConfirmed waits until every callback was answered.
func (c *sandboxClient) untilConfirmed(limit time.Duration) {
	c.api.t.Helper()
	until(c.api.t, limit, "every callback is answered", c.stats, func(s stats) bool { return s.CallbacksPending == 0 })
}

// faults replaces all faults; none clears them.
func (c *sandboxClient) faults(faults map[string]any) {
	c.api.t.Helper()
	c.api.call(http.MethodPut, "/sandbox/faults", faults, http.StatusOK, nil)
}
