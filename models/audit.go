package models

import (
	"regexp"
	"slices"
	"time"
)

// AuditAction names what was done, as it stands in the audit log.
type AuditAction string

// Actions of campaigns.
const (
	AuditCreateCampaign  AuditAction = "create_campaign"
	AuditUpdateCampaign  AuditAction = "update_campaign" // Fields says which settings
	AuditGoLive          AuditAction = "go_live"
	AuditPause           AuditAction = "pause"
	AuditResume          AuditAction = "resume"
	AuditArchive         AuditAction = "archive"
	AuditStartOutreaches AuditAction = "start_outreaches" // the subject is the release
	AuditExecuteApproved AuditAction = "execute_approved" // the subject is the release
)

// Actions of contacts.
const (
	AuditAddContacts       AuditAction = "add_contacts" // one a call, with counts; the subject is the import of the day
	AuditUpdateContact     AuditAction = "update_contact"
	AuditRemoveContact     AuditAction = "remove_contact"
	AuditApproveContact    AuditAction = "approve_contact"
	AuditDisableContact    AuditAction = "disable_contact"
	AuditEnableContact     AuditAction = "enable_contact"
	AuditCompleteContact   AuditAction = "complete_contact"
	AuditDisqualifyContact AuditAction = "disqualify_contact"
	AuditEditOutreach      AuditAction = "edit_outreach"       // with the versions before and after
	AuditResendOutreach    AuditAction = "resend_outreach"     // the subject is the resend
	AuditBulkContacts      AuditAction = "bulk_contacts"       // one a call, with counts
	AuditImportContacts    AuditAction = "import_contacts"     // the subject is the import
	AuditRefuseImport      AuditAction = "refuse_import"       // the subject is the import
	AuditUpdateEmailImport AuditAction = "update_email_import" // Fields says which settings
	AuditExportContact     AuditAction = "export_contact"
	AuditEraseContact      AuditAction = "erase_contact"
)

// Actions of the installation.
const (
	AuditAddSuppression     AuditAction = "add_suppression"
	AuditDeleteSuppression  AuditAction = "delete_suppression"
	AuditImportSuppressions AuditAction = "import_suppressions" // one a file, with counts
	AuditExportSuppressions AuditAction = "export_suppressions" // the channel, where only those of one were asked for
	AuditCreateAPIKey       AuditAction = "create_api_key"
	AuditUpdateAPIKey       AuditAction = "update_api_key"
	AuditRevokeAPIKey       AuditAction = "revoke_api_key"
	AuditUpdateSettings     AuditAction = "update_settings"
	AuditExportAudit        AuditAction = "export_audit"
)

// Actions of users, who are the subject.
const (
	AuditCreateUser     AuditAction = "create_user"
	AuditUpdateUser     AuditAction = "update_user"
	AuditDeleteUser     AuditAction = "delete_user"
	AuditCreateLink     AuditAction = "create_link" // a one-time link: an invitation, a reset
	AuditUseLink        AuditAction = "use_link"
	AuditChangePassword AuditAction = "change_password"
	AuditSignIn         AuditAction = "sign_in"
	AuditSignInFailed   AuditAction = "sign_in_failed"
	AuditSignOut        AuditAction = "sign_out"
)

// AuditActions lists them all.
//
//nolint:gochecknoglobals // a constant list
var AuditActions = []AuditAction{
	AuditCreateCampaign, AuditUpdateCampaign, AuditGoLive, AuditPause, AuditResume, AuditArchive, AuditStartOutreaches,
	AuditExecuteApproved,
	AuditAddContacts, AuditUpdateContact, AuditRemoveContact, AuditApproveContact, AuditDisableContact, AuditEnableContact,
	AuditCompleteContact, AuditDisqualifyContact, AuditEditOutreach, AuditResendOutreach, AuditBulkContacts,
	AuditImportContacts, AuditRefuseImport, AuditUpdateEmailImport, AuditExportContact, AuditEraseContact,
	AuditAddSuppression, AuditDeleteSuppression, AuditImportSuppressions, AuditExportSuppressions,
	AuditCreateAPIKey, AuditUpdateAPIKey, AuditRevokeAPIKey, AuditUpdateSettings, AuditExportAudit,
	AuditCreateUser, AuditUpdateUser, AuditDeleteUser, AuditCreateLink, AuditUseLink, AuditChangePassword, AuditSignIn,
	AuditSignInFailed, AuditSignOut,
}

// AuditRecord is one thing that somebody did. It holds ids, codes, counts and names of settings, never an address, a contact's
// name or a text: what a contact's erasure deletes is not in it, so that the log can stay as it is.
type AuditRecord struct {
	ID        string    `gorm:"primaryKey"` // UUIDv7
	At        time.Time // when it was done, by the clock of the process that did it
	Action    AuditAction
	ActorKind ActorKind
	ActorID   *string // of the user or key
	ActorName string  // as it was then

	CampaignID *string
	ContactID  *string
	OutreachID *string
	SubjectID  *string // what else it was done to: a key, user, suppression, import, release

	VersionBefore *int // of a plan
	VersionAfter  *int

	Detail AuditDetail `gorm:"serializer:json"`
}

// AuditDetail says more about what was done, in a form that has no place for personal data.
type AuditDetail struct {
	Fields []string          `json:"fields,omitempty"` // names of what was changed, never its values
	Counts map[string]int    `json:"counts,omitempty"`
	Codes  map[string]string `json:"codes,omitempty"` // such as a role, a channel, a reason
}

// plainCode is what names and codes in an audit record look like: nothing that holds an address, a name or a sentence.
var plainCode = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)

// Check says whether the record may be written: its action is one of the list, and its detail holds codes alone.
// Error: CodeInternal.
func (r *AuditRecord) Check() error {
	if !slices.Contains(AuditActions, r.Action) {
		return Errorf(CodeInternal, "there is no action %q to put on record", string(r.Action))
	}
	for _, field := range r.Detail.Fields {
		if !plainCode.MatchString(field) {
			return Errorf(CodeInternal, "a record of %s names a field that is no name", r.Action)
		}
	}
	for name, code := range r.Detail.Codes {
		if !plainCode.MatchString(name) || !plainCode.MatchString(code) {
			return Errorf(CodeInternal, "a record of %s holds under %q what is no code", r.Action, name)
		}
	}
	for name := range r.Detail.Counts {
		if !plainCode.MatchString(name) {
			return Errorf(CodeInternal, "a record of %s counts what is no name", r.Action)
		}
	}
	return nil
}

// AuditFilter narrows the audit log. Nil and empty members do not narrow.
type AuditFilter struct {
	Page       Page
	CampaignID *string
	ContactID  *string
	ActorID    *string
	ActorKind  *ActorKind
	Action     *AuditAction
	From       *time.Time // done then or later
	To         *time.Time // done before
}

// MaxAuditCount is how far the records of a list are counted: to count a million takes longer than to show them.
const MaxAuditCount = 10_000
