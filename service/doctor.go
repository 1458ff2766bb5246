package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"beckon/providers/sendgrid"
	"beckon/store"
	"beckon/workflows"
)

// Verdict is what an examination found.
type Verdict string

// Verdicts.
const (
	VerdictOK   Verdict = "ok"
	VerdictWarn Verdict = "warn" // it works, but not as it should in production
	VerdictFail Verdict = "fail" // Beckon, or a channel of it, cannot work so
)

// Finding is what the doctor says about one thing. Detail never holds a secret, but for the path of inbound mail, which has to
// be told to SendGrid.
type Finding struct {
	Subject string
	Verdict Verdict
	Detail  string
}

// doctorTimeout bounds each examination.
const doctorTimeout = 10 * time.Second

// retention is how long Temporal is to keep the histories of closed workflows.
const retention = 30 * 24 * time.Hour

// Doctor examines what Beckon is configured with: its secret key, the database and its schema, Temporal with its namespace and
// search attributes, whether reconcile runs, the providers' addresses and credentials, what they are set up to send and to
// report, and how they reach Beckon. It changes
// nothing, and sends nothing.
func Doctor(ctx context.Context, config Config, log *slog.Logger) []Finding {
	d := &doctor{config: config}
	d.environment(os.Environ())
	d.secretKey()
	d.database(ctx)
	d.temporal(ctx, log)
	d.ai(ctx)
	d.provider(ctx, "SendGrid", config.sendGridProbe())
	d.sendGrid(ctx)
	if config.TwilioAccountSID == "" {
		d.sayf("Twilio", VerdictWarn, "TWILIO_ACCOUNT_SID is not set: texts and calls wait with provider_auth")
	} else {
		d.provider(ctx, "Twilio", config.twilioProbe())
		d.twilio(ctx)
	}
	d.webhooks()
	d.mails()
	return d.findings
}

type doctor struct {
	config   Config
	findings []Finding
}

func (d *doctor) sayf(subject string, verdict Verdict, format string, args ...any) {
	d.findings = append(d.findings, Finding{Subject: subject, Verdict: verdict, Detail: fmt.Sprintf(format, args...)})
}

// secretKey says whether links and addresses can be made; a key that is too short is refused before.
func (d *doctor) secretKey() {
	if _, err := d.config.Secret(); err != nil {
		d.sayf("secret key", VerdictFail, "%s", err)
		return
	}
	d.sayf("secret key", VerdictOK, "it is long enough; API and workers must have the same")
}

func (d *doctor) database(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	db, err := OpenStore(ctx, d.config, slog.New(slog.DiscardHandler))
	if err != nil {
		d.sayf("database", VerdictFail, "it cannot be opened: %s", withoutSecrets(err, d.config.DatabaseURL))
		return
	}
	defer func() { _ = db.Close() }()
	migrated, err := db.Migrated(ctx)
	switch {
	case err != nil:
		d.sayf("database", VerdictFail, "its schema cannot be read: %s", withoutSecrets(err, d.config.DatabaseURL))
	case !migrated:
		d.sayf("database", VerdictFail, "its schema is not this binary's: run `beckon migrate`")
	case db.Dialect() == store.SQLite:
		d.sayf("database", VerdictWarn, "SQLite: for processes on this host only; api and worker apart want Postgres")
	default:
		d.sayf("database", VerdictOK, "Postgres, with this binary's schema")
	}
}

// withoutSecrets is an error's text without the parts of the URL that it may quote.
func withoutSecrets(err error, databaseURL string) string {
	text := err.Error()
	parsed, parseErr := url.Parse(databaseURL)
	if parseErr != nil {
		return "the URL cannot be read"
	}
	if password, set := parsed.User.Password(); set && password != "" {
		text = strings.ReplaceAll(text, password, "xxxxx")
	}
	return text
}

