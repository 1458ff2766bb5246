package api

import (
	"slices"

	"beckon/models"
)

// Sizes of request bodies, in bytes.
const (
	smallBody       = 64 << 10
	contactsBody    = models.MaxContactsBytes
	suppressionBody = models.MaxSuppressionBytes + smallBody // the file, and the form around it
	importBody      = models.MaxImportBytes + smallBody      // the file, and the form around it
	bulkBody        = 512 << 10                              // models.MaxBulkIDs ids
	outreachBody    = 512 << 10                              // a text of models.MaxBodyBytes, its characters escaped
	webhookBody     = 5 << 20
	twilioBody      = 64 << 10
	mailBody        = 31 << 20 // mail.MaxMailBytes, and the form around it
)

// public is the permission of what needs no key.
const public models.Role = ""

// scope says what an operation is to a key that is limited to some campaigns.
type scope int

const (
	closed     scope = iota // forbidden: it is about more than campaigns
	inCampaign              // of the campaign {id} of its path, which must be one of the key's: others there are not
	filtered                // shows what is of the key's campaigns alone
	neutral                 // says or does nothing about any campaign
)

// anyAction is the action of an operation that every key may call, whatever it is limited to.
const anyAction models.KeyAction = "*"

// operation is what one operation of openapi.yaml asks of its caller.
type operation struct {
	permission models.Role // the least role that may call it
	maxBody    int64
	form       bool             // its body is a form, which the handler reads as it comes
	raw        bool             // its body is not validated: a webhook's signature comes before its contents
	session    bool             // it begins, or is about, a session: a browser that calls it must be on a page of this host
	recorded   bool             // it reads, and is put on record: a browser must be on a page of this host for that too
	people     bool             // it is for who signed in: an API key cannot call it
	scope      scope            // what it is to a key that is limited to campaigns
	action     models.KeyAction // that a key which is limited to actions must have; empty: such keys cannot call it
}

