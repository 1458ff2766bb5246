package mailin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"strings"

	"beckon/intake"
	"beckon/mail"
	"beckon/models"
)

// importLocal begins the local part of an import address; a token of the campaign follows.
const importLocal = "import+"

// Address is the import address with the token at the domain.
func Address(token, domain string) string { return importLocal + token + "@" + domain }

// Store keeps what the import needs.
type Store interface {
	EmailImportByToken(ctx context.Context, token string) (*models.EmailImport, error)
	Settings(ctx context.Context, campaignID string) (*models.Campaign, error)
	ImportContacts(ctx context.Context, entry *models.Import, rows models.ImportRows) (models.AddResult, error)
	RefuseImport(ctx context.Context, entry *models.Import) error
}

// Teller tells workflows of what was added.
type Teller interface {
	// TellAdded tells the campaign's workflow of new contacts, and those of contacts that changed. Who is not told in time is
	// told by reconcile.
	TellAdded(ctx context.Context, campaignID string, result *models.AddResult)
}

// Importer imports the files of mails to import addresses.
type Importer struct {
	Store          Store
	Workflows      Teller
	Authentication Authentication
	Domain         string // of import addresses
	Log            *slog.Logger
}

// Outcome is what became of a mail.
type Outcome struct {
	Taken   bool   // it was to an import address
	Refused string // why nothing of it was imported, by no campaign, in words without personal data; empty where it was
}

// Import takes a mail to a campaign's import address; false where it is to none. What is refused is in the campaign's history
// of imports. It is the seam of the API's inbound mails.
func (i *Importer) Import(ctx context.Context, m *mail.Mail) (bool, error) {
	outcome, err := i.Take(ctx, m)
	return outcome.Taken, err
}

// Knows says whether an address is a campaign's import address.
func (i *Importer) Knows(ctx context.Context, address string) (bool, error) {
	token, ok := i.token(address)
	if !ok {
		return false, nil
	}
	row, err := i.Store.EmailImportByToken(ctx, token)
	if err != nil {
		return false, fmt.Errorf("look for an import address: %w", err)
	}
	return row != nil, nil
}

// token is that of an import address at the domain.
func (i *Importer) token(address string) (string, bool) {
	local, domain, _ := strings.Cut(strings.ToLower(strings.TrimSpace(address)), "@")
	token, found := strings.CutPrefix(local, importLocal)
	return token, found && token != "" && i.Domain != "" && domain == strings.ToLower(i.Domain)
}

// Take imports a mail into the campaign whose import address it is to.
func (i *Importer) Take(ctx context.Context, m *mail.Mail) (Outcome, error) {
	outcome, imported := Outcome{}, false
	done := map[string]bool{}
	for _, address := range m.Recipients() {
		token, ok := i.token(address)
		if !ok || done[token] {
			continue
		}
		outcome.Taken, done[token] = true, true
		setup, err := i.Store.EmailImportByToken(ctx, token)
		if err != nil {
			return outcome, fmt.Errorf("look for an import address: %w", err)
		}
		reason := "there is no such address"
		if setup != nil {
			if reason, err = i.take(ctx, m, setup); err != nil {
				return outcome, err
			}
		}
		if imported = imported || reason == ""; reason != "" {
			outcome.Refused = reason
		}
	}
	if imported {
		outcome.Refused = ""
	}
	return outcome, nil
}

// take imports a mail into one campaign, or says why not.
func (i *Importer) take(ctx context.Context, m *mail.Mail, setup *models.EmailImport) (string, error) {
	ctx = models.WithActor(ctx, models.Actor{Kind: models.ActorSystem, Name: "import by e-mail"})
	entry := &models.Import{
		CampaignID: setup.CampaignID, Source: models.SourceEmail, Status: models.ImportCompleted, By: "e-mail",
	}
	if reason := i.refusal(ctx, m, setup); reason != "" {
		return i.refuse(ctx, entry, reason)
	}
	entry.By = setup.AuthorizedSender
	file, reason := contactFile(m, 0)
	if file == nil {
		return i.refuse(ctx, entry, reason)
	}
	entry.FileName = fileName(file.FileName)
	switch {
	case file.Broken:
		return i.refuse(ctx, entry, "the file did not arrive whole: send it again")
	case len(file.Content) > models.MaxImportBytes:
		return i.refuse(ctx, entry, fmt.Sprintf("a file may have at most %d bytes", models.MaxImportBytes))
	}
	return i.read(ctx, m, setup, entry, file)
}

