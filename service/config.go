// Package service puts Beckon's parts together as its commands run them: configuration, database, connection to Temporal,
// the API, the workers.
package service

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"

	"beckon/models"
	"beckon/store"
	"beckon/worker"
	"beckon/workflows"
)

// Config is all that Beckon is configured with, from the environment only. TEMPORAL_ADDRESS and the rest of Temporal's own
// variables are read by Temporal's envconfig.
type Config struct {
	// DatabaseURL is `postgres://…`, or `sqlite:/path/to/file`.
	DatabaseURL string `env:"BECKON_DATABASE_URL"`
	// Listen is the address of the API and the dashboard.
	Listen string `env:"BECKON_LISTEN" envDefault:"127.0.0.1:8080"`
	// PublicURL is how providers and browsers reach Listen; empty: http:// and Listen.
	PublicURL string `env:"BECKON_PUBLIC_URL"`
	// BootstrapAPIKey is made an administrator's key at start, for automation. It must have at least 32 characters.
	BootstrapAPIKey string `env:"BECKON_BOOTSTRAP_API_KEY,unset"`
	// SecretKey is what links and addresses that must not be guessed are derived from: those by which people unsubscribe and
	// answer, and the path of inbound mail. At least 32 characters, the same for API and workers.
	SecretKey string `env:"BECKON_SECRET_KEY,unset"`
	// OldSecretKeys were SecretKey before: what was derived from them is still known.
	OldSecretKeys []string `env:"BECKON_OLD_SECRET_KEYS,unset"`
	// EmailImportDomain is the domain whose mail SendGrid passes on to the API; empty: no mail comes in.
	EmailImportDomain string `env:"BECKON_EMAIL_IMPORT_DOMAIN"`
	// SMTPListen is where mails with contact files are taken by SMTP; empty: nowhere.
	SMTPListen string `env:"BECKON_SMTP_LISTEN"`
	// DNSTXTFile is a file of lines of a name and a text that stands in for DNS when mails are checked; empty: DNS. For tests.
	DNSTXTFile string `env:"BECKON_DNS_TXT_FILE"`
	// TrustedProxies are the networks of proxies, as CIDRs, whose X-Forwarded-For says where a request comes from.
	TrustedProxies []netip.Prefix `env:"BECKON_TRUSTED_PROXIES"`
	// SessionLifetime is how long who signed in stays so, and SessionIdle how long without doing anything.
	SessionLifetime time.Duration `env:"BECKON_SESSION_LIFETIME" envDefault:"168h"`
	SessionIdle     time.Duration `env:"BECKON_SESSION_IDLE"     envDefault:"12h"`
	// TemporalUIURL is where Temporal's Web UI is, for links to workflows; empty: no links.
	TemporalUIURL string `env:"BECKON_TEMPORAL_UI_URL"`

	// Rates are a second, for the whole installation; every worker must have the same. 0: no limit.
	RateEmail float64 `env:"BECKON_RATE_EMAIL"`
	RateText  float64 `env:"BECKON_RATE_TEXT"`
	RatePhone float64 `env:"BECKON_RATE_PHONE"`
	RatePlan  float64 `env:"BECKON_RATE_PLAN"`
	// Concurrency is of one worker process.
	ConcurrencyEmail int `env:"BECKON_CONCURRENCY_EMAIL" envDefault:"8"`
	ConcurrencyText  int `env:"BECKON_CONCURRENCY_TEXT"  envDefault:"8"`
	ConcurrencyPhone int `env:"BECKON_CONCURRENCY_PHONE" envDefault:"8"`
	ConcurrencyPlan  int `env:"BECKON_CONCURRENCY_PLAN"  envDefault:"8"`
	// WorkflowCache is how many workflows' states one worker process keeps in memory.
	WorkflowCache int `env:"BECKON_WORKFLOW_CACHE" envDefault:"2000"`

	// WorkerDeployment and WorkerBuildID make the workers a version of a Worker Deployment of Temporal; both or neither are set.
	WorkerDeployment string `env:"BECKON_WORKER_DEPLOYMENT"`
	WorkerBuildID    string `env:"BECKON_WORKER_BUILD_ID"`

	// SendTimeout is a provider's HTTP time-out and the greatest age of a claim at which the call begins.
	SendTimeout time.Duration `env:"BECKON_SEND_TIMEOUT" envDefault:"10s"`
	// UnconfirmedAfter is how long a claim in doubt waits for proof.
	UnconfirmedAfter time.Duration `env:"BECKON_UNCONFIRMED_AFTER" envDefault:"15m"`
	// PlanMaxAge is the age from which a text of the AI that missed its slot is planned anew.
	PlanMaxAge time.Duration `env:"BECKON_PLAN_MAX_AGE" envDefault:"168h"`
	// ReconcileEvery is the time between two rounds of reconcile, and how long a change may stay unseen by its workflow.
	ReconcileEvery time.Duration `env:"BECKON_RECONCILE_EVERY" envDefault:"1m"`
	// StopDelay is how long the API, once it is asked to stop, goes on answering, `/readyz` with 503.
	StopDelay time.Duration `env:"BECKON_STOP_DELAY" envDefault:"5s"`
	// WebhookTolerance is the greatest age of a signed webhook; 0: any.
	WebhookTolerance time.Duration `env:"BECKON_WEBHOOK_TOLERANCE" envDefault:"1h"`

	SendGridAPIKey           string `env:"SENDGRID_API_KEY,unset"`
	SendGridBaseURL          string `env:"SENDGRID_BASE_URL"`
	SendGridWebhookPublicKey string `env:"SENDGRID_WEBHOOK_PUBLIC_KEY"`

	// TwilioAccountSID and TwilioAuthToken are needed by texts and calls only.
	TwilioAccountSID string `env:"TWILIO_ACCOUNT_SID"`
	TwilioAuthToken  string `env:"TWILIO_AUTH_TOKEN,unset"`
	TwilioBaseURL    string `env:"TWILIO_BASE_URL"`

	OpenAIAPIKey  string `env:"OPENAI_API_KEY,unset"`
	OpenAIBaseURL string `env:"OPENAI_BASE_URL"`
	OpenAIModel   string `env:"OPENAI_MODEL"         envDefault:"gpt-5-mini"`

	// AIPrices are what the AI's provider asks for a million tokens, in US dollars; 0: performance shows tokens only.
	AIPriceInput  float64 `env:"BECKON_AI_PRICE_INPUT"`
	AIPriceOutput float64 `env:"BECKON_AI_PRICE_OUTPUT"`
}

