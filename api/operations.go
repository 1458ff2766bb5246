package api

import "beckon/models"

// Sizes of request bodies, in bytes.
const (
	smallBody    = 64 << 10
	contactsBody = models.MaxContactsBytes
	importBody   = models.MaxImportBytes + smallBody // the file, and the form around it
	bulkBody     = 512 << 10                         // models.MaxBulkIDs ids
	outreachBody = 512 << 10                         // a text of models.MaxBodyBytes, its characters escaped
	webhookBody  = 5 << 20
	twilioBody   = 64 << 10
	mailBody     = 31 << 20 // mail.MaxMailBytes, and the form around it
)

// public is the permission of what needs no key.
const public models.Role = ""

// operation is what one operation of openapi.yaml asks of its caller.
type operation struct {
	permission models.Role // the least role that may call it
	maxBody    int64
	form       bool // its body is a form, which the handler reads as it comes
	raw        bool // its body is not validated: a webhook's signature comes before its contents
}

// operations is the whole list, by operationId. What is not in it cannot be called.
func operations() map[string]operation {
	const (
		viewer        = models.RoleViewer
		operator      = models.RoleOperator
		administrator = models.RoleAdministrator
	)
	return map[string]operation{
		"ListCampaigns":   {permission: viewer},
		"CreateCampaign":  {permission: operator, maxBody: smallBody},
		"GetCampaign":     {permission: viewer},
		"UpdateCampaign":  {permission: operator, maxBody: smallBody},
		"GoLive":          {permission: operator, maxBody: smallBody},
		"Pause":           {permission: operator, maxBody: smallBody},
		"Resume":          {permission: operator, maxBody: smallBody},
		"Archive":         {permission: operator, maxBody: smallBody},
		"StartOutreaches": {permission: operator, maxBody: smallBody},
		"ExecuteApproved": {permission: operator, maxBody: smallBody},
		"GetProgress":     {permission: viewer},

		"GetPerformance":    {permission: viewer},
		"GetPerformanceCSV": {permission: viewer},

		"ListContacts":  {permission: viewer},
		"AddContacts":   {permission: operator, maxBody: contactsBody},
		"GetContact":    {permission: viewer},
		"UpdateContact": {permission: operator, maxBody: smallBody},
		"RemoveContact": {permission: operator, maxBody: smallBody},

		"ApproveContact":    {permission: operator, maxBody: smallBody},
		"DisableContact":    {permission: operator, maxBody: smallBody},
		"EnableContact":     {permission: operator, maxBody: smallBody},
		"CompleteContact":   {permission: operator, maxBody: smallBody},
		"DisqualifyContact": {permission: operator, maxBody: smallBody},
		"EditNextOutreach":  {permission: operator, maxBody: outreachBody},
		"ResendOutreach":    {permission: operator, maxBody: smallBody},
		"BulkContacts":      {permission: operator, maxBody: bulkBody},
		"ListReview":        {permission: viewer},

		"ListImports":     {permission: viewer},
		"CreateImport":    {permission: operator, maxBody: importBody, form: true},
		"PreviewImport":   {permission: operator, maxBody: importBody, form: true},
		"GetImport":       {permission: viewer},
		"GetImportErrors": {permission: viewer},

		"ListSuppressions":  {permission: viewer},
		"AddSuppression":    {permission: operator, maxBody: smallBody},
		"DeleteSuppression": {permission: administrator}, // it lets people be contacted who may have asked not to be

		"ListAPIKeys":  {permission: administrator},
		"CreateAPIKey": {permission: administrator, maxBody: smallBody},
		"RevokeAPIKey": {permission: administrator, maxBody: smallBody},

		"ReceiveSendGridEvents":   {permission: public, maxBody: webhookBody, raw: true},
		"ReceiveSendGridInbound":  {permission: public, maxBody: mailBody, raw: true},
		"ShowUnsubscribe":         {permission: public, raw: true},
		"Unsubscribe":             {permission: public, maxBody: smallBody, raw: true},
		"ReceiveTwilioTextStatus": {permission: public, maxBody: twilioBody, raw: true},
		"ReceiveTwilioText":       {permission: public, maxBody: twilioBody, raw: true},
		"AnswerTwilioCall":        {permission: public, maxBody: twilioBody, raw: true},
		"ReceiveTwilioCallStatus": {permission: public, maxBody: twilioBody, raw: true},
		"ReceiveTwilioAMD":        {permission: public, maxBody: twilioBody, raw: true},

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
