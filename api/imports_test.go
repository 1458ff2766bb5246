package api_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// formPart is one field of a form.
type formPart struct{ name, fileName, content string }

func file(content string) formPart    { return formPart{"file", "contacts.csv", content} }
func mapping(content string) formPart { return formPart{"mapping", "", content} }

// withForm makes the request one with a form.
func withForm(t *testing.T, parts ...formPart) func(*http.Request) {
	t.Helper()
	body := bytes.Buffer{}
	form := multipart.NewWriter(&body)
	for _, part := range parts {
		create := func(name, _ string) (io.Writer, error) { return form.CreateFormField(name) }
		if part.fileName != "" {
			create = form.CreateFormFile
		}
		writer, err := create(part.name, part.fileName)
		require.NoError(t, err)
		_, err = io.WriteString(writer, part.content)
		require.NoError(t, err)
	}
	require.NoError(t, form.Close())
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
		r.Header.Set("Content-Type", form.FormDataContentType())
	}
}

const simpleMapping = `{"name":"Name","email":"Email","phone":["Phone"],"properties":{"plan":"Plan"}}`

func TestCreateImport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	contact := &models.Contact{ID: newID(), CampaignID: id, Email: new("old@example.com"), Status: models.ContactPlanning}
	b.store.contacts = append(b.store.contacts, contact)
	b.store.addWakes = []models.Wake{{CampaignID: id, ContactID: contact.ID, Revision: 4}}
	text := "Name,Email,Phone,Plan\n" +
		"Ada Lovelace,ada@example.com,(202) 555-0143,gold\n" +
		"Old Friend,old@example.com,,\n" +
		"Bad Phone,bad@example.com,12,\n" +
		"No Address,,,\n"
	created := b.request(http.MethodPost, campaignPath(id)+"/imports", "",
		withForm(t, mapping(simpleMapping), file(text)))
	entry := created.object(http.StatusCreated)
	require.Equal(t, campaignPath(id)+"/imports/"+entry["id"].(string), created.header.Get("Location"))
	require.Equal(t, "completed", entry["status"])
	require.Equal(t, "csv", entry["source"])
	require.Equal(t, "contacts.csv", entry["fileName"])
	require.Equal(t, "operator key", entry["by"])
	require.InDelta(t, 4, entry["rows"], 0)
	require.InDelta(t, 2, entry["created"], 0)
	require.InDelta(t, 1, entry["updated"], 0)
	require.InDelta(t, 1, entry["skipped"], 0)
	require.Equal(t, map[string]any{"phone": 0.0, "email": 1.0}, entry["updatedBy"])
	require.Nil(t, entry["detail"])
	require.Len(t, entry["errors"], 2)
	require.Equal(t, []string{"", "Ada Lovelace", "Bad Phone"}, b.store.names())
	require.Equal(t, "+12025550143", *b.store.contacts[1].Phone)
	require.Equal(t, map[string]any{"plan": "gold"}, b.store.contacts[1].Properties)
	require.Equal(t, []string{
		fmt.Sprintf("contacts-added campaign/%s %d", id, b.store.campaigns[id].Revision),
		"wake campaign/" + id + "/contact/" + contact.ID + " 4",
	}, b.workflows.heard())

	shown := b.request(http.MethodGet, created.header.Get("Location"), "").object(http.StatusOK)
	require.Equal(t, entry, shown)
	list := b.request(http.MethodGet, campaignPath(id)+"/imports?page=1&perPage=7", "").object(http.StatusOK)
	require.Equal(t, []any{entry}, list["data"])
	require.InDelta(t, 1, list["total"], 0)
	require.Equal(t, models.Page{Number: 1, PerPage: 7}, b.store.importPage)
}

