package api_test

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// withName gives the request its Idempotency-Key; several, where several are given.
func withName(names ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header["Idempotency-Key"] = names }
}

// both makes both changes to a request.
func both(first, second func(*http.Request)) func(*http.Request) {
	return func(r *http.Request) {
		first(r)
		second(r)
	}
}

// namedCalls are calls of all operations that take an Idempotency-Key, by their routes on the campaign.
func (b *testBundle) namedCalls(id string) map[string]func(name string) *answer {
	json := func(path, body string) func(name string) *answer {
		return func(name string) *answer { return b.request(http.MethodPost, path, body, withName(name)) }
	}
	return map[string]func(name string) *answer{
		"/api/v1/campaigns":                    json("/api/v1/campaigns", `{"name":"x","type":"one_time"}`),
		campaignPath(id) + "/contacts":         json(campaignPath(id)+"/contacts", `{"contacts":[{"email":"ada@example.com"}]}`),
		campaignPath(id) + "/start-outreaches": json(campaignPath(id)+"/start-outreaches", ""),
		campaignPath(id) + "/contacts/{contactId}/outreaches/{outreachId}/resend": func(name string) *answer {
			contact := b.contact(id)
			path := campaignPath(id) + "/contacts/" + contact.ID + "/outreaches/" + b.unknownOutreach(contact) + "/resend"
			return b.request(http.MethodPost, path, "", withName(name))
		},
		campaignPath(id) + "/imports": func(name string) *answer {
			form := withForm(b.t, file("Name,Email\nAda,ada@example.com\n"), mapping(`{"name":"Name","email":"Email"}`))
			return b.request(http.MethodPost, campaignPath(id)+"/imports", "", both(form, withName(name)))
		},
	}
}

func manual(c *models.Campaign) { c.ExecutionMode = models.ModeManual }

// The specification says which operations take the header; those are tested here.
func TestWhichOperationsTakeIdempotencyKeys(t *testing.T) {
	t.Parallel()
	described := []string{}
	for path, item := range spec(t).Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.Parameters.GetByInAndName("header", "Idempotency-Key") != nil {
				require.Equal(t, http.MethodPost, method)
				described = append(described, path)
			}
		}
	}
	tested := []string{}
	for path := range setup(t).namedCalls("{id}") {
		tested = append(tested, path)
	}
	require.ElementsMatch(t, described, tested)
}

func TestIdempotencyKeyNamesTheCall(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"x", strings.Repeat("x", 255), "%zz,{\"a\"}; ~ !", "01977b5e-0000-7000-8000-000000000000"} {
		b := setup(t)
		for path, call := range b.namedCalls(b.campaign(models.CampaignActive, manual)) {
			b.store.called = nil
			require.Less(t, call(name).status, http.StatusMultipleChoices)
			require.Len(t, b.store.called, 1, path)
			key := b.store.called[0]
			require.Equal(t, name, key.Key)
			require.Equal(t, b.store.keys[1].ID, key.Caller)
			require.Regexp(t, "^POST "+withIDs(path, func() string { return "[0-9a-f-]{36}" })+"$", key.Route)
			require.Len(t, key.BodyHash, sha256.Size)
		}
	}
}

// What is hashed of a body of JSON are its bytes as they came.
func TestIdempotencyKeyHoldsTheBody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, body := range []string{`{"name":"x","type":"one_time"}`, "{\"type\":\"one_time\",\n\"name\":\"x\"}"} {
		created := b.request(http.MethodPost, "/api/v1/campaigns", body, withName("k")).object(http.StatusCreated)
		require.Equal(t, "x", created["name"])
		hash := sha256.Sum256([]byte(body))
		require.Equal(t, hash[:], b.store.called[len(b.store.called)-1].BodyHash)
	}
}