func (d *doctor) temporal(ctx context.Context, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	options, err := loadTemporalOptions()
	if err != nil {
		d.sayf("Temporal", VerdictFail, "%s", err)
		return
	}
	temporal, err := NewTemporal(log)
	if err != nil {
		d.sayf("Temporal", VerdictFail, "%s", err)
		return
	}
	defer temporal.Close()
	if _, err := temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		d.sayf("Temporal", VerdictFail, "%s does not answer: %s", options.HostPort, err)
		return
	}
	namespace := options.Namespace
	if namespace == "" {
		namespace = client.DefaultNamespace
	}
	d.sayf("Temporal", VerdictOK, "%s answers", options.HostPort)
	d.namespace(ctx, temporal, namespace)
	d.searchAttributes(ctx, temporal, namespace)
	d.deployment(ctx, temporal)
	description, err := temporal.DescribeWorkflowExecution(ctx, workflows.ReconcileID, "")
	if err != nil || description.GetWorkflowExecutionInfo().GetCloseTime() != nil {
		d.sayf("reconcile", VerdictFail, "its workflow does not run: start a worker, which starts it")
		return
	}
	d.sayf("reconcile", VerdictOK, "its workflow runs")
}

func (d *doctor) namespace(ctx context.Context, temporal client.Client, namespace string) {
	response, err := temporal.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{
		Namespace: namespace,
	})
	if err != nil {
		d.sayf("namespace", VerdictFail, "%s: %s", namespace, err)
		return
	}
	kept := response.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()
	if kept < retention {
		d.sayf("namespace", VerdictWarn, "%s keeps closed workflows for %s; 30 days are recommended", namespace, kept)
		return
	}
	d.sayf("namespace", VerdictOK, "%s keeps closed workflows for %s", namespace, kept)
}

func (d *doctor) searchAttributes(ctx context.Context, temporal client.Client, namespace string) {
	listed, err := temporal.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{
		Namespace: namespace,
	})
	if err != nil {
		d.sayf("search attributes", VerdictWarn, "they cannot be listed: %s", err)
		return
	}
	for _, name := range []string{workflows.SearchContactStatus, workflows.SearchWaitingReason} {
		if _, there := listed.GetCustomAttributes()[name]; !there {
			d.sayf("search attributes", VerdictFail,
				"%s is missing: temporal operator search-attribute create --name %s --type Keyword", name, name)
			return
		}
	}
	d.sayf("search attributes", VerdictOK, "both are registered")
}

// deployment says which version of the Worker Deployment gets work, where the workers are configured to be one.
func (d *doctor) deployment(ctx context.Context, temporal client.Client) {
	const subject = "worker deployment"
	name, build := d.config.WorkerDeployment, d.config.WorkerBuildID
	if name == "" {
		return
	}
	described, err := temporal.WorkerDeploymentClient().GetHandle(name).Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	if err != nil {
		d.sayf(subject, VerdictWarn, "%s is not known yet: start a worker of it (BECKON_WORKER_DEPLOYMENT): %s", name, err)
		return
	}
	routing := described.Info.RoutingConfig
	switch {
	case routing.CurrentVersion != nil && routing.CurrentVersion.BuildID == build:
		d.sayf(subject, VerdictOK, "%s: build %s is current", name, build)
	case routing.RampingVersion != nil && routing.RampingVersion.BuildID == build:
		d.sayf(subject, VerdictOK, "%s: build %s gets %g %% of the work", name, build, routing.RampingVersionPercentage)
	case routing.CurrentVersion == nil:
		d.sayf(subject, VerdictWarn, "%s has no current version: workers of build %s get nothing to do; temporal worker deployment "+
			"set-current-version --deployment-name %s --build-id %s", name, build, name, build)
	default:
		d.sayf(subject, VerdictWarn, "%s: build %s is current, and workers of build %s (BECKON_WORKER_BUILD_ID) get nothing to do",
			name, routing.CurrentVersion.BuildID, build)
	}
}

// probe is a harmless request to a provider: it reads something that every account may read.
type probe struct {
	base      string
	path      string
	authorise func(*http.Request)
	variables string // that configure it
	missing   bool   // a credential is not set
}

