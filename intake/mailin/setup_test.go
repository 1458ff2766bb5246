package mailin_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/stretchr/testify/require"

	"beckon/intake/mailin"
	"beckon/models"
	"beckon/store"
)

// What the vendor's mails are about.
const (
	domain     = "in.outreach.example"
	token      = "camp_8f3a"
	sender     = "sam@corp.example"
	senderHost = "corp.example"
	selector   = "beckon"
)

// vendorDir is the folder of real mails. A clone without it skips; where the variable is set it must be there.
func vendorDir(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv("BECKON_VENDOR_DIR"); dir != "" {
		require.DirExists(tb, dir, "BECKON_VENDOR_DIR")
		return dir
	}
	dir := filepath.Join("..", "..", "..", "shared", "vendor")
	if _, err := os.Stat(dir); err != nil {
		tb.Skip("without the vendor material: set BECKON_VENDOR_DIR to its folder")
	}
	return dir
}

func vendorFile(tb testing.TB, path ...string) []byte {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{vendorDir(tb)}, path...)...))
	require.NoError(tb, err)
	return text
}

// bench is an importer with a database of its own, and a campaign whose import by e-mail is set up.
type bench struct {
	*mailin.Importer

	db       *store.Store
	campaign string
	told     *teller
	signers  map[string]ed25519.PrivateKey // by domain
}

// teller keeps whether campaigns were told.
type teller struct {
	mu   sync.Mutex
	told []string
}

func (t *teller) TellAdded(_ context.Context, campaignID string, result *models.AddResult) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if result.Signal {
		t.told = append(t.told, campaignID)
	}
}

func setup(t *testing.T) *bench {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "beckon.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context()))
	c := models.NewCampaign(models.CampaignOneTime)
	c.Name = "Spring"
	require.NoError(t, db.CreateCampaign(t.Context(), c))
	b := &bench{db: db, campaign: c.ID, told: &teller{}, signers: map[string]ed25519.PrivateKey{}}
	b.set(t, func(row *models.EmailImport) {
		row.Enabled, row.AuthorizedSender, row.Token = true, sender, token
		row.Mapping = `{"firstName":"First Name","lastName":"Last Name","email":"Email","phone":["Phone"],"properties":{"company":"Company"}}`
	})
	b.Importer = &mailin.Importer{
		Store: db, Workflows: b.told, Authentication: mailin.Authentication{Resolver: b.dns(t)}, Domain: domain,
		Log: slog.New(slog.DiscardHandler),
	}
	return b
}

func (b *bench) set(t *testing.T, change func(*models.EmailImport)) {
	t.Helper()
	_, err := b.db.UpdateEmailImport(t.Context(), b.campaign, func(row *models.EmailImport) error {
		change(row)
		return nil
	})
	require.NoError(t, err)
}

// dns is a file of DNS texts: keys of some domains, and whose hosts may send for them.
func (b *bench) dns(t *testing.T) mailin.Resolver {
	t.Helper()
	lines := []string{"# keys", "", senderHost + " v=spf1 ip4:203.0.113.10 -all"}
	for _, host := range []string{senderHost, "mail." + senderHost, "evil.example"} {
		public, private, err := ed25519.GenerateKey(nil)
		require.NoError(t, err)
		b.signers[host] = private
		lines = append(lines, selector+"._domainkey."+host+" v=DKIM1; k=ed25519; p="+base64.StdEncoding.EncodeToString(public))
	}
	file := filepath.Join(t.TempDir(), "dns.txt")
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	resolver, err := mailin.NewTextFile(file)
	require.NoError(t, err)
	return resolver
}

// sign signs a mail for a domain.
func (b *bench) sign(t *testing.T, raw []byte, host string) []byte {
	t.Helper()
	signed := strings.Builder{}
	err := dkim.Sign(&signed, strings.NewReader(lines(raw)), &dkim.SignOptions{
		Domain: host, Selector: selector, Signer: b.signers[host],
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	require.NoError(t, err)
	return []byte(signed.String())
}

// lines ends lines as mails do.
func lines(raw []byte) string {
	return strings.ReplaceAll(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n", "\r\n")
}

// history is the campaign's history of imports, the newest first.
func (b *bench) history(t *testing.T) []models.Import {
	t.Helper()
	entries, _, err := b.db.Imports(t.Context(), b.campaign, models.Page{Number: 1, PerPage: 100})
	require.NoError(t, err)
	return entries
}

func (b *bench) contacts(t *testing.T) int {
	t.Helper()
	_, total, err := b.db.Contacts(t.Context(), models.ContactFilter{CampaignID: b.campaign})
	require.NoError(t, err)
	return total
}

// builtMail is what the manifest says of a mail.
type builtMail struct {
	File   string          `json:"file"`
	Accept json.RawMessage `json:"accept"`
	Rows   int             `json:"rows"`
}

// accepted says whether the mail is to be imported. What the manifest leaves to the reader is refused here: a table in the text, and
// an archive.
func (m builtMail) accepted() bool { return string(m.Accept) == "true" }

func builtMails(t *testing.T) []builtMail {
	t.Helper()
	manifest := struct {
		Messages []builtMail `json:"messages"`
	}{}
	require.NoError(t, json.Unmarshal(vendorFile(t, "eml", "built", "manifest.json"), &manifest))
	require.NotEmpty(t, manifest.Messages)
	return manifest.Messages
}
