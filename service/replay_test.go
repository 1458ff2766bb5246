package service_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/service"
	"beckon/store"
)

// vendorCallback is one callback as Twilio posts it, with its signature.
type vendorCallback struct {
	File      string
	URL       string
	Token     string `json:"auth_token"`
	Signature string `json:"x_twilio_signature"`
}

// vendorCallbacks are all of the vendors' material, below $BECKON_VENDOR_DIR, by default ../shared/vendor beside the
// repository. Without the folder the test is skipped; with the variable set it fails.
func vendorCallbacks(t *testing.T) (callbacks []vendorCallback, bodies map[string]string) {
	t.Helper()
	dir, set := os.LookupEnv("BECKON_VENDOR_DIR")
	if !set {
		dir = filepath.Join("..", "..", "shared", "vendor")
	}
	dir = filepath.Join(dir, "twilio", "callbacks")
	index, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if os.IsNotExist(err) && !set {
		t.Skip("there is no folder of vendors' material: " + dir)
	}
	require.NoError(t, err)
	file := struct{ Callbacks []vendorCallback }{}
	require.NoError(t, json.Unmarshal(index, &file))
	require.NotEmpty(t, file.Callbacks)
	bodies = map[string]string{}
	for _, callback := range file.Callbacks {
		body, err := os.ReadFile(filepath.Join(dir, callback.File))
		require.NoError(t, err)
		bodies[callback.File] = string(body)
	}
	return file.Callbacks, bodies
}

// SIDs of the text and the call that the vendors' callbacks are about.
const (
	vendorText = "SMd36c0364e3842955b2c8f86da3bd8ad6"
	vendorCall = "CAc93bf9a243a391a65da5b60116ee9a5c"
)

// TestReplayedCallbacks sends every callback of Twilio that is known, as it was signed, and then again, after people have
// changed what the first ones did: whoever recorded them and sends them again, in whatever order, changes not one row.
func TestReplayedCallbacks(t *testing.T) {
	t.Parallel()
	known, bodies := vendorCallbacks(t)
	for dialect, newURL := range map[string]func(*testing.T) string{"sqlite": newSQLite, "postgres": newPostgres} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			callbacks := slices.Clone(known) // reversed below
			b := newBench(t, newURL(t))
			b.serve(t, func(c *service.Config) {
				c.PublicURL, c.TwilioAccountSID, c.TwilioAuthToken = "https://app.example.com", "AC1", callbacks[0].Token
			})
			contacts := []string{b.reached(t, models.ChannelText, vendorText), b.reached(t, models.ChannelPhone, vendorCall)}
			post := func(callback vendorCallback) int {
				t.Helper()
				target, err := url.Parse(callback.URL)
				require.NoError(t, err)
				request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target.RequestURI(), strings.NewReader(bodies[callback.File]))
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				request.Header.Set("X-Twilio-Signature", callback.Signature)
				recorder := httptest.NewRecorder()
				b.handler.ServeHTTP(recorder, request)
				return recorder.Code
			}
			untouched := b.allRows(t)
			heard := 0
			for _, callback := range callbacks {
				switch status := post(callback); status {
				case http.StatusNotFound, http.StatusBadRequest: // a route that there is not, or that wants something else
				default:
					require.Less(t, status, http.StatusBadRequest, callback.File)
					heard++
				}
			}
			require.Greater(t, heard, 15)
			require.NotEqual(t, untouched, b.allRows(t), "they did something")

			// The state moves on: what they suppressed is lifted, and a contact is ended, changed and removed.
			listed := b.get(t, "/api/v1/suppressions")
			for _, row := range listed.object(t)["data"].([]any) {
				id := row.(map[string]any)["id"].(string)
				b.call(t, http.MethodDelete, "/api/v1/suppressions/"+id, http.StatusNoContent)
			}
			b.call(t, http.MethodDelete, contacts[1], http.StatusNoContent)
			before := b.allRows(t)
			slices.Reverse(callbacks)
			for range 2 {
				for _, callback := range callbacks {
					post(callback)
				}
				require.Equal(t, before, b.allRows(t))
				slices.Reverse(callbacks)
			}
		})
	}
}

// reached makes a campaign of the channel, and a contact to whom its provider has taken an outreach; it returns the path of
// the contact.
func (b *bench) reached(t *testing.T, channel models.Channel, providerID string) string {
	t.Helper()
	made := b.post(t, b.key, "", "/api/v1/campaigns", `{"name":"Spring","type":"one_time","channels":["`+string(channel)+`"],
		"objective":"Invite patients to a check-up.","consent":{"attestedBy":"Ada"},
		"sender":{"businessName":"Example Clinic","fromPhone":"+12025550100","postalAddress":"1 Main Street"}}`)
	require.Equal(t, http.StatusCreated, made.status, made.body)
	id := made.object(t)["id"].(string)
	live := b.post(t, b.key, "", "/api/v1/campaigns/"+id+"/go-live", `{"consent":{"attestedBy":"Ada"}}`)
	require.Equal(t, http.StatusOK, live.status, live.body)
	added := b.post(t, b.key, "", "/api/v1/campaigns/"+id+"/contacts",
		`{"contacts":[{"firstName":"Ada","phone":"+12025550123","timezone":"UTC"}]}`)
	contactID := added.object(t)["success"].([]any)[0].(map[string]any)["contactId"].(string)
	ctx := t.Context()
	_, err := b.store.TakeContacts(ctx, id, "batch", 10)
	require.NoError(t, err)
	_, request, err := b.store.BeginPlan(ctx, id, contactID, "run")
	require.NoError(t, err)
	require.NotNil(t, request)
	step, err := b.store.StorePlan(ctx, id, contactID, *request, models.Plan{
		Channel: channel, SendAt: request.Now, Body: "It is time for a check-up.", Reason: "First.",
	})
	require.NoError(t, err)
	_, claim, _, err := b.store.Claim(ctx, store.ClaimRequest{CampaignID: id, ContactID: contactID, OutreachID: step.OutreachID, Attempt: 1})
	require.NoError(t, err)
	require.NotNil(t, claim, "%s", step)
	_, err = b.store.Accept(ctx, claim, providerID)
	require.NoError(t, err)
	return "/api/v1/campaigns/" + id + "/contacts/" + contactID
}

func (b *bench) get(t *testing.T, path string) answer {
	t.Helper()
	return b.do(t, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil), b.key, "")
}

func (b *bench) call(t *testing.T, method, path string, status int) {
	t.Helper()
	got := b.do(t, httptest.NewRequestWithContext(t.Context(), method, path, nil), b.key, "")
	require.Equal(t, status, got.status, got.body)
}

// allRows are all rows of all tables.
func (b *bench) allRows(t *testing.T) map[string][]string {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if b.store.Dialect() == store.Postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	}
	rows, err := b.db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	names := []string{}
	for rows.Next() {
		name := ""
		require.NoError(t, rows.Scan(&name))
		names = append(names, name)
	}
	require.NoError(t, rows.Err())
	require.NoError(t, rows.Close())
	all := map[string][]string{}
	for _, name := range names {
		all[name] = b.rows(t, name)
		slices.Sort(all[name])
	}
	return all
}
