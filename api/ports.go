package api

import (
	"context"
	"time"

	"beckon/models"
	"beckon/workflows"
)

// Store is what the API needs of the database. Every method may fail with an error without a code, which is a fault of
// ours, and with CodeNotFound where it is given an id that there is not.
type Store interface {
	CampaignStore
	ContactStore
	ImportStore
	KeyStore
	AuditStore
	AccessStore
	InstallationStore
	PrivacyStore
	ProviderStore

	// Ping says whether the database answers.
	Ping(ctx context.Context) error
}

// CampaignStore keeps campaigns.
type CampaignStore interface {
	// CreateCampaign stores a draft; it sets id, times and status.
	CreateCampaign(ctx context.Context, campaign *models.Campaign) error
	Campaign(ctx context.Context, id string) (*models.CampaignRow, error)
	// Settings is Campaign without what is counted of it.
	Settings(ctx context.Context, id string) (*models.Campaign, error)
	// Campaigns returns one page and the number of all.
	Campaigns(ctx context.Context, filter models.CampaignFilter) ([]models.CampaignRow, int, error)
	// UpdateCampaign lets change edit the settings under the campaign's exclusive lock. An error of change is returned and
	// nothing is stored. Error: CodeCampaignArchived.
	UpdateCampaign(
		ctx context.Context, id string, change func(*models.Campaign) error,
	) (*models.CampaignRow, models.Wake, error)
	// Control carries a control out in one transaction. Errors: CodeInvalidTransition, CodeWrongMode, CodeGoLiveRefused.
	Control(
		ctx context.Context, id string, control models.Control, options models.ControlOptions,
	) (models.ControlResult, error)
	Progress(ctx context.Context, campaignID string) (models.Progress, error)
	// Performance returns what a campaign's outreaches of some days achieved. The days are YYYY-MM-DD in the campaign's
	// zone, and both are part of it; nil does not narrow.
	Performance(ctx context.Context, campaignID string, from, to *string) (models.Performance, error)
}

// ContactStore keeps contacts.
type ContactStore interface {
	// AddContacts adds, updates or removes contacts in one transaction, and adds up the calls of one key and day as one
	// import. Error: CodeCampaignArchived.
	AddContacts(
		ctx context.Context, campaignID string, action models.AddAction, source models.SourceKind,
		inputs []models.ContactInput,
	) (models.AddResult, error)
	Contacts(ctx context.Context, filter models.ContactFilter) ([]models.ContactRow, int, error)
	Contact(ctx context.Context, campaignID, contactID string) (*models.ContactDetail, error)
	// UpdateContact lets change edit the contact under its locks. Errors: that of change, CodeDuplicate where an address is
	// another contact's, CodeCampaignArchived.
	UpdateContact(
		ctx context.Context, campaignID, contactID string, change func(*models.Contact) error,
	) (models.Wake, error)
	// RemoveContact hides a contact. Error: CodeCampaignArchived.
	RemoveContact(ctx context.Context, campaignID, contactID string) (models.Wake, error)
	// ContactControl carries a control of a contact out in one transaction, and says whether it changed anything. Errors:
	// CodeInvalidTransition, CodeStaleVersion, CodeAlreadySending, CodeReviewOff, CodeCampaignArchived.
	ContactControl(
		ctx context.Context, campaignID, contactID string, control models.ContactControl,
		options models.ContactControlOptions,
	) (changed bool, wake models.Wake, err error)
	// EditOutreach makes a new version of a contact's next outreach. Errors: CodeStaleVersion, CodeAlreadySending,
	// CodeInvalid, CodeInvalidTransition, CodeCampaignArchived.
	EditOutreach(
		ctx context.Context, campaignID, contactID string, edit models.OutreachEdit,
	) (models.Wake, error)
	// Bulk does the same to many contacts in one transaction. Errors: CodeCountChanged, CodeCampaignArchived.
	Bulk(ctx context.Context, request models.BulkRequest) (models.BulkResult, error)
	// Resend makes a resend of an outreach whose result is unknown, and returns its id. Errors: CodeInvalidTransition,
	// CodeCampaignArchived.
	Resend(ctx context.Context, campaignID, contactID, outreachID string) (resendID string, err error)
	// Review returns one page of the outreaches that wait for an approval, and the number of all.
	Review(ctx context.Context, filter models.ReviewFilter) ([]models.ReviewRow, int, error)
}

// ImportStore keeps imports.
type ImportStore interface {
	// ImportContacts stores an import with its contacts and errors in one transaction, and fills in its id and counts.
	// Errors: CodeCampaignArchived, those of rows.
	ImportContacts(ctx context.Context, entry *models.Import, rows models.ImportRows) (models.AddResult, error)
	// RefuseImport stores the entry of a file that was refused whole.
	RefuseImport(ctx context.Context, entry *models.Import) error
	Imports(ctx context.Context, campaignID string, page models.Page) ([]models.Import, int, error)
	Import(ctx context.Context, campaignID, importID string) (*models.Import, error)
	// EmailImport is how contacts come to a campaign by e-mail; nil where that was never set up.
	EmailImport(ctx context.Context, campaignID string) (*models.EmailImport, error)
	// UpdateEmailImport lets change set it up. Error: CodeCampaignArchived.
	UpdateEmailImport(
		ctx context.Context, campaignID string, change func(*models.EmailImport) error,
	) (*models.EmailImport, error)
	// ImportErrors returns an import's errors by line; limit 0 means all.
	ImportErrors(ctx context.Context, importID string, limit int) ([]models.ImportError, error)
}