// Addresses of the providers where none is configured, as their SDKs have them.
const (
	sendGridBase = "https://api.sendgrid.com"
	twilioBase   = "https://api.twilio.com"
)

func (c Config) sendGridProbe() probe {
	return probe{
		base: orElse(c.SendGridBaseURL, sendGridBase), path: "/v3/scopes", authorise: bearer(c.SendGridAPIKey),
		variables: "SENDGRID_API_KEY, SENDGRID_BASE_URL", missing: c.SendGridAPIKey == "",
	}
}

func (c Config) twilioProbe() probe {
	return probe{
		base: orElse(c.TwilioBaseURL, twilioBase), path: "/2010-04-01/Accounts/" + url.PathEscape(c.TwilioAccountSID) + ".json",
		authorise: func(r *http.Request) { r.SetBasicAuth(c.TwilioAccountSID, c.TwilioAuthToken) },
		variables: "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_BASE_URL",
	}
}

func orElse(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func bearer(key string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) }
}

func (d *doctor) provider(ctx context.Context, name string, p probe) {
	if p.missing {
		d.sayf(name, VerdictFail, "its key is not set (%s)", p.variables)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(p.base, "/")+p.path, nil)
	if err != nil {
		d.sayf(name, VerdictFail, "its address cannot be read (%s)", p.variables)
		return
	}
	p.authorise(request)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.sayf(name, VerdictFail, "%s cannot be reached: %s", request.URL.Host, cause(err))
		return
	}
	_ = response.Body.Close()
	switch status := response.StatusCode; {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		d.sayf(name, VerdictFail, "%s refuses the credentials (HTTP %d; %s)", request.URL.Host, status, p.variables)
	case status >= http.StatusInternalServerError:
		d.sayf(name, VerdictWarn, "%s answers HTTP %d", request.URL.Host, status)
	case status == http.StatusNotFound:
		d.sayf(name, VerdictOK, "%s answers; it does not know what was asked for (HTTP 404)", request.URL.Host)
	default:
		d.sayf(name, VerdictOK, "%s answers and takes the credentials", request.URL.Host)
	}
}

// cause is an error without the URL that net/http puts before it.
func cause(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// webhooks says whether providers can reach Beckon, and whether what they report can be verified.
func (d *doctor) webhooks() {
	public, err := url.Parse(d.config.Public())
	switch {
	case err != nil || public.Host == "":
		d.sayf("public URL", VerdictFail, "BECKON_PUBLIC_URL is no URL")
	case isLoopback(public.Hostname()):
		d.sayf("public URL", VerdictWarn, "%s is this host's own: no provider elsewhere can report to it (BECKON_PUBLIC_URL)", public)
	case public.Scheme != "https":
		d.sayf("public URL", VerdictWarn, "%s is not encrypted (BECKON_PUBLIC_URL)", public)
	default:
		d.sayf("public URL", VerdictOK, "%s", public)
		if len(d.config.TrustedProxies) == 0 {
			d.sayf("proxies", VerdictWarn, "none is trusted, so who fails to sign in is counted by the proxy's address, which all have "+
				"(BECKON_TRUSTED_PROXIES)")
		}
	}
	if d.config.SendGridWebhookPublicKey == "" {
		d.sayf("SendGrid's events", VerdictFail,
			"SENDGRID_WEBHOOK_PUBLIC_KEY is not set: events are refused, and sends in doubt end unconfirmed")
		return
	}
	if _, err := sendgrid.NewVerifier(d.config.SendGridWebhookPublicKey, d.config.WebhookTolerance); err != nil {
		d.sayf("SendGrid's events", VerdictFail, "SENDGRID_WEBHOOK_PUBLIC_KEY cannot be read, and the API does not start: %s", err)
		return
	}
	d.sayf("SendGrid's events", VerdictOK, "they are verified; they go to %s/webhooks/sendgrid/events", d.config.Public())
}

func isLoopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}