// DataFileName is the file of variables that beckon-dev leaves in its data directory.
const DataFileName = "beckon.env"

// shortestKey is that of a bootstrap key, in characters: it is guarded by its randomness alone.
const shortestKey = 32

// LoadConfig reads the environment; with a data directory, what the environment does not set comes from the file of
// variables that beckon-dev left there. Everything that is wrong is named at once.
func LoadConfig(dataDir string) (Config, error) {
	if err := loadDataFile(dataDir); err != nil {
		return Config{}, err
	}
	config, err := env.ParseAs[Config]()
	if err != nil {
		return Config{}, unreadable(err)
	}
	return config, config.check()
}

// unreadable names the variables whose values could not be read, where the error names fields.
func unreadable(err error) error {
	all, is := errors.AsType[env.AggregateError](err)
	if !is {
		return fmt.Errorf("configuration: %w", err)
	}
	problems := []error{}
	for _, each := range all.Errors {
		name := "configuration"
		if parse, is := errors.AsType[env.ParseError](each); is {
			if field, known := reflect.TypeFor[Config]().FieldByName(parse.Name); known {
				name, _, _ = strings.Cut(field.Tag.Get("env"), ",")
			}
			each = parse.Err
		}
		problems = append(problems, fmt.Errorf("%s cannot be read: %w", name, each))
	}
	return errors.Join(problems...)
}

// errNoSecretKey is what a command says that needs the secret key.
var errNoSecretKey = fmt.Errorf("BECKON_SECRET_KEY is not set: at least %d random characters, such as `openssl rand -hex 32` prints, "+
	"the same for API and workers", models.MinSecretChars)

