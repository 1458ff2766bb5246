package service_test

import (
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
	"beckon/sandbox"
	"beckon/service"
)

const doctorKey = "the-secret-key-of-the-doctor's-tests"

// said is what the doctor found, as "verdict subject: detail".
func said(t *testing.T, config service.Config) string {
	t.Helper()
	lines := []string{}
	for _, finding := range service.ExamineSendGrid(t.Context(), config) {
		lines = append(lines, string(finding.Verdict)+" "+finding.Subject+": "+finding.Detail)
	}
	return strings.Join(lines, "\n")
}

// writesFrom is a database with a live campaign that writes from the address.
func writesFrom(t *testing.T, address string) string {
	t.Helper()
	b := newBench(t, newSQLite(t))
	c := models.NewCampaign(models.CampaignOneTime)
	c.Name, c.Objective, c.Channels = "Doctor", "Be seen", []models.Channel{models.ChannelEmail}
	c.Sender = models.Sender{BusinessName: "Harbour", FromName: "Ada", FromEmail: address, PostalAddress: "1 Quay"}
	require.NoError(t, b.store.CreateCampaign(t.Context(), c))
	_, err := b.store.Control(t.Context(), c.ID, models.ControlGoLive, models.ControlOptions{})
	require.NoError(t, err)
	var path string
	require.NoError(t, b.db.QueryRowContext(t.Context(), "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path))
	return "sqlite:" + path
}

// TestDoctorWithTheSandbox examines an account that is set up as Beckon wants it.
func TestDoctorWithTheSandbox(t *testing.T) {
	t.Parallel()
	secret, err := models.NewSecret(doctorKey)
	require.NoError(t, err)
	const public = "https://beckon.example"
	server, err := sandbox.New(t.Context(), sandbox.Config{
		DataFile: filepath.Join(t.TempDir(), "sandbox.db"), Addr: "127.0.0.1:0", SendGridKey: "SG.x",
		EventsURL: public + "/webhooks/sendgrid/events", InboundURL: public + api.InboundMailPath(secret), InboundDomain: "in.beckon.example",
	})
	require.NoError(t, err)
	server.Start(t.Context())
	t.Cleanup(func() { require.NoError(t, server.Shutdown(t.Context())) })
	config := service.Config{
		DatabaseURL: writesFrom(t, "ada@harbour.example"), PublicURL: public + "/", SecretKey: doctorKey, EmailImportDomain: "IN.beckon.example",
		SendGridAPIKey: "SG.x", SendGridBaseURL: server.EmailURL(), SendGridWebhookPublicKey: server.SendGridPublicKey(),
		UnconfirmedAfter: time.Minute, ReconcileEvery: time.Minute, PlanMaxAge: time.Hour,
	}
	text := said(t, config)
	require.Regexp(t, `(?m)^ok SendGrid's key: it may send$`, text)
	require.Regexp(t, `(?m)^ok SendGrid's senders: `, text)
	require.Regexp(t, `(?m)^ok SendGrid's event webhook: `, text)
	require.Contains(t, text, "ok SendGrid's inbound mail: mails to IN.beckon.example are posted to "+public+api.InboundMailPath(secret))
	require.NotContains(t, text, "SG.x")
	require.NotContains(t, text, doctorKey)

	for fault, change := range map[string]func(*service.Config){
		`fail SendGrid's event webhook: none posts to https://elsewhere\.example/webhooks/sendgrid/events`: func(c *service.Config) {
			c.PublicURL = "https://elsewhere.example"
		},
		`fail SendGrid's event webhook: it is signed with another key`: func(c *service.Config) { c.SendGridWebhookPublicKey = "x" },
		`fail SendGrid's inbound mail: mails to in\.other\.example are not passed on: .*MX record`: func(c *service.Config) {
			c.EmailImportDomain = "in.other.example"
		},
		`fail SendGrid's inbound mail: .* are posted elsewhere: set the destination`: func(c *service.Config) {
			c.SecretKey = doctorKey + "2"
		},
		`warn SendGrid's inbound mail: BECKON_EMAIL_IMPORT_DOMAIN is not set`: func(c *service.Config) { c.EmailImportDomain = "" },
		`fail SendGrid's senders: unknown\.example is not authenticated`: func(c *service.Config) {
			c.DatabaseURL = writesFrom(t, "ada@unknown.example")
		},
		`fail SendGrid's senders: unverified\.example is set up but not verified: add the DNS records`: func(c *service.Config) {
			c.DatabaseURL = writesFrom(t, "ada@unverified.example")
		},
	} {
		broken := config
		change(&broken)
		require.Regexp(t, "(?m)^"+fault, said(t, broken))
	}
}

// TestDoctorOfAnAccount examines accounts that SendGrid describes in other ways.
func TestDoctorOfAnAccount(t *testing.T) {
	t.Parallel()
	const (
		all     = "/v3/user/webhooks/event/settings/all"
		signed  = "/v3/user/webhooks/event/settings/signed/w"
		senders = "/v3/verified_senders"
		events  = `"processed":true,"deferred":true,"delivered":true,"bounce":true,"dropped":true,"spam_report":true,"unsubscribe":true,"group_unsubscribe":true`
		at      = `"id":"w","url":"https://beckon.example/webhooks/sendgrid/events"`
	)
	good := map[string]string{
		"/v3/scopes":                       `{"scopes":["mail.send"]}`,
		"/v3/whitelabel/domains":           `[]`,
		senders:                            `{"results":[{"from_email":"Ada@harbour.example","verified":true}]}`,
		all:                                `{"webhooks":[{"url":"https://other.example"},{` + at + `,"enabled":true,"open":true,"click":true,` + events + `}]}`,
		signed:                             `{"public_key":"KEY"}`,
		"/v3/user/webhooks/parse/settings": `{"result":[]}`,
	}
	config := service.Config{
		DatabaseURL: writesFrom(t, "ada@harbour.example"), PublicURL: "https://beckon.example", SecretKey: doctorKey,
		SendGridAPIKey: "SG.x", SendGridWebhookPublicKey: "KEY",
		UnconfirmedAfter: time.Minute, ReconcileEvery: time.Minute, PlanMaxAge: time.Hour,
	}
	for name, test := range map[string]struct{ path, answer, fault string }{
		"a single sender":    {"", "", `warn SendGrid's senders: ada@harbour\.example is verified as a single sender only`},
		"no sender":          {senders, `{"results":[]}`, `fail SendGrid's senders: harbour\.example is not authenticated`},
		"may not send":       {"/v3/scopes", `{"scopes":["alerts.read"]}`, `fail SendGrid's key: it may not send`},
		"an unsigned hook":   {signed, `{}`, `fail SendGrid's event webhook: it is not signed`},
		"a hook that is off": {all, `{"webhooks":[{` + at + `,` + events + `}]}`, `fail SendGrid's event webhook: the one to .* is off`},
		"a hook that says little": {
			all, `{"webhooks":[{` + at + `,"enabled":true,"bounce":true}]}`,
			`fail SendGrid's event webhook: it does not report Processed, Deferred, Delivered, Dropped, Spam Reports, Unsubscribed, Group Unsubscribes`,
		},
		"a hook without figures": {
			all, `{"webhooks":[{` + at + `,"enabled":true,` + events + `}]}`, `warn SendGrid's event webhook: it does not report Opened, Clicked`,
		},
		"a key that may not look":  {all, "403", `warn SendGrid's event webhook: the key may not read them`},
		"domains that are hidden":  {"/v3/whitelabel/domains", "403", `warn SendGrid's senders: the key may not read them`},
		"an answer that is broken": {all, "{", `warn SendGrid's event webhook: they cannot be read`},
		"an answer that is none":   {all, "500", `warn SendGrid's event webhook: they cannot be read: SendGrid answers HTTP 500`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := maps.Clone(good)
			if test.path != "" {
				answers[test.path] = test.answer
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer, known := answers[r.URL.Path]
				at := slices.Index([]string{"403", "500"}, answer)
				switch {
				case r.Method != http.MethodGet || !known:
					w.WriteHeader(http.StatusNotFound)
				case at >= 0:
					w.WriteHeader([]int{http.StatusForbidden, http.StatusInternalServerError}[at])
				default:
					_, _ = w.Write([]byte(answer))
				}
			}))
			t.Cleanup(server.Close)
			asked := config
			asked.SendGridBaseURL = server.URL
			require.Regexp(t, "(?m)^"+test.fault, said(t, asked))
		})
	}
}

// A database that cannot be read says nothing of senders; that it cannot be read is said elsewhere.
func TestDoctorWithoutADatabase(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"scopes":[]}`)) }))
	t.Cleanup(server.Close)
	config := service.Config{DatabaseURL: "sqlite:/nowhere/beckon.db", SecretKey: doctorKey, SendGridAPIKey: "x", SendGridBaseURL: server.URL}
	_, err := service.OpenMigrated(t.Context(), config, slog.New(slog.DiscardHandler))
	require.Error(t, err)
	require.NotContains(t, said(t, config), "senders")
	config.SendGridAPIKey = ""
	require.Empty(t, said(t, config))
}
