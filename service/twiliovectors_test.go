package service_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/mocks"

	"beckon/models"
	"beckon/service"
	"beckon/store"
)

// Of the vendor's callbacks: where they go, and the text and the call that they are about.
const (
	vectorPublic  = "https://app.example.com"
	vectorText    = "SMd36c0364e3842955b2c8f86da3bd8ad6"
	vectorCall    = "CAc93bf9a243a391a65da5b60116ee9a5c"
	vectorContact = "+12025550123"
)

// vector is one callback as Twilio posts it.
type vector struct {
	File      string
	URL       string
	AuthToken string `json:"auth_token"`
	Signature string `json:"x_twilio_signature"`
	body      string
}

// twilioVectors are the vendor's callbacks, in their order.
func twilioVectors(t *testing.T) []vector {
	t.Helper()
	dir, set := os.LookupEnv("BECKON_VENDOR_DIR")
	if !set {
		dir = filepath.Join("..", "..", "shared", "vendor")
	}
	dir = filepath.Join(dir, "twilio", "callbacks")
	index, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if os.IsNotExist(err) && !set {
		t.Skip("the vendors' material is not there; set BECKON_VENDOR_DIR")
	}
	require.NoError(t, err)
	var file struct{ Callbacks []vector }
	require.NoError(t, json.Unmarshal(index, &file))
	require.NotEmpty(t, file.Callbacks)
	for i := range file.Callbacks {
		body, err := os.ReadFile(filepath.Join(dir, filepath.Base(file.Callbacks[i].File)))
		require.NoError(t, err)
		file.Callbacks[i].body = string(body)
	}
	return file.Callbacks
}

// vectorBench is the whole API over a database in which the vendor's text and call were sent.
type vectorBench struct {
	*bench

	handler http.Handler
}