// refusal says why nothing of a mail is looked at; empty where it is.
func (i *Importer) refusal(ctx context.Context, m *mail.Mail, setup *models.EmailImport) string {
	from, one := onlySender(m)
	switch {
	case !setup.Enabled:
		return "import by e-mail is off"
	case !m.Enveloped:
		return "the mail came without a readable envelope, so that nobody can say whom it was for"
	case m.Automatic():
		return "a machine sent the mail: an absence note, a list or a bounce"
	case !one:
		return "the mail is not from exactly one address"
	case setup.AuthorizedSender == "" || from != setup.AuthorizedSender:
		return "the mail is not from the authorized sender"
	case !i.Authentication.Passes(ctx, m, from):
		return "neither SPF nor DKIM shows that the mail is from the authorized sender"
	default:
		return ""
	}
}

// refuse keeps in the campaign's history why nothing was imported.
func (i *Importer) refuse(ctx context.Context, entry *models.Import, reason string) (string, error) {
	entry.Status, entry.Detail = models.ImportRefused, &reason
	if err := i.Store.RefuseImport(ctx, entry); err != nil {
		return "", fmt.Errorf("note refused mail: %w", err)
	}
	i.Log.InfoContext(ctx, "mail refused", "campaign", entry.CampaignID, "import", entry.ID)
	return reason, nil
}

// read imports the file.
func (i *Importer) read(
	ctx context.Context, m *mail.Mail, setup *models.EmailImport, entry *models.Import, file *mail.Attachment,
) (string, error) {
	campaign, err := i.Store.Settings(ctx, setup.CampaignID)
	if err != nil {
		return "", fmt.Errorf("read campaign: %w", err)
	}
	mapping, err := intake.ParseMapping([]byte(setup.Mapping))
	if err != nil {
		return i.refuse(ctx, entry, "there is no mapping of columns")
	}
	rows, err := intake.NewReader(bytes.NewReader(file.Content), mapping, intake.Options{DefaultRegion: campaign.DefaultRegion})
	if err != nil {
		return i.refuseFile(ctx, entry, mapping, err)
	}
	entry.MailKey = new(mailKey(m, file))
	result, err := i.Store.ImportContacts(ctx, entry, rows)
	switch {
	case rows.Failed() != nil:
		entry.MailKey = nil
		return i.refuseFile(ctx, entry, mapping, rows.Failed())
	case models.ErrorCode(err) == models.CodeDuplicate:
		return "", nil // it came before
	case models.ErrorCode(err) == models.CodeCampaignArchived:
		entry.MailKey = nil
		return i.refuse(ctx, entry, "the campaign is archived")
	case err != nil:
		return "", fmt.Errorf("import file of a mail: %w", err)
	}
	i.Workflows.TellAdded(ctx, entry.CampaignID, &result)
	return "", nil
}

// refuseFile refuses a file that cannot be read, or does not fit the mapping.
func (i *Importer) refuseFile(ctx context.Context, entry *models.Import, mapping intake.Mapping, err error) (string, error) {
	refused, ok := errors.AsType[*models.Error](err)
	if !ok {
		return "", fmt.Errorf("read file of a mail: %w", err)
	}
	if missing := mapping.Missing(refused); len(missing) > 0 {
		return i.refuse(ctx, entry, "the file lacks columns that the mapping names: "+strings.Join(missing, ", "))
	}
	return i.refuse(ctx, entry, refused.Detail)
}

// mailKey names a mail by its Message-ID and what it brought: the same mail that comes again, by another way too, has the same.
func mailKey(m *mail.Mail, file *mail.Attachment) string {
	sum := sha256.New()
	for _, part := range [][]byte{[]byte(m.MessageID), []byte(m.From), file.Content} {
		writePart(sum, part)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// writePart keeps parts apart by their lengths.
func writePart(sum hash.Hash, part []byte) {
	_, _ = fmt.Fprintf(sum, "%d:", len(part)) // a hash never fails
	_, _ = sum.Write(part)
}