// Secret derives what must not be guessed from the configured key.
func (c Config) Secret() (*models.Secret, error) {
	if c.SecretKey == "" {
		return nil, errNoSecretKey
	}
	secret, err := models.NewSecret(c.SecretKey, c.OldSecretKeys...)
	if err != nil {
		return nil, fmt.Errorf("BECKON_SECRET_KEY, BECKON_OLD_SECRET_KEYS: %w", err)
	}
	return secret, nil
}

// loadDataFile sets the variables of the data directory that the environment does not set.
func loadDataFile(dataDir string) error {
	if dataDir == "" {
		return nil
	}
	file := filepath.Join(dataDir, DataFileName)
	if err := godotenv.Load(file); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no %s: was beckon-dev ever started with --data %s?", file, dataDir)
		}
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}

// ReadDataFile reads the variables that a data directory holds; none where nothing was left there.
func ReadDataFile(dataDir string) (map[string]string, error) {
	file := filepath.Join(dataDir, DataFileName)
	variables, err := godotenv.Read(file)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return variables, nil
}

// WriteDataFile leaves variables in a data directory, readable by its owner only, for LoadConfig.
func WriteDataFile(dataDir string, variables map[string]string) error {
	text, err := godotenv.Marshal(maps.Clone(variables))
	if err != nil {
		return fmt.Errorf("write %s: %w", DataFileName, err)
	}
	file := filepath.Join(dataDir, DataFileName)
	if err := os.WriteFile(file+".new", []byte(text+"\n"), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", DataFileName, err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("write %s: %w", DataFileName, err)
	}
	return nil
}

// domainName is a domain name as it stands in an address: labels of letters, digits and hyphens.
var domainName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

func (c Config) check() error {
	problems := []error{}
	if c.DatabaseURL == "" {
		problems = append(problems, errors.New("BECKON_DATABASE_URL is not set: postgres://… or sqlite:/path/to/file"))
	}
	if c.BootstrapAPIKey != "" && len(c.BootstrapAPIKey) < shortestKey {
		problems = append(problems, fmt.Errorf("BECKON_BOOTSTRAP_API_KEY has fewer than %d characters", shortestKey))
	}
	if _, err := c.Secret(); err != nil && c.SecretKey != "" {
		problems = append(problems, err)
	}
	problems = append(problems, c.checkAddresses()...)
	for name, duration := range map[string]time.Duration{
		"BECKON_SEND_TIMEOUT": c.SendTimeout, "BECKON_UNCONFIRMED_AFTER": c.UnconfirmedAfter,
		"BECKON_RECONCILE_EVERY": c.ReconcileEvery, "BECKON_PLAN_MAX_AGE": c.PlanMaxAge,
		"BECKON_SESSION_LIFETIME": c.SessionLifetime, "BECKON_SESSION_IDLE": c.SessionIdle,
	} {
		if duration <= 0 {
			problems = append(problems, fmt.Errorf("%s must be longer than 0", name))
		}
	}
	for name, duration := range map[string]time.Duration{
		"BECKON_WEBHOOK_TOLERANCE": c.WebhookTolerance, "BECKON_STOP_DELAY": c.StopDelay,
	} {
		if duration < 0 {
			problems = append(problems, fmt.Errorf("%s must not be negative", name))
		}
	}
	problems = append(problems, c.checkPairs()...)
	for name, rate := range map[string]float64{
		"BECKON_RATE_EMAIL": c.RateEmail, "BECKON_RATE_TEXT": c.RateText, "BECKON_RATE_PHONE": c.RatePhone,
		"BECKON_RATE_PLAN": c.RatePlan, "BECKON_AI_PRICE_INPUT": c.AIPriceInput, "BECKON_AI_PRICE_OUTPUT": c.AIPriceOutput,
	} {
		if rate < 0 {
			problems = append(problems, fmt.Errorf("%s must not be negative", name))
		}
	}
	for name, n := range map[string]int{
		"BECKON_CONCURRENCY_EMAIL": c.ConcurrencyEmail, "BECKON_CONCURRENCY_TEXT": c.ConcurrencyText,
		"BECKON_CONCURRENCY_PHONE": c.ConcurrencyPhone, "BECKON_CONCURRENCY_PLAN": c.ConcurrencyPlan,
		"BECKON_WORKFLOW_CACHE": c.WorkflowCache,
	} {
		if n < 1 {
			problems = append(problems, fmt.Errorf("%s must be at least 1", name))
		}
	}
	return errors.Join(problems...)
}