// A file that is refused whole leaves its entry and nothing else.
func TestImportsThatAreRefusedWhole(t *testing.T) {
	t.Parallel()
	rows := func(n int) string {
		text := strings.Builder{}
		text.WriteString("Name,Email\n")
		for i := range n {
			fmt.Fprintf(&text, "Ada,ada%d@example.com\n", i)
		}
		return text.String()
	}
	for name, test := range map[string]struct {
		content, mapping string
		code             models.Code
		field, detail    string
	}{
		"10,001 rows":       {rows(10_001), `{"name":"Name","email":"Email"}`, models.CodeTooManyRows, "/file", "10000"},
		"no CSV":            {"PK\x03\x04\x00\x00", `{"name":"Name","email":"Email"}`, models.CodeInvalid, "/file", ""},
		"empty":             {"", `{"name":"Name","email":"Email"}`, models.CodeInvalid, "/file", ""},
		"no such column":    {rows(1), `{"name":"Who","email":"Email"}`, models.CodeInvalid, "/mapping/name", ""},
		"no name column":    {rows(1), `{"email":"Email"}`, models.CodeInvalid, "/mapping", ""},
		"no contact column": {rows(1), `{"name":"Name"}`, models.CodeInvalid, "/mapping", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			id := b.campaign(models.CampaignActive)
			fields, detail := b.request(http.MethodPost, campaignPath(id)+"/imports", "",
				withForm(t, file(test.content), mapping(test.mapping))).problem(http.StatusUnprocessableEntity, test.code)
			require.NotEmpty(t, fields)
			require.True(t, strings.HasPrefix(fields[0], test.field+" "), "%v", fields)
			require.Contains(t, detail, test.detail)
			require.Zero(t, b.store.written())
			require.Empty(t, b.workflows.heard())
			list := b.request(http.MethodGet, campaignPath(id)+"/imports", "").object(http.StatusOK)
			require.Len(t, list["data"], 1)
			entry := list["data"].([]any)[0].(map[string]any)
			require.Equal(t, "refused", entry["status"])
			require.Equal(t, detail, entry["detail"])
			require.InDelta(t, 0, entry["created"], 0)
		})
	}
}

// The largest file that is allowed is taken.
func TestImportOf10000Rows(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignDraft)
	text := strings.Builder{}
	text.WriteString("Name,Email\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, "Ada,ada%d@example.com\n", i)
	}
	entry := b.request(http.MethodPost, campaignPath(id)+"/imports", "",
		withForm(t, file(text.String()), mapping(`{"name":"Name","email":"Email"}`))).object(http.StatusCreated)
	require.InDelta(t, 10_000, entry["created"], 0)
}

// A form that cannot be read leaves nothing, not even an entry.
func TestFormsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	good, columns := file("Name,Email\nAda,ada@example.com\n"), mapping(`{"name":"Name","email":"Email"}`)
	for name, test := range map[string]struct {
		parts []formPart
		field string
	}{
		"no file":           {[]formPart{columns}, "/file required"},
		"no mapping":        {[]formPart{good}, "/mapping required"},
		"two files":         {[]formPart{good, columns, good}, "/file repeated"},
		"unknown field":     {[]formPart{good, columns, {"dry~/run", "", "1"}}, "/dry~0~1run unknown_field"},
		"mapping no JSON":   {[]formPart{good, mapping("name")}, "/mapping not_an_object"},
		"mapping member":    {[]formPart{good, mapping(`{"nam":"Name"}`)}, "/mapping/nam unknown_field"},
		"mapping of a type": {[]formPart{good, mapping(`{"name":7}`)}, "/mapping/name wrong_type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			id := b.campaign(models.CampaignActive)
			fields, _ := b.request(http.MethodPost, campaignPath(id)+"/imports", "", withForm(t, test.parts...)).
				problem(http.StatusBadRequest, models.CodeMalformed)
			require.Equal(t, []string{test.field}, fields)
			require.Zero(t, b.store.written())
			require.Empty(t, b.store.imports)
		})
	}
	t.Run("broken off", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := b.campaign(models.CampaignActive)
		b.request(http.MethodPost, campaignPath(id)+"/imports", "", withForm(t, good, columns), func(r *http.Request) {
			r.Body = io.NopCloser(io.LimitReader(r.Body, 60))
		}).problem(http.StatusBadRequest, models.CodeMalformed)
		b.request(http.MethodPost, campaignPath(id)+"/imports", "x", withType("multipart/form-data")).
			problem(http.StatusBadRequest, models.CodeMalformed)
	})
}

func TestImportsOverTheLimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	columns := mapping(`{"name":"Name","email":"Email"}`)
	for name, test := range map[string]struct {
		size    int
		changes []func(*http.Request)
		limit   string
	}{
		"body":         {models.MaxImportBytes + (1 << 20), nil, "33619968"},
		"chunked body": {models.MaxImportBytes + (1 << 20), []func(*http.Request){chunked}, "33554432"},
		"file":         {models.MaxImportBytes + 1, nil, "33554432"},
	} {
		for _, path := range []string{"/imports", "/imports/preview"} {
			parts := []formPart{file(strings.Repeat("x", test.size)), columns}
			changes := append([]func(*http.Request){withForm(t, parts...)}, test.changes...)
			_, detail := b.request(http.MethodPost, campaignPath(id)+path, "", changes...).
				problem(http.StatusRequestEntityTooLarge, models.CodeTooLarge)
			require.Contains(t, detail, test.limit, name)
		}
	}
	require.Zero(t, b.store.written())
	require.Empty(t, b.store.imports)
}

