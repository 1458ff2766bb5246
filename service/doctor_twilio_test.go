package service_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/sandbox"
	"beckon/service"
)

const doctorService = "MG0123456789abcdef0123456789abcdef"

// calls is a database with two live campaigns: one that calls and texts from a number, one that texts by a service.
func calls(t *testing.T) string {
	t.Helper()
	b := newBench(t, newSQLite(t))
	for _, sender := range []models.Sender{
		{BusinessName: "Harbour", FromPhone: "+12025550100"}, {BusinessName: "Harbour", MessagingServiceSID: doctorService},
	} {
		c := models.NewCampaign(models.CampaignOneTime)
		c.Name, c.Objective, c.Channels = "Doctor", "Be seen", []models.Channel{models.ChannelText}
		c.Sender, c.ConsentBasis = sender, new("attested")
		if sender.FromPhone != "" {
			c.Channels = append(c.Channels, models.ChannelPhone)
		}
		require.NoError(t, b.store.CreateCampaign(t.Context(), c))
		_, err := b.store.Control(t.Context(), c.ID, models.ControlGoLive, models.ControlOptions{})
		require.NoError(t, err)
	}
	var path string
	require.NoError(t, b.db.QueryRowContext(t.Context(), "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path))
	return "sqlite:" + path
}

func saidOfTwilio(t *testing.T, config service.Config) string {
	t.Helper()
	lines := []string{}
	for _, finding := range service.ExamineTwilio(t.Context(), config) {
		lines = append(lines, string(finding.Verdict)+" "+finding.Subject+": "+finding.Detail)
	}
	return strings.Join(lines, "\n")
}

func twilioConfig(database, base string) service.Config {
	return service.Config{
		DatabaseURL: database, PublicURL: "https://beckon.example/", TwilioAccountSID: sandbox.SandboxTwilioAccountSID,
		TwilioAuthToken: sandbox.SandboxTwilioAuthToken, TwilioBaseURL: base,
		UnconfirmedAfter: time.Minute, ReconcileEvery: time.Minute, PlanMaxAge: time.Hour,
	}
}

// TestDoctorOfTwilioWithTheSandbox examines an account that is set up as Beckon wants it, and one whose webhooks go elsewhere.
func TestDoctorOfTwilioWithTheSandbox(t *testing.T) {
	t.Parallel()
	database := calls(t)
	examine := func(public string, numbers ...string) string {
		server, err := sandbox.New(t.Context(), sandbox.Config{
			DataFile: filepath.Join(t.TempDir(), "sandbox.db"), Addr: "127.0.0.1:0", TwilioNumbers: numbers,
			TextInboundURL: public + "/webhooks/twilio/sms/inbound", VoiceInboundURL: public + "/webhooks/twilio/voice/inbound",
		})
		require.NoError(t, err)
		server.Start(t.Context())
		t.Cleanup(func() { require.NoError(t, server.Shutdown(t.Context())) })
		return saidOfTwilio(t, twilioConfig(database, server.TwilioURL()))
	}
	text := examine("https://beckon.example")
	require.Regexp(t, `(?m)^ok Twilio's account: it is active$`, text)
	require.Regexp(t, `(?m)^ok Twilio's number \+12025550100: the account owns it`, text)
	require.Regexp(t, `(?m)^warn Twilio's number \+12025550100: see in Twilio's console`, text)
	require.Regexp(t, `(?m)^ok Twilio's service `+doctorService+`: it is there`, text)
	require.Regexp(t, `(?m)^ok Twilio's service `+doctorService+`: its A2P 10DLC registration is verified$`, text)
	require.NotRegexp(t, `(?m)^fail `, text)

	text = examine("https://elsewhere.example", "+12025550101")
	require.Regexp(t, `(?m)^fail Twilio's number \+12025550100: the account does not own it`, text)
	require.Regexp(t, `(?m)^fail Twilio's service .*goes to https://elsewhere.example.*set it to https://beckon.example/webhooks/twilio/sms/inbound`, text)
	text = examine("https://elsewhere.example", "+12025550100")
	require.Regexp(t, `(?m)^fail .*"A message comes in" goes to https://elsewhere.example`, text)
	require.Regexp(t, `(?m)^fail .*"A call comes in" goes to .*set it to https://beckon.example/webhooks/twilio/voice/inbound`, text)
}

// TestDoctorOfTwilioInTrouble examines accounts of which less is right.
func TestDoctorOfTwilioInTrouble(t *testing.T) {
	t.Parallel()
	database := calls(t)
	for name, test := range map[string]struct {
		answers map[string]string // by a part of the path; "" is a 404
		says    []string
	}{
		"suspended": {map[string]string{".json": `{"status": "suspended"}`}, []string{"fail Twilio's account: it is suspended"}},
		"poor": {map[string]string{
			"IncomingPhoneNumbers": `{"incoming_phone_numbers": [{"capabilities": {"sms": false, "voice": false}}]}`,
			"/Compliance/":         `{"compliance": [{"campaign_status": "PENDING"}]}`,
			"/Services/":           `{"use_inbound_webhook_on_number": true}`,
			".json":                `{"status": "active"}`,
		}, []string{
			"it can send no texts", "it can make no calls", `"A message comes in" goes nowhere`, "warn Twilio's service " + doctorService,
			"registration is PENDING",
		}},
		"nothing": {map[string]string{
			"IncomingPhoneNumbers": `{"incoming_phone_numbers": []}`, "/Services/": "", ".json": `{"status": "active"}`,
		}, []string{"the account does not own it", "the account has no such Messaging Service"}},
		"unregistered": {map[string]string{
			"IncomingPhoneNumbers": "nonsense", "/Compliance/": `{"compliance": []}`, "/Services/": `{}`, ".json": `{"status": "active"}`,
		}, []string{"warn Twilio's number +12025550100: it cannot be read", "its inbound request goes nowhere", "no A2P 10DLC registration"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for _, part := range []string{"IncomingPhoneNumbers", "/Compliance/", "/Services/", ".json"} {
					if !strings.Contains(r.URL.Path, part) {
						continue
					}
					if answer := test.answers[part]; answer != "" {
						_, _ = w.Write([]byte(answer))
						return
					}
					break
				}
				http.NotFound(w, r)
			}))
			t.Cleanup(server.Close)
			text := saidOfTwilio(t, twilioConfig(database, server.URL))
			for _, says := range test.says {
				require.Contains(t, text, says)
			}
		})
	}
	require.Empty(t, saidOfTwilio(t, twilioConfig(database, "http://127.0.0.1:1")), "said already")
}