// operations is the whole list, by operationId. What is not in it cannot be called.
//
//nolint:funlen // one table
func operations() map[string]operation {
	const (
		viewer        = models.RoleViewer
		operator      = models.RoleOperator
		administrator = models.RoleAdministrator
	)
	return map[string]operation{
		"ListCampaigns":   {permission: viewer, scope: filtered, action: models.ActionCampaignsRead},
		"CreateCampaign":  {permission: operator, maxBody: smallBody, action: models.ActionCampaignsWrite},
		"GetCampaign":     {permission: viewer, scope: inCampaign, action: models.ActionCampaignsRead},
		"UpdateCampaign":  {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionCampaignsWrite},
		"GoLive":          {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionCampaignsControl},
		"Pause":           {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionCampaignsControl},
		"Resume":          {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionCampaignsControl},
		"Archive":         {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionCampaignsControl},
		"StartOutreaches": {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionCampaignsControl},
		"ExecuteApproved": {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionCampaignsControl},
		"GetProgress":     {permission: viewer, scope: inCampaign, action: models.ActionCampaignsRead},

		"GetPerformance":    {permission: viewer, scope: inCampaign, action: models.ActionCampaignsRead},
		"GetPerformanceCSV": {permission: viewer, scope: inCampaign, action: models.ActionCampaignsRead},

		"ListContacts":  {permission: viewer, scope: inCampaign, action: models.ActionContactsRead},
		"AddContacts":   {permission: operator, maxBody: contactsBody, scope: inCampaign, action: models.ActionContactsWrite},
		"GetContact":    {permission: viewer, scope: inCampaign, action: models.ActionContactsRead},
		"UpdateContact": {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionContactsManage},
		"RemoveContact": {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionContactsManage},

		"ApproveContact":    {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionReview},
		"DisableContact":    {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionContactsManage},
		"EnableContact":     {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionContactsManage},
		"CompleteContact":   {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionContactsManage},
		"DisqualifyContact": {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionContactsManage},
		"EditNextOutreach":  {permission: operator, maxBody: outreachBody, scope: inCampaign, action: models.ActionReview},
		"ResendOutreach":    {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionContactsManage},
		"BulkContacts":      {permission: operator, maxBody: bulkBody, scope: inCampaign, action: models.ActionContactsManage},
		"ListReview":        {permission: viewer, scope: filtered, action: models.ActionReview},

		"ListImports":     {permission: viewer, scope: inCampaign, action: models.ActionImportsRead},
		"CreateImport":    {permission: operator, maxBody: importBody, form: true, scope: inCampaign, action: models.ActionImportsWrite},
		"PreviewImport":   {permission: operator, maxBody: importBody, form: true, scope: inCampaign, action: models.ActionImportsWrite},
		"GetImport":       {permission: viewer, scope: inCampaign, action: models.ActionImportsRead},
		"GetImportErrors": {permission: viewer, scope: inCampaign, action: models.ActionImportsRead},
		"GetEmailImport":  {permission: operator, scope: inCampaign, action: models.ActionImportsWrite}, // it shows secrets
		"SetEmailImport":  {permission: operator, maxBody: smallBody, scope: inCampaign, action: models.ActionImportsWrite},

		"ListSuppressions":   {permission: viewer, action: models.ActionSuppressionsRead},
		"AddSuppression":     {permission: operator, maxBody: smallBody, action: models.ActionSuppressionsWrite},
		"ImportSuppressions": {permission: operator, maxBody: suppressionBody, form: true, action: models.ActionSuppressionsWrite},
		"GetSuppressionsCSV": {permission: viewer, action: models.ActionSuppressionsRead, recorded: true},
		// It lets people be contacted who may have asked not to be.
		"DeleteSuppression": {permission: administrator, action: models.ActionSuppressionsWrite},

		"ListAudit":   {permission: administrator},
		"GetAuditCSV": {permission: administrator, recorded: true},

		"ExportContact": {permission: operator, scope: inCampaign, action: models.ActionContactsManage, recorded: true},
		"EraseContact": {
			permission: administrator, maxBody: smallBody, scope: inCampaign, action: models.ActionContactsManage,
		},

		"ListAPIKeys":  {permission: administrator},
		"CreateAPIKey": {permission: administrator, maxBody: smallBody},
		"RevokeAPIKey": {permission: administrator, maxBody: smallBody},

		"GetSession":     {permission: viewer, scope: neutral, action: anyAction},
		"SignIn":         {permission: public, maxBody: smallBody, session: true},
		"CheckLink":      {permission: public, maxBody: smallBody, session: true},
		"UseLink":        {permission: public, maxBody: smallBody, session: true},
		"SignOut":        {permission: viewer, maxBody: smallBody, session: true, people: true},
		"ChangePassword": {permission: viewer, maxBody: smallBody, session: true, people: true},

		"ListUsers":       {permission: administrator},
		"CreateUser":      {permission: administrator, maxBody: smallBody},
		"GetUser":         {permission: administrator},
		"UpdateUser":      {permission: administrator, maxBody: smallBody},
		"DeleteUser":      {permission: administrator, maxBody: smallBody},
		"CreateResetLink": {permission: administrator, maxBody: smallBody},

		"GetSettings":    {permission: viewer},
		"UpdateSettings": {permission: administrator, maxBody: smallBody},

		"ReceiveSendGridEvents":    {permission: public, maxBody: webhookBody, raw: true},
		"ReceiveSendGridInbound":   {permission: public, maxBody: mailBody, raw: true},
		"ShowUnsubscribe":          {permission: public, raw: true},
		"Unsubscribe":              {permission: public, maxBody: smallBody, raw: true},
		"ReceiveTwilioTextStatus":  {permission: public, maxBody: twilioBody, raw: true},
		"ReceiveTwilioText":        {permission: public, maxBody: twilioBody, raw: true},
		"AnswerTwilioCall":         {permission: public, maxBody: twilioBody, raw: true},
		"HearTwilioCall":           {permission: public, maxBody: twilioBody, raw: true},
		"ReceiveTwilioInboundCall": {permission: public, maxBody: twilioBody, raw: true},
		"ReceiveTwilioCallStatus":  {permission: public, maxBody: twilioBody, raw: true},
		"ReceiveTwilioAMD":         {permission: public, maxBody: twilioBody, raw: true},

		"GetHealth":    {permission: public},
		"GetReadiness": {permission: public},
		"GetSpec":      {permission: public},
		"ShowDocs":     {permission: public},
	}
}

// allows says whether the role may do what needs the permission: each role may do all that those before it may.
func allows(role, permission models.Role) bool {
	ranks := map[models.Role]int{models.RoleViewer: 1, models.RoleOperator: 2, models.RoleAdministrator: 3}
	return ranks[role] > 0 && ranks[role] >= ranks[permission]
}

// refuse says why the caller may not call the operation, with the campaign of its path; nil where it may. To a key that is
// limited to campaigns there are no others: those that are and those that never were are answered alike. Errors:
// CodeForbidden, CodeNotFound.
func (o *operation) refuse(who *caller, campaignID string) error {
	if !allows(who.role(), o.permission) {
		return models.Errorf(models.CodeForbidden, "this needs the role %s; %s", o.permission, who.roleInWords())
	}
	key := who.key
	if key == nil {
		return nil
	}
	if o.people {
		return models.Errorf(models.CodeForbidden, "this is for people who signed in, not for keys")
	}
	if o.action != anyAction && !key.MayAct(o.action) {
		return models.Errorf(models.CodeForbidden, "the key is limited to other actions")
	}
	campaigns := key.CampaignIDs()
	switch {
	case campaigns == nil, o.scope == filtered, o.scope == neutral:
		return nil
	case o.scope == inCampaign && slices.Contains(campaigns, campaignID):
		return nil
	case o.scope == inCampaign:
		return models.Errorf(models.CodeNotFound, "there is no such campaign")
	default:
		return models.Errorf(models.CodeForbidden, "the key is limited to some campaigns, and this is about more than those")
	}
}
