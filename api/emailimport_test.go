package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func TestEmailImport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := campaignPath(b.campaign(models.CampaignActive)) + "/email-import"
	first := b.request(http.MethodGet, path, "").object(http.StatusOK)
	require.Equal(t, false, first["enabled"])
	for _, none := range []string{"authorizedSender", "mapping", "address"} {
		require.Nil(t, first[none], none)
	}

	set := b.request(http.MethodPut, path, `{"enabled":true,"authorizedSender":" Sam@Corp.Example ",
		"mapping":{"name":" Full  Name","email":"Email","optOut":{"email":"Unsubscribed"}}}`).object(http.StatusOK)
	require.Equal(t, true, set["enabled"])
	require.Equal(t, "sam@corp.example", set["authorizedSender"])
	require.Equal(t, map[string]any{
		"name": "Full Name", "email": "Email", "phone": []any{}, "properties": map[string]any{}, "keepUnmapped": false,
		"optOut": map[string]any{"email": "Unsubscribed"},
	}, set["mapping"])
	require.Regexp(t, `^import\+token\d+@in\.beckon\.example$`, set["address"])
	require.Contains(t, set["inboundUrl"], inboundPath(t))
	require.Equal(t, set, b.request(http.MethodGet, path, "").object(http.StatusOK))

	again := b.request(http.MethodPut, path, `{"enabled":false,"authorizedSender":"sam@corp.example","regenerate":true}`).object(http.StatusOK)
	require.NotEqual(t, set["address"], again["address"])
	require.Nil(t, again["mapping"], "what is not given is not there")
}

func TestEmailImportRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := campaignPath(b.campaign(models.CampaignActive)) + "/email-import"
	for body, want := range map[string][]string{
		`{"enabled":true}`: {"/authorizedSender required", "/mapping required"},
		`{"enabled":true,"authorizedSender":"Sam <sam@corp.example>","mapping":{"email":"Email"}}`: {
			"/authorizedSender display_name", "/mapping name_required",
		},
		`{"enabled":true,"authorizedSender":"sam@corp.example","mapping":{"name":"Name"}}`: {"/mapping address_required"},
	} {
		faults, _ := b.request(http.MethodPut, path, body).problem(http.StatusUnprocessableEntity, models.CodeInvalid)
		require.Equal(t, want, faults, body)
	}
	b.request(http.MethodPut, path, `{"enabled":false,"mapping":{"nothing":"x"}}`).problem(http.StatusBadRequest, models.CodeMalformed)
}