// checkAddresses looks at where Beckon listens, and how others reach it.
func (c Config) checkAddresses() []error {
	problems := []error{}
	// It stands in links of e-mails and in headers.
	public, err := url.Parse(c.Public())
	if err != nil || public.Host == "" || public.Scheme != "http" && public.Scheme != "https" || public.RawQuery != "" {
		problems = append(problems, errors.New("BECKON_PUBLIC_URL is no http or https URL with a host"))
	}
	for name, address := range map[string]string{"BECKON_LISTEN": c.Listen, "BECKON_SMTP_LISTEN": c.SMTPListen} {
		if _, port, err := net.SplitHostPort(address); address != "" && (err != nil || port == "") {
			problems = append(problems, fmt.Errorf("%s is no address with a port, such as 0.0.0.0:8080", name))
		}
	}
	if c.TemporalUIURL != "" && !strings.HasPrefix(c.TemporalUIURL, "http://") && !strings.HasPrefix(c.TemporalUIURL, "https://") {
		problems = append(problems, errors.New("BECKON_TEMPORAL_UI_URL is no http or https URL"))
	}
	if c.EmailImportDomain != "" && !domainName.MatchString(c.EmailImportDomain) {
		problems = append(problems, errors.New("BECKON_EMAIL_IMPORT_DOMAIN is no domain name, such as in.example.com"))
	}
	return problems
}

// checkPairs looks at what is set together.
func (c Config) checkPairs() []error {
	problems := []error{}
	if (c.WorkerDeployment == "") != (c.WorkerBuildID == "") {
		problems = append(problems, errors.New("BECKON_WORKER_DEPLOYMENT and BECKON_WORKER_BUILD_ID are set together, or not at all"))
	}
	// A dot and a colon stand between the two where Temporal writes them as one.
	if strings.ContainsAny(c.WorkerDeployment, ".:") {
		problems = append(problems, errors.New("BECKON_WORKER_DEPLOYMENT must not have a dot or a colon"))
	}
	if (c.TwilioAccountSID == "") != (c.TwilioAuthToken == "") {
		problems = append(problems, errors.New("TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are set together, or not at all"))
	}
	return problems
}

// Public is the URL under which others reach this Beckon, without a final slash.
func (c Config) Public() string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	return "http://" + c.Listen
}

// worker is the workers' part of the configuration.
func (c Config) worker() worker.Config {
	return worker.Config{
		Deployment: worker.Deployment{Name: c.WorkerDeployment, BuildID: c.WorkerBuildID},

		Workflows: workflows.Config{SendTimeout: c.SendTimeout, ReconcileEvery: c.ReconcileEvery},
		Plan:      worker.Limits{PerSecond: c.RatePlan, Concurrency: c.ConcurrencyPlan},
		Email:     worker.Limits{PerSecond: c.RateEmail, Concurrency: c.ConcurrencyEmail},
		Text:      worker.Limits{PerSecond: c.RateText, Concurrency: c.ConcurrencyText},
		Phone:     worker.Limits{PerSecond: c.RatePhone, Concurrency: c.ConcurrencyPhone},
	}
}

// storeOptions is the database's part of the configuration.
func (c Config) storeOptions() store.Options {
	secret, err := c.Secret()
	if err != nil {
		secret = nil // commands that neither send nor erase work without
	}
	return store.Options{
		Secret: secret,
		URL:    c.DatabaseURL, UnconfirmedAfter: c.UnconfirmedAfter, Overdue: c.ReconcileEvery, PlanMaxAge: c.PlanMaxAge,
		PlanPrice: models.PlanPrice{InputUSD: c.AIPriceInput, OutputUSD: c.AIPriceOutput},
	}
}
