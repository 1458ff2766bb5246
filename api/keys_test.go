package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
)

const apiKeys = "/api/v1/api-keys"

func (b *testBundle) asAdministrator() func(*http.Request) {
	return withKey(b.keys[models.RoleAdministrator])
}

// A key is shown once, works at once, and is stored as a hash.
func TestCreateAPIKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.request(http.MethodPost, apiKeys,
		`{"name":" CRM ","role":"operator","campaignIds":null,"expiresAt":"2030-03-05T00:00:00+01:00"}`, b.asAdministrator())
	shown := made.object(http.StatusCreated)
	require.Equal(t, "no-store", made.header.Get("Cache-Control"))
	key := shown["key"].(string)
	stored := b.store.keys[len(b.store.keys)-1]
	require.Equal(t, api.HashAPIKey(key), stored.KeyHash)
	require.Equal(t, map[string]any{
		"id": stored.ID, "key": key, "name": "CRM", "role": "operator", "campaignIds": nil, "actions": nil,
		"createdAt": "2030-03-04T15:06:07Z", "expiresAt": "2030-03-04T23:00:00Z", "revokedAt": nil, "lastUsedAt": nil,
	}, shown)
	b.request(http.MethodPost, "/api/v1/campaigns", `{"name":"x","type":"one_time"}`, withKey(key)).object(http.StatusCreated)
	b.request(http.MethodGet, apiKeys, "", withKey(key)).problem(http.StatusForbidden, models.CodeForbidden)

	list := b.request(http.MethodGet, apiKeys, "", b.asAdministrator())
	require.NotContains(t, string(list.body), key)
	require.NotContains(t, b.log.String(), key)
	delete(shown, "key")
	require.Contains(t, list.object(http.StatusOK)["data"], shown)

	plain := b.request(http.MethodPost, apiKeys, `{"name":"x","role":"viewer"}`, b.asAdministrator()).object(http.StatusCreated)
	require.Nil(t, plain["expiresAt"])
}

func TestAPIKeysThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body   string
		status int
		code   models.Code
		fields []string
	}{
		"nothing":           {`{}`, 400, models.CodeMalformed, []string{"/name required", "/role required"}},
		"unknown":           {`{"name":"x","role":"root","key":"x"}`, 400, models.CodeMalformed, []string{"/key unknown_field", "/role unknown_value"}},
		"no time":           {`{"name":"x","role":"viewer","expiresAt":"2031-02-30T00:00:00Z"}`, 400, models.CodeMalformed, []string{"/expiresAt format"}},
		"leap second":       {`{"name":"x","role":"viewer","expiresAt":"2031-06-30T23:59:60Z"}`, 400, models.CodeMalformed, []string{"/expiresAt wrong_type"}},
		"no name":           {`{"name":" ","role":"viewer"}`, 422, models.CodeInvalid, []string{"/name required"}},
		"long name":         {`{"name":"` + strings.Repeat("é", 201) + `","role":"viewer"}`, 422, models.CodeInvalid, []string{"/name too_long"}},
		"two lines":         {`{"name":"a\nb","role":"viewer"}`, 422, models.CodeInvalid, []string{"/name control_character"}},
		"expires now":       {`{"name":"x","role":"viewer","expiresAt":"2030-03-04T15:06:07Z"}`, 422, models.CodeInvalid, []string{"/expiresAt past"}},
		"unknown campaigns": {`{"name":"x","role":"viewer","campaignIds":["` + newID() + `","x"]}`, 422, models.CodeInvalid, []string{"/campaignIds/0 unknown_value", "/campaignIds/1 unknown_value"}},
		"no campaigns":      {`{"name":"x","role":"viewer","campaignIds":[]}`, 422, models.CodeInvalid, []string{"/campaignIds required"}},
		"no actions":        {`{"name":"x","role":"viewer","actions":[]}`, 422, models.CodeInvalid, []string{"/actions required"}},
		"unknown action":    {`{"name":"x","role":"viewer","actions":["everything"]}`, 400, models.CodeMalformed, []string{"/actions/0 unknown_value"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			fields, _ := b.request(http.MethodPost, apiKeys, test.body, b.asAdministrator()).problem(test.status, test.code)
			require.ElementsMatch(t, test.fields, fields)
			require.Len(t, b.store.keys, 3)
		})
	}
	longest := setup(t)
	longest.request(http.MethodPost, apiKeys, `{"name":"`+strings.Repeat("é", 200)+`","role":"viewer"}`,
		longest.asAdministrator()).object(http.StatusCreated)
}

