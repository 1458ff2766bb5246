package deploy_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// examined is a value that a variable must not have, and what `beckon doctor` says of it.
type examined struct {
	run   string // variables that are examined with each other; the others are as they should be
	value string
	says  string
}

// Runs of the doctor. What is wrong with a value itself is said by each command that reads the configuration, all at once; what
// it leads to, by the doctor alone.
const (
	runValues      = "values"
	runPairs       = "pairs"
	runUnreadable  = "unreadable"
	runRefused     = "refused"
	runUnreachable = "unreachable"
	runUnknown     = "unknown"
)

// examinations are those of all variables. SERVER stands for the address of a server that refuses keys that are `refused`, and
// otherwise knows nothing.
func examinations() map[string]examined {
	all := map[string]examined{
		"BECKON_DATABASE_URL":        {runRefused, "postgres://beckon:secret@127.0.0.1:1/beckon", `(?m)^fail +database `},
		"BECKON_LISTEN":              {runValues, "8080", "BECKON_LISTEN is no address"},
		"BECKON_PUBLIC_URL":          {runValues, "beckon", "BECKON_PUBLIC_URL is no"},
		"BECKON_SECRET_KEY":          {runValues, "short", "BECKON_SECRET_KEY.*has at least"},
		"BECKON_OLD_SECRET_KEYS":     {runPairs, "short", "BECKON_OLD_SECRET_KEYS.*has at least"},
		"BECKON_BOOTSTRAP_API_KEY":   {runValues, "short", "BECKON_BOOTSTRAP_API_KEY has fewer"},
		"BECKON_EMAIL_IMPORT_DOMAIN": {runValues, "nothing", "BECKON_EMAIL_IMPORT_DOMAIN is no"},
		"BECKON_SMTP_LISTEN":         {runValues, "25", "BECKON_SMTP_LISTEN is no address"},
		"BECKON_DNS_TXT_FILE":        {runRefused, "/nowhere", `(?m)^fail +e-mail import +BECKON_DNS_TXT_FILE`},
		"BECKON_TRUSTED_PROXIES":     {runUnreadable, "everybody", "BECKON_TRUSTED_PROXIES cannot be read"},
		"BECKON_TEMPORAL_UI_URL":     {runValues, "temporal:8233", "BECKON_TEMPORAL_UI_URL is no"},
		"BECKON_WORKER_DEPLOYMENT":   {runValues, "beckon", "BECKON_WORKER_DEPLOYMENT and .* together"},
		"BECKON_WORKER_BUILD_ID":     {runPairs, "1", "BECKON_WORKER_BUILD_ID are set together"},
		"BECKON_STOP_DELAY":          {runValues, "-1s", "BECKON_STOP_DELAY must not"},
		"BECKON_WEBHOOK_TOLERANCE":   {runValues, "-1s", "BECKON_WEBHOOK_TOLERANCE must not"},

		"SENDGRID_API_KEY":            {runRefused, "refused", `(?m)^fail +SendGrid .*refuses.*SENDGRID_API_KEY`},
		"SENDGRID_BASE_URL":           {runUnreachable, "http://127.0.0.1:1", `(?m)^fail +SendGrid .*127.0.0.1:1 cannot`},
		"SENDGRID_WEBHOOK_PUBLIC_KEY": {runRefused, "none", `(?m)^fail +SendGrid's events +SENDGRID_WEBHOOK_PUBLIC_KEY`},
		"TWILIO_ACCOUNT_SID":          {runValues, "AC1", "TWILIO_ACCOUNT_SID and .* together"},
		"TWILIO_AUTH_TOKEN":           {runRefused, "refused", `(?m)^fail +Twilio .*refuses.*TWILIO_AUTH_TOKEN`},
		"TWILIO_BASE_URL":             {runUnreachable, "http://127.0.0.1:1", `(?m)^fail +Twilio .*127.0.0.1:1 cannot`},
		"OPENAI_API_KEY":              {runRefused, "refused", `(?m)^fail +OpenAI .*OPENAI_API_KEY`},
		"OPENAI_BASE_URL":             {runUnreachable, "http://127.0.0.1:1", `(?m)^fail +OpenAI .*OPENAI_BASE_URL`},
		"OPENAI_MODEL":                {runUnknown, "unheard-of", `(?m)^(fail|warn) +OpenAI .*OPENAI_MODEL`},
	}
	for _, name := range []string{"EMAIL", "TEXT", "PHONE", "PLAN"} {
		all["BECKON_RATE_"+name] = examined{runValues, "-1", "BECKON_RATE_" + name + " must not be negative"}
		all["BECKON_CONCURRENCY_"+name] = examined{runValues, "0", "BECKON_CONCURRENCY_" + name + " must be at least 1"}
	}
	all["BECKON_WORKFLOW_CACHE"] = examined{runValues, "0", "BECKON_WORKFLOW_CACHE must be at least 1"}
	for _, name := range []string{"SEND_TIMEOUT", "UNCONFIRMED_AFTER", "RECONCILE_EVERY", "PLAN_MAX_AGE", "SESSION_LIFETIME", "SESSION_IDLE"} {
		all["BECKON_"+name] = examined{runValues, "0s", "BECKON_" + name + " must be longer than 0"}
	}
	for _, name := range []string{"INPUT", "OUTPUT"} {
		all["BECKON_AI_PRICE_"+name] = examined{runValues, "-1", "BECKON_AI_PRICE_" + name + " must not be negative"}
	}
	return all
}