func newVectorBench(t *testing.T, token string) *vectorBench {
	t.Helper()
	b := &vectorBench{bench: newBench(t, newSQLite(t))}
	for _, sent := range []struct {
		channel models.Channel
		sid     string
	}{{models.ChannelText, vectorText}, {models.ChannelPhone, vectorCall}} {
		c := models.NewCampaign(models.CampaignOneTime)
		c.Name, c.Objective, c.Channels, c.QuietHours = "Vectors", "Be heard", []models.Channel{sent.channel}, models.QuietHoursOff
		always := []models.Window{{
			Days: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, Start: "00:00", End: "24:00",
		}}
		c.Windows = models.Windows{models.ChannelText: always, models.ChannelPhone: always}
		c.ConsentBasis, c.Sender = new("attested"), models.Sender{BusinessName: "Harbour", FromPhone: "+12025550100"}
		require.NoError(t, b.store.CreateCampaign(t.Context(), c))
		_, err := b.store.Control(t.Context(), c.ID, models.ControlGoLive, models.ControlOptions{})
		require.NoError(t, err)
		added, err := b.store.AddContacts(t.Context(), c.ID, models.ActionUpsert, models.SourceAPI,
			[]models.ContactInput{{FirstName: new("Ada"), Phone: new(vectorContact)}})
		require.NoError(t, err)
		_, err = b.store.TakeContacts(t.Context(), c.ID, "batch", 1)
		require.NoError(t, err)
		id := added.Results[0].ContactID
		_, request, err := b.store.BeginPlan(t.Context(), c.ID, id, "run")
		require.NoError(t, err)
		require.NotNil(t, request)
		step, err := b.store.StorePlan(t.Context(), c.ID, id, *request, models.Plan{
			Channel: sent.channel, SendAt: request.Now, Body: "Hello Ada.",
		})
		require.NoError(t, err)
		_, claim, _, err := b.store.Claim(t.Context(), store.ClaimRequest{
			CampaignID: c.ID, ContactID: id, OutreachID: step.OutreachID, Attempt: 1,
		})
		require.NoError(t, err)
		require.NotNil(t, claim, step.String())
		_, err = b.store.Accept(t.Context(), claim, sent.sid)
		require.NoError(t, err)
	}
	temporal := &mocks.Client{}
	temporal.On("SignalWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil)
	handler, err := service.NewAPI(t.Context(), service.Config{
		Listen: "127.0.0.1:8080", PublicURL: vectorPublic, SecretKey: b.key, TwilioAccountSID: "AC0123456789abcdef0123456789abcdef",
		TwilioAuthToken: token,
	}, b.store, temporal, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	b.handler = handler
	return b
}

// post posts a callback as Twilio does, and returns the status of the answer.
func (b *vectorBench) post(t *testing.T, v vector) int {
	t.Helper()
	address, err := url.Parse(v.URL)
	require.NoError(t, err)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, address.RequestURI(), strings.NewReader(v.body))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	if v.Signature != "" {
		request.Header.Set("X-Twilio-Signature", v.Signature)
	}
	recorder := httptest.NewRecorder()
	b.handler.ServeHTTP(recorder, request)
	_, _ = io.Copy(io.Discard, recorder.Result().Body)
	return recorder.Code
}

// state is what the callbacks have left, without times and ids.
func (b *vectorBench) state(t *testing.T) []string {
	t.Helper()
	lines := []string{}
	for _, query := range []string{
		`SELECT channel || ' ' || state || ' ' || coalesce(outcome, '-') || ' ' || coalesce(result_code, '-') || ' ' || (ended_at IS NOT NULL)
			FROM outreaches ORDER BY channel`,
		// The vendor has one call answered by several kinds of machine: it counts as one, by whichever came first.
		`SELECT o.channel || ' ' || e.type || ' ' || CASE e.type WHEN 'machine' THEN 'any' ELSE coalesce(e.code, '-') END
			FROM events e JOIN outreaches o ON o.id = e.outreach_id`,
		`SELECT channel || ' ' || text || ' ' || opt_out FROM replies`,
		`SELECT channel || ' ' || address || ' ' || reason FROM suppressions`,
		`SELECT status || ' ' || coalesce(status_reason, '-') || ' ' || coalesce(last_outcome, '-') FROM contacts`,
		`SELECT channel || ' ' || provider_id FROM inbound_messages`,
	} {
		rows, err := b.db.QueryContext(t.Context(), query)
		require.NoError(t, err)
		found := []string{}
		for rows.Next() {
			var line string
			require.NoError(t, rows.Scan(&line))
			found = append(found, line)
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
		slices.Sort(found)
		lines = append(lines, found...)
	}
	return lines
}

// TestTwilioVectors posts every callback of the vendor to the whole API: each is taken with its signature and refused with any
// other, when nothing is stored; delivered twice and in reversed order they leave the same state.
func TestTwilioVectors(t *testing.T) {
	t.Parallel()
	vectors := twilioVectors(t)
	forward, backward := newVectorBench(t, vectors[0].AuthToken), newVectorBench(t, vectors[0].AuthToken)
	before := forward.state(t)
	for _, v := range vectors {
		for _, forged := range []vector{
			{URL: v.URL, body: v.body},
			{URL: v.URL, body: v.body, Signature: "WRONG SIGNATURE"},
			{URL: v.URL, body: v.body + "&Body=forged", Signature: v.Signature},
			{URL: v.URL + map[bool]string{true: "&x=1", false: "?x=1"}[strings.Contains(v.URL, "?")], body: v.body, Signature: v.Signature},
		} {
			require.Equal(t, http.StatusForbidden, forward.post(t, forged), v.File)
		}
	}
	require.Equal(t, before, forward.state(t), "nothing is stored of what is forged")

	post := func(b *vectorBench, v vector) {
		status := b.post(t, v)
		require.Contains(t, []int{http.StatusOK, http.StatusNoContent}, status, v.File)
	}
	for _, v := range vectors {
		post(forward, v)
		post(forward, v)
	}
	for _, v := range slices.Backward(vectors) {
		post(backward, v)
	}
	for _, v := range vectors {
		post(backward, v)
	}
	state := forward.state(t)
	require.Equal(t, state, backward.state(t), "in any order, however often")
	text := strings.Join(state, "\n")
	for _, line := range []string{
		"text failed failed 21610 0", "text failed 21610", "text failed 30007", "text sent -", "text processed -", //nolint:dupword // state and outcome
		"phone failed opted_out sip_404 1", "phone machine any", "phone human human", "phone canceled sip_487", "phone failed sip_404", //nolint:dupword // as above
		"text STOP 1", "text Stop. 1", "text please stop texting me 1", "text I can stop by on Friday 0", "phone Called. 0",
		"phone CA4008713266babdeb298e73b907b059c6", "text " + vectorContact + " opt_out", "phone " + vectorContact + " opt_out",
	} {
		require.Contains(t, text, line)
	}
	require.NotContains(t, text, "Your code is 1234", "a short code is nobody")
}