// What a key is limited to is shown, and is what it may do.
func TestLimitedAPIKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, other := b.campaign(models.CampaignDraft), b.campaign(models.CampaignDraft)
	made := b.request(http.MethodPost, apiKeys, `{"name":"CRM","role":"operator",
		"campaignIds":["`+mine+`","`+mine+`"],"actions":["contacts:write","campaigns:read"]}`, b.asAdministrator()).object(201)
	require.Equal(t, []any{mine}, made["campaignIds"])
	require.Equal(t, []any{"campaigns:read", "contacts:write"}, made["actions"])
	key := withKey(made["key"].(string))
	who := b.request(http.MethodGet, sessionPath, "", key).object(http.StatusOK)
	require.Equal(t, map[string]any{
		"kind": "api_key", "id": made["id"], "name": "CRM", "email": nil, "role": "operator", "campaignIds": []any{mine},
		"actions": []any{"campaigns:read", "contacts:write"},
	}, who)
	b.request(http.MethodGet, campaignPath(mine), "", key).object(http.StatusOK)
	b.request(http.MethodPost, campaignPath(mine)+"/contacts", `{"contacts":[]}`, key).object(http.StatusOK)
	b.request(http.MethodPost, campaignPath(mine)+"/pause", "", key).problem(http.StatusForbidden, models.CodeForbidden)
	// One that is and one that never was are answered alike.
	_, first := b.request(http.MethodGet, campaignPath(other), "", key).problem(http.StatusNotFound, models.CodeNotFound)
	_, second := b.request(http.MethodGet, campaignPath(newID()), "", key).problem(http.StatusNotFound, models.CodeNotFound)
	require.Equal(t, first, second)
	b.request(http.MethodGet, "/api/v1/campaigns", "", key).object(http.StatusOK)
	require.Equal(t, []string{mine}, b.store.campaignFilter.Only)
}

func TestRevokeAPIKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	revoke := func(id string) *answer { return b.request(http.MethodDelete, apiKeys+"/"+id, "", b.asAdministrator()) }
	viewer := b.store.keys[0].ID
	require.Equal(t, http.StatusNoContent, revoke(viewer).status)
	b.request(http.MethodGet, "/api/v1/campaigns", "", withKey(b.keys[models.RoleViewer])).
		problem(http.StatusUnauthorized, models.CodeUnauthorized)
	require.Equal(t, http.StatusNoContent, revoke(viewer).status, "the goal was reached before")

	list := b.request(http.MethodGet, apiKeys+"?page=1&perPage=7", "", b.asAdministrator()).object(http.StatusOK)
	require.Equal(t, models.Page{Number: 1, PerPage: 7}, b.store.keyPage)
	require.InDelta(t, 3, list["total"], 0)
	require.Equal(t, testNow().Format(time.RFC3339), list["data"].([]any)[0].(map[string]any)["revokedAt"])
	for _, id := range []string{newID(), "nonsense"} {
		revoke(id).problem(http.StatusNotFound, models.CodeNotFound)
	}
	// Keys are an administrator's matter, even to look at.
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		b.request(method, apiKeys, "").problem(http.StatusForbidden, models.CodeForbidden)
	}
	b.request(http.MethodDelete, apiKeys+"/"+b.store.keys[1].ID, "").problem(http.StatusForbidden, models.CodeForbidden)
	require.Nil(t, b.store.keys[1].RevokedAt)
}