// TestVariables compares three lists: the variables that the code reads, those that docs/configuration.md explains, and those
// that `beckon doctor` examines; and has the doctor find what is wrong with each.
func TestVariables(t *testing.T) {
	t.Parallel()
	read := codeVariables(t)
	require.ElementsMatch(t, read, slices.Collect(maps.Keys(rows(t, "docs/configuration.md", "Beckon's variables"))))
	cases := examinations()
	require.ElementsMatch(t, read, slices.Collect(maps.Keys(cases)))

	binary := buildBeckon(t)
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, basic := r.BasicAuth()
		if password == "refused" || !basic && strings.HasSuffix(r.Header.Get("Authorization"), " refused") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(provider.Close)
	for _, run := range []string{runValues, runPairs, runUnreadable, runRefused, runUnreachable, runUnknown} {
		t.Run(run, func(t *testing.T) {
			t.Parallel()
			values := wellConfigured(provider.URL, filepath.Join(t.TempDir(), "beckon.db"))
			for name, c := range cases {
				if c.run == run {
					values[name] = c.value
				}
			}
			if run == runPairs {
				delete(values, "BECKON_WORKER_DEPLOYMENT")
			}
			if run == runValues {
				delete(values, "TWILIO_AUTH_TOKEN")
				delete(values, "BECKON_WORKER_BUILD_ID")
			}
			said := doctor(t, binary, values)
			for name, c := range cases {
				if c.run == run {
					require.Regexp(t, c.says, said, name)
				}
			}
			require.NotContains(t, said, "secret@", "no password is printed")
		})
	}
	t.Run("misspelt", func(t *testing.T) {
		t.Parallel()
		values := wellConfigured(provider.URL, filepath.Join(t.TempDir(), "beckon.db"))
		require.Regexp(t, `(?m)^ok +variables `, doctor(t, binary, values))
		values["BECKON_RATE_EMIAL"] = "1"
		require.Regexp(t, `(?m)^warn +variables +nobody reads BECKON_RATE_EMIAL$`, doctor(t, binary, values))
	})
}

