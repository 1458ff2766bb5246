package service

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"beckon/api"
	"beckon/models"
	"beckon/store"
)

// about is what the API says of the process and of its configuration: whether a provider is configured, never how.
func (c Config) about() api.About {
	return api.About{
		Version: Version(),
		Providers: api.ConfiguredProviders{
			SendGrid: c.SendGridAPIKey != "", Twilio: c.TwilioAccountSID != "", OpenAI: c.OpenAIAPIKey != "",
		},
	}
}

// Version is that of the binary, as Go's toolchain stamped it: a release or, in its place, the commit.
func Version() string {
	const unknown, devel, short = "unknown", "(devel)", 12
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return unknown
	}
	if build.Main.Version != "" && build.Main.Version != devel {
		return build.Main.Version
	}
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" && len(setting.Value) >= short {
			return setting.Value[:short]
		}
	}
	return unknown
}

// PrintSetupLink makes the link by which the first administrator signs in, and prints it as one line; nothing while there
// is an administrator who can sign in. The one that was printed before is good for nothing any more. It is never logged:
// whoever reads it may become the administrator.
func PrintSetupLink(ctx context.Context, config Config, db *store.Store, out io.Writer) error {
	token, link := api.NewLink()
	made, err := db.CreateSetupLink(AsHost(ctx), link)
	if err != nil {
		return fmt.Errorf("make the set-up link: %w", err)
	}
	if !made {
		return nil
	}
	return printLink(out, "There is no administrator yet: make one with this link", config, token, link)
}

// PrintRecoveryLink makes a link that makes or restores an administrator, whoever there is, and prints it.
func PrintRecoveryLink(ctx context.Context, config Config, db *store.Store, out io.Writer) error {
	token, link := api.NewLink()
	if err := db.CreateRecoveryLink(AsHost(ctx), link); err != nil {
		return fmt.Errorf("make a link: %w", err)
	}
	return printLink(out, "Make or restore an administrator with this link", config, token, link)
}

// PrintUserLink makes a link by which the user with the address sets a password, and prints it. Errors: CodeNotFound,
// CodeInvalidTransition where the user is disabled.
func PrintUserLink(ctx context.Context, config Config, db *store.Store, email string, out io.Writer) error {
	user, err := db.UserByEmail(ctx, models.NormalEmail(email))
	if err != nil {
		return fmt.Errorf("find the user: %w", err)
	}
	token, link := api.NewLink()
	if err := db.CreateUserLink(AsHost(ctx), user.ID, link); err != nil {
		return fmt.Errorf("make a link: %w", err)
	}
	return printLink(out, "Set a password with this link", config, token, link)
}

// InviteUser makes a user, and prints the link by which the user sets a password. Errors: CodeInvalid, CodeDuplicate.
func InviteUser(ctx context.Context, config Config, db *store.Store, user *models.User, out io.Writer) error {
	user.Email = models.NormalEmail(user.Email)
	if problems := models.UserProblems(user); len(problems) > 0 {
		return &models.Error{Code: models.CodeInvalid, Detail: "the user cannot be made so", Fields: problems}
	}
	token, link := api.NewLink()
	if err := db.CreateUser(AsHost(ctx), user, link); err != nil {
		return fmt.Errorf("make the user: %w", err)
	}
	return printLink(out, "Set a password with this link", config, token, link)
}

func printLink(out io.Writer, what string, config Config, token string, link *models.Link) error {
	_, err := fmt.Fprintf(out, "%s, once, until %s: %s\n",
		what, link.ExpiresAt.UTC().Format(time.RFC3339), api.LinkURL(config.Public(), token))
	if err != nil {
		return fmt.Errorf("print the link: %w", err)
	}
	return nil
}

// NewKey is an API key to be made.
type NewKey struct {
	Name        string
	Role        models.Role
	CampaignIDs []string           // empty: all
	Actions     []models.KeyAction // empty: all that the role may do
	Lifetime    time.Duration      // 0: for ever
}

// PrintKey makes a key and prints it: it is stored nowhere. Errors: CodeNotFound for a campaign that there is not,
// CodeInvalid.
func PrintKey(ctx context.Context, db *store.Store, out io.Writer, made NewKey) error {
	text, hash := api.NewAPIKey()
	key := &models.APIKey{Name: strings.TrimSpace(made.Name), Role: made.Role, KeyHash: hash}
	problems := models.APIKeyNameProblems(key.Name)
	if made.Lifetime < 0 {
		problems = append(problems, models.FieldError{Pointer: "/expiresAt", Code: models.FieldPast, Detail: "this time has passed"})
	}
	if len(made.CampaignIDs) > models.MaxKeyCampaigns {
		problems = append(problems, models.FieldError{
			Pointer: "/campaignIds", Code: models.FieldTooLong, Detail: fmt.Sprintf("at most %d campaigns", models.MaxKeyCampaigns),
		})
	}
	if len(problems) > 0 {
		return &models.Error{Code: models.CodeInvalid, Detail: "the key cannot be made so", Fields: problems}
	}
	for _, id := range made.CampaignIDs {
		if _, err := db.Campaign(ctx, id); err != nil {
			return fmt.Errorf("limit the key: %w", err)
		}
	}
	for _, action := range made.Actions {
		if !slices.Contains(models.KeyActions(), action) {
			return models.Errorf(models.CodeInvalid, "there is no action %q; there are %v", string(action), models.KeyActions())
		}
	}
	if len(made.CampaignIDs) > 0 || len(made.Actions) > 0 {
		key.Limits = &models.KeyLimits{CampaignIDs: made.CampaignIDs, Actions: made.Actions}
	}
	if made.Lifetime > 0 {
		expires := time.Now().Add(made.Lifetime)
		key.ExpiresAt = &expires
	}
	if err := db.CreateAPIKey(AsHost(ctx), key); err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	if _, err := fmt.Fprintln(out, text); err != nil {
		return fmt.Errorf("print key: %w", err)
	}
	return nil
}