// KeyStore keeps API keys.
type KeyStore interface {
	// CreateAPIKey stores a key and sets its id and time.
	CreateAPIKey(ctx context.Context, key *models.APIKey) error
	// APIKeys returns one page, those that are no longer good too, and the number of all.
	APIKeys(ctx context.Context, page models.Page) ([]models.APIKey, int, error)
	// RevokeAPIKey makes a key useless for good. One that was revoked before stays as it is.
	RevokeAPIKey(ctx context.Context, id string) error
	// APIKeyByHash finds a key, whether or not it is still good. Error: CodeNotFound.
	APIKeyByHash(ctx context.Context, hash []byte) (*models.APIKey, error)
}

// AccessStore keeps who may come in.
type AccessStore interface {
	UserStore
	LinkStore
	SessionStore
	SignInStore
}

// UserStore keeps users.
type UserStore interface {
	// CreateUser stores a user who has yet to set a password, and the invitation. Error: CodeDuplicate.
	CreateUser(ctx context.Context, user *models.User, link *models.Link) error
	// Users returns one page and the number of all.
	Users(ctx context.Context, page models.Page) ([]models.User, int, error)
	User(ctx context.Context, id string) (*models.User, error)
	// UserByEmail finds a user by the address, in lower case.
	UserByEmail(ctx context.Context, email string) (*models.User, error)
	// UpdateUser has change alter name, role and being disabled. Sessions of another role, or of who is disabled, end.
	// Errors: CodeLastAdministrator, those of change.
	UpdateUser(ctx context.Context, id string, change func(*models.User) error) (*models.User, error)
	// DeleteUser forgets a user. Error: CodeLastAdministrator.
	DeleteUser(ctx context.Context, id string) error
	// SetPassword stores another password of a user who is still of the epoch, and ends all sessions. Error:
	// CodeUnauthorized.
	SetPassword(ctx context.Context, id string, epoch int, hash string) (*models.User, error)
}

// LinkStore keeps one-time links.
type LinkStore interface {
	// CreateUserLink stores a link for a user, the others of whom are good for nothing any more. Error:
	// CodeInvalidTransition where the user is disabled.
	CreateUserLink(ctx context.Context, userID string, link *models.Link) error
	// Link returns a link that can be used now, and its user, nil where it makes an administrator.
	Link(ctx context.Context, hash []byte) (*models.Link, *models.User, error)
	// UseLink uses a link up, and sets a password by it. Error: CodeNotFound where it cannot be used any more.
	UseLink(ctx context.Context, hash []byte, use models.LinkUse) (*models.User, error)
}

// SessionStore keeps who signed in.
type SessionStore interface {
	// BeginSession stores a session with hash, user and epoch; see AuditSignIn for what it begins with.
	BeginSession(ctx context.Context, session *models.Session, lifetime time.Duration, with models.AuditAction) error
	// Session returns a session that is good now, with its user. Error: CodeNotFound.
	Session(ctx context.Context, hash []byte, idle time.Duration) (*models.Session, *models.User, error)
	// EndSession ends a session, SignOut does so at its user's wish. One that there is not has ended.
	EndSession(ctx context.Context, hash []byte) error
	SignOut(ctx context.Context, hash []byte) error
}

// SignInStore keeps who fails to sign in.
type SignInStore interface {
	// Throttled counts a try from an address, at an account unless that is empty, as a failure. Error: CodeTooManyRequests,
	// with the time to wait. Forgive takes it back.
	Throttled(ctx context.Context, account, address string) error
	Forgive(ctx context.Context, account, address string) error
	// SignInFailed puts a failure on record; the user is nil where there is none.
	SignInFailed(ctx context.Context, user *models.User) error
}

// InstallationStore keeps the settings of the installation.
type InstallationStore interface {
	Installation(ctx context.Context) (*models.Installation, error)
	// UpdateInstallation has change alter them. Errors: those of change.
	UpdateInstallation(ctx context.Context, change func(*models.Installation) error) (*models.Installation, error)
}

// AuditStore keeps who did what.
type AuditStore interface {
	// AuditRecords returns one page, and the number of all up to one more than models.MaxAuditCount.
	AuditRecords(ctx context.Context, filter models.AuditFilter) ([]models.AuditRecord, int, error)
	// EachAuditRecord hands over the records of all pages, some at a time.
	EachAuditRecord(ctx context.Context, filter models.AuditFilter, fn func([]models.AuditRecord) error) error
	// RecordAudit puts on record what changes nothing in the database.
	RecordAudit(ctx context.Context, record models.AuditRecord) error
}