// wellConfigured are values with which every command starts.
func wellConfigured(provider, database string) map[string]string {
	const key = "0123456789abcdef0123456789abcdef"
	return map[string]string{
		"BECKON_DATABASE_URL": "sqlite:" + database, "BECKON_PUBLIC_URL": "https://beckon.example.com", "BECKON_SECRET_KEY": key,
		"BECKON_OLD_SECRET_KEYS": key, "BECKON_EMAIL_IMPORT_DOMAIN": "in.example.com", "TEMPORAL_ADDRESS": "127.0.0.1:1",
		"BECKON_WORKER_DEPLOYMENT": "beckon", "BECKON_WORKER_BUILD_ID": "1",
		"SENDGRID_API_KEY": "key", "SENDGRID_BASE_URL": provider, "OPENAI_API_KEY": "key", "OPENAI_BASE_URL": provider,
		"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "token", "TWILIO_BASE_URL": provider,
	}
}

// buildBeckon builds the production binary, and returns its path.
func buildBeckon(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "beckon")
	said, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "beckon/cmd/beckon").CombinedOutput()
	require.NoError(t, err, string(said))
	return binary
}

// doctor runs `beckon doctor` with nothing in its environment but the variables, and returns all that it says.
func doctor(t *testing.T, binary string, values map[string]string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), binary, "doctor")
	command.Env = []string{"HOME=" + t.TempDir()}
	for name, value := range values {
		command.Env = append(command.Env, name+"="+value)
	}
	said, err := command.CombinedOutput()
	ended := &exec.ExitError{}
	require.ErrorAs(t, err, &ended, "Temporal is away at least")
	require.Equal(t, 1, ended.ExitCode(), "%s", said)
	return string(said)
}

// TestTestVariables compares the variables that tests alone read with the documented ones.
func TestTestVariables(t *testing.T) {
	t.Parallel()
	product, found := codeVariables(t), map[string]bool{}
	name := regexp.MustCompile(`^BECKON_[A-Z_]*[A-Z]$`)
	for _, file := range sources(t, func(path string) bool {
		return strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(path, "deploy/") || strings.Contains(path, "/providertest/")
	}) {
		ast.Inspect(file, func(node ast.Node) bool {
			if literal, is := node.(*ast.BasicLit); is && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil && name.MatchString(text) && !slices.Contains(product, text) {
					found[text] = true
				}
			}
			return true
		})
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(found)), slices.Collect(maps.Keys(rows(t, "docs/configuration.md", "Of tests"))))
}

// codeVariables are the environment variables that the product's code reads: by the tags of a struct, or by asking for one by
// its name. It may not ask for one whose name is not written down.
func codeVariables(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	for path, file := range sources(t, func(path string) bool {
		return !strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(path, "dev/") && !strings.Contains(path, "/providertest/")
	}) {
		ast.Inspect(file, func(node ast.Node) bool {
			switch each := node.(type) {
			case *ast.Field:
				if each.Tag == nil {
					return true
				}
				tag, err := strconv.Unquote(each.Tag.Value)
				require.NoError(t, err)
				if name, has := reflect.StructTag(tag).Lookup("env"); has {
					name, _, _ = strings.Cut(name, ",")
					found[name] = true
				}
			case *ast.CallExpr:
				called, is := each.Fun.(*ast.SelectorExpr)
				if !is {
					return true
				}
				from, is := called.X.(*ast.Ident)
				if !is || from.Name != "os" || called.Sel.Name != "Getenv" && called.Sel.Name != "LookupEnv" {
					return true
				}
				literal, is := each.Args[0].(*ast.BasicLit)
				require.True(t, is, "%s asks for a variable that cannot be told", path)
				name, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)
				found[name] = true
			}
			return true
		})
	}
	require.NotEmpty(t, found)
	return slices.Sorted(maps.Keys(found))
}

// sources are the wanted Go files of the repository, by their paths.
func sources(t *testing.T, wanted func(path string) bool) map[string]*ast.File {
	t.Helper()
	found := map[string]*ast.File{}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, root+"/"))
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(entry.Name(), ".") || slices.Contains([]string{"node_modules", "testdata", "bin"}, entry.Name())) {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" || !wanted(name) {
			return nil
		}
		file, parseErr := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if parseErr != nil {
			return errors.Join(errors.New(name), parseErr)
		}
		found[name] = file
		return nil
	}))
	return found
}