// What is hashed of a form is what it holds, however it is sent.
func TestIdempotencyKeyHoldsTheForm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	imports := campaignPath(b.campaign(models.CampaignActive)) + "/imports"
	hash := func(parts ...formPart) string {
		b.request(http.MethodPost, imports, "", both(withForm(t, parts...), withName("k"))).object(http.StatusCreated)
		return string(b.store.called[len(b.store.called)-1].BodyHash)
	}
	const text, columns = "Name,Email\nAda,ada@example.com\n", `{"name":"Name","email":"Email"}`
	first := hash(file(text), mapping(columns))
	require.Equal(t, first, hash(file(text), mapping(columns)), "another boundary")
	require.Equal(t, first, hash(mapping(columns), file(text)), "another order")
	hashes := []string{
		first,
		hash(file(text+"\n"), mapping(columns)),
		hash(file(text), mapping(columns+" ")),
		hash(formPart{"file", "other.csv", text}, mapping(columns)),
		hash(formPart{"file", "contacts.csvN", text[1:]}, mapping(strings.Replace(columns, "Name", "ame", 1))),
	}
	slices.Sort(hashes)
	require.Len(t, slices.Compact(hashes), 5)
}

func TestCallsWithoutAName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignDraft)
	b.request(http.MethodPost, "/api/v1/campaigns", `{"name":"x","type":"one_time"}`).object(http.StatusCreated)
	// Other operations pass the header over, whatever it holds.
	b.request(http.MethodPost, campaignPath(id)+"/go-live", `{}`, withName("", "ü")).object(http.StatusOK)
	b.request(http.MethodPost, campaignPath(id)+"/pause", `{}`, withName("k")).object(http.StatusOK)
	require.Empty(t, b.store.called)
}

func TestIdempotencyKeysThatCannotBe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive, manual)
	for _, name := range []string{"", strings.Repeat("x", 256), "ü", "a\tb", "\x7f", "\xff"} {
		for path, call := range b.namedCalls(id) {
			fields, _ := call(name).problem(http.StatusBadRequest, models.CodeMalformed)
			require.Equal(t, []string{"/header/Idempotency-Key format"}, fields, "%s %q", path, name)
		}
	}
	twice := b.request(http.MethodPost, "/api/v1/campaigns", `{"name":"x","type":"one_time"}`, withName("a", "b"))
	fields, _ := twice.problem(http.StatusBadRequest, models.CodeMalformed)
	require.Equal(t, []string{"/header/Idempotency-Key format"}, fields)
	require.Contains(t, string(twice.body), "255 printable ASCII characters")
	require.Zero(t, b.store.written())
	require.Empty(t, b.workflows.heard())
	// Who asks comes before what is asked.
	b.request(http.MethodPost, "/api/v1/campaigns", `{}`, both(withKey(""), withName(""))).
		problem(http.StatusUnauthorized, models.CodeUnauthorized)
	b.request(http.MethodPost, "/api/v1/campaigns", `{}`, both(withKey(b.keys[models.RoleViewer]), withName(""))).
		problem(http.StatusForbidden, models.CodeForbidden)
}

func TestIdempotencyKeyReused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.fails = models.Errorf(models.CodeIdempotencyKeyReused, "used before")
	b.request(http.MethodPost, "/api/v1/campaigns", `{"name":"x","type":"one_time"}`, withName("k")).
		problem(http.StatusUnprocessableEntity, models.CodeIdempotencyKeyReused)
	require.Empty(t, b.workflows.heard())
}

// The workflow of a campaign that was archived since is not started again.
func TestRepeatedCreationOfAnArchivedCampaign(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.created = b.campaign(models.CampaignArchived)
	created := b.request(http.MethodPost, "/api/v1/campaigns", `{"name":"x","type":"one_time"}`, withName("k"))
	shown := created.object(http.StatusCreated)
	require.Equal(t, b.store.created, shown["id"])
	require.Equal(t, "archived", shown["status"])
	require.Equal(t, campaignPath(b.store.created), created.header.Get("Location"))
	require.Empty(t, b.workflows.heard())
}