// ErasureStore gives and erases what is held of a person.
type ErasureStore interface {
	// ExportContact returns everything that is held of a contact, and puts on record that it did.
	ExportContact(ctx context.Context, campaignID, contactID string) (*models.ContactExport, error)
	// EraseContact deletes what is held of a contact. One that was erased before is left as it is.
	EraseContact(
		ctx context.Context, campaignID, contactID string, options models.EraseOptions,
	) (models.Erasure, error)
	// Scrub removes from the database's files what was erased.
	Scrub(ctx context.Context) error
}

// PrivacyStore keeps what people may ask for: to be left alone, to know what is held of them, and to be forgotten.
type PrivacyStore interface {
	SuppressionStore
	ErasureStore
}

// SuppressionStore keeps addresses that must not be contacted.
type SuppressionStore interface {
	// Suppressions returns one page and the number of all.
	Suppressions(ctx context.Context, filter models.SuppressionFilter) ([]models.Suppression, int, error)
	// AddSuppression suppresses an address, e-mail in lower case or E.164: once it returns no claim for it commits. One that
	// is suppressed already is returned as it is stored.
	AddSuppression(
		ctx context.Context, channel models.SuppressionChannel, address string, reason models.SuppressionReason,
		source string,
	) (*models.Suppression, error)
	// ImportSuppressions suppresses many addresses, and says which of them were not suppressed before, in their order.
	ImportSuppressions(ctx context.Context, inputs []models.SuppressionInput) (added []bool, err error)
	// EachSuppression hands over all suppressions that the filter leaves, on all pages.
	EachSuppression(ctx context.Context, filter models.SuppressionFilter, fn func(rows []models.Suppression) error) error
	// DeleteSuppression lifts a suppression.
	DeleteSuppression(ctx context.Context, id string) error
	// SweepSuppressions ends, or lets plan anew, up to limit contacts whose address was suppressed, and says whether there
	// may be more.
	SweepSuppressions(ctx context.Context, limit int) (wakes []models.Wake, more bool, err error)
}

// ProviderStore keeps what comes back from providers.
type ProviderStore interface {
	// RecordEvents stores what a provider reports, and returns the workflows that wait for it.
	RecordEvents(ctx context.Context, events []models.ProviderEvent) ([]models.Wake, error)
	// RecordReply stores what a contact sent, with the suppression where it opts out, and says whose it is, and which
	// workflows wait for it. One that came before changes nothing, and of one that is nobody's only an opt-out counts.
	RecordReply(ctx context.Context, message models.InboundMessage) (models.Received, error)
	// Unsubscribe opts out the contact that was sent the outreach; it may be done again. Error: CodeNotFound.
	Unsubscribe(ctx context.Context, outreachID string) ([]models.Wake, error)
	// Subscription is what the link of an e-mail leads to. Error: CodeNotFound.
	Subscription(ctx context.Context, outreachID string) (*models.Subscription, error)
	// SenderTo is in whose name who wrote or called is answered; nil where nobody knows.
	SenderTo(ctx context.Context, message models.InboundMessage, received models.Received) (*models.Sender, error)
	// CallTexts is what the call of an outreach says. Error: CodeNotFound where it was never claimed.
	CallTexts(ctx context.Context, outreachID string) (models.CallTexts, error)
}

// Workflows is what the API needs of the workflows. No answer depends on it: what it fails to tell is told later by
// reconcile.
type Workflows interface {
	// StartCampaign starts a campaign's workflow, or finds it started.
	StartCampaign(ctx context.Context, campaignID string) error
	// Tell signals a workflow that its row has changed. A campaign's missing workflow is started.
	Tell(ctx context.Context, signal string, wake models.Wake) error
	// StartStranger has the AI asked about a stranger whose message is kept, or finds that it is being asked.
	StartStranger(ctx context.Context, strangerID string) error
	// StartResend starts what sends a resend, or finds it started.
	StartResend(ctx context.Context, campaignID, contactID, outreachID string) error
	// CampaignState asks a campaign's workflow. Error: CodeNotFound where there is none.
	CampaignState(ctx context.Context, campaignID string) (workflows.CampaignState, error)
	// ContactState asks a contact's workflow. Error: CodeNotFound where there is none.
	ContactState(ctx context.Context, campaignID, contactID string) (workflows.ContactState, error)
}

// SignatureVerifier checks that a webhook came from its provider.
type SignatureVerifier interface {
	// Verify checks the signature over timestamp and body, byte by byte, and that the timestamp is near now. Error:
	// CodeBadSignature.
	Verify(signature, timestamp string, body []byte, now time.Time) error
}

// TwilioVerifier checks that a webhook came from Twilio.
type TwilioVerifier interface {
	// Verify checks the signature over the public URL with its query, and the body. Error: CodeBadSignature.
	Verify(publicURL string, body []byte, signature string) error
}

// EventParser reads the events of a webhook that was verified. Error: CodeMalformed.
type EventParser func(body []byte) ([]models.ProviderEvent, error)