func TestImportIntoAnArchivedCampaign(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignArchived)
	b.request(http.MethodPost, campaignPath(id)+"/imports", "", b.rightForm("CreateImport")).
		problem(http.StatusConflict, models.CodeCampaignArchived)
	require.Empty(t, b.store.imports)
}

func TestPreviewImport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignDraft)
	text := "First Name;Email\n" + strings.Repeat("Ada;ada@example.com\n", 7)
	preview := b.request(http.MethodPost, campaignPath(id)+"/imports/preview", "", withForm(t, file(text))).
		object(http.StatusOK)
	require.Equal(t, ";", preview["delimiter"])
	require.Equal(t, []any{"First Name", "Email"}, preview["header"])
	require.Len(t, preview["sample"], 5)
	require.InDelta(t, 7, preview["rows"], 0)
	suggested := preview["suggestedMapping"].(map[string]any)
	require.Equal(t, "First Name", suggested["firstName"])
	require.Equal(t, "Email", suggested["email"])
	require.Zero(t, b.store.written())
	require.Empty(t, b.store.imports)

	b.request(http.MethodPost, campaignPath(id)+"/imports/preview", "", withForm(t, file("\x00\x01"))).
		problem(http.StatusUnprocessableEntity, models.CodeInvalid)
	fields, _ := b.request(http.MethodPost, campaignPath(id)+"/imports/preview", "",
		withForm(t, file(text), mapping("{}"))).problem(http.StatusBadRequest, models.CodeMalformed)
	require.Equal(t, []string{"/mapping unknown_field"}, fields)
}

// Names of columns come from strangers' files, and a spreadsheet must not run them.
func TestErrorsCSV(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignDraft)
	entry := models.Import{ID: newID(), CampaignID: id, Source: models.SourceCSV, Status: models.ImportCompleted}
	b.store.imports = append(b.store.imports, entry)
	fields := []string{"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1", "＝1", "phone", "", "a,\"b\"\nc"}
	for i, field := range fields {
		b.store.importErrors[entry.ID] = append(b.store.importErrors[entry.ID],
			models.ImportError{Line: i + 2, Field: field, Code: "too_long", Detail: "the text is too long"})
	}
	answer := b.request(http.MethodGet, campaignPath(id)+"/imports/"+entry.ID+"/errors.csv", "")
	require.Equal(t, http.StatusOK, answer.status, "%s", answer.body)
	require.Equal(t, "text/csv", answer.header.Get("Content-Type"))
	require.Contains(t, answer.header.Get("Content-Disposition"), "attachment")
	require.Equal(t, "nosniff", answer.header.Get("X-Content-Type-Options"))
	require.Equal(t, "no-store", answer.header.Get("Cache-Control"))
	reader := csv.NewReader(bytes.NewReader(answer.body))
	rows, err := reader.ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"line", "field", "code", "detail"}, rows[0])
	require.Len(t, rows, len(fields)+1)
	for i, row := range rows[1:] {
		field := strings.ReplaceAll(fields[i], "\r", "") // the writer leaves it out
		if i < 8 {
			field = "'" + field
		}
		require.Equal(t, field, row[1])
	}
	shown := b.request(http.MethodGet, campaignPath(id)+"/imports/"+entry.ID, "").object(http.StatusOK)
	require.Equal(t, "https://beckon.example"+campaignPath(id)+"/imports/"+entry.ID+"/errors.csv", shown["errorsUrl"])
}

func TestImportShowsTheFirst100Errors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignDraft)
	entry := models.Import{ID: newID(), CampaignID: id, Source: models.SourceCSV, Status: models.ImportCompleted}
	b.store.imports = append(b.store.imports, entry)
	for i := range 150 {
		b.store.importErrors[entry.ID] = append(b.store.importErrors[entry.ID], models.ImportError{Line: i})
	}
	shown := b.request(http.MethodGet, campaignPath(id)+"/imports/"+entry.ID, "").object(http.StatusOK)
	require.Len(t, shown["errors"], 100)
	all := b.request(http.MethodGet, campaignPath(id)+"/imports/"+entry.ID+"/errors.csv", "")
	require.Equal(t, 151, strings.Count(string(all.body), "\r\n"))
}
