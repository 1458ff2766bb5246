package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func TestBulkContacts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	first, second := b.contact(id), b.contact(id)
	path := campaignPath(id) + "/contacts/bulk"
	done := b.request(http.MethodPost, path, fmt.Sprintf(`{"action":"disable","ids":[%q,%q],"expectedCount":2}`,
		first.ID, second.ID)).object(http.StatusOK)
	require.Equal(t, map[string]any{"changed": 1.0, "skipped": 1.0}, done)
	require.Equal(t, models.BulkRequest{
		CampaignID: id, Action: models.BulkDisable, IDs: []string{first.ID, second.ID}, ExpectedCount: 2,
	}, b.store.bulk)
	require.Equal(t, []string{"wake campaign/" + id + " 1"}, b.workflows.heard())

	for _, action := range []string{"approve", "enable", "remove", "complete", "disqualify"} {
		b.request(http.MethodPost, path, fmt.Sprintf(`{"action":%q,"filter":{"status":"planning","search":"ada",
			"channel":"text","waitingReason":"approval"},"expectedCount":2}`, action)).object(http.StatusOK)
		require.Equal(t, models.BulkAction(action), b.store.bulk.Action)
		require.Equal(t, &models.ContactFilter{
			CampaignID: id, Status: new(models.ContactPlanning), Search: "ada", Channel: new(models.ChannelText),
			WaitingReason: new(models.WaitApproval),
		}, b.store.bulk.Filter)
		require.Nil(t, b.store.bulk.IDs)
	}
	b.request(http.MethodPost, path, `{"action":"enable","filter":{},"expectedCount":2}`).object(http.StatusOK)
	require.Equal(t, &models.ContactFilter{CampaignID: id}, b.store.bulk.Filter)

	_, detail := b.request(http.MethodPost, path, `{"action":"enable","filter":{},"expectedCount":3}`).
		problem(http.StatusConflict, models.CodeCountChanged)
	require.Contains(t, detail, "2")
	told := len(b.workflows.heard())
	none := b.request(http.MethodPost, path, `{"action":"enable","ids":[],"expectedCount":0}`).object(http.StatusOK)
	require.Equal(t, map[string]any{"changed": 0.0, "skipped": 0.0}, none)
	require.Len(t, b.workflows.heard(), told, "nothing has changed")
}

func TestBulkContactsIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	path, known := campaignPath(id)+"/contacts/bulk", newID()
	for body, want := range map[string][]string{
		``:                                       {" required"},
		`{}`:                                     {"/action required", "/expectedCount required"},
		`{"action":"approve","expectedCount":1}`: {"/ids invalid"},
		`{"action":"approve","ids":["` + known + `"],"filter":{},"expectedCount":1}`:     {"/ids invalid"},
		`{"action":"erase","filter":{},"expectedCount":1}`:                               {"/action unknown_value"},
		`{"action":"approve","filter":{"sort":"name"},"expectedCount":1}`:                {"/filter/sort unknown_field"},
		`{"action":"approve","filter":{"status":"asleep"},"expectedCount":1}`:            {"/filter/status unknown_value"},
		`{"action":"approve","filter":null,"expectedCount":1}`:                           {"/filter wrong_type"},
		`{"action":"approve","ids":"` + known + `","expectedCount":1}`:                   {"/ids wrong_type"},
		`{"action":"approve","ids":["nonsense"],"expectedCount":1}`:                      {"/ids/0 format"},
		`{"action":"approve","ids":[7],"expectedCount":1}`:                               {"/ids/0 wrong_type"},
		`{"action":"approve","ids":["` + known + `","` + known + `"],"expectedCount":1}`: {"/ids invalid"},
		`{"action":"approve","filter":{},"expectedCount":-1}`:                            {"/expectedCount out_of_range"},
		`{"action":"approve","filter":{},"expectedCount":"all"}`:                         {"/expectedCount wrong_type"},
	} {
		fields, _ := b.request(http.MethodPost, path, body).problem(http.StatusBadRequest, models.CodeMalformed)
		require.ElementsMatch(t, want, fields, body)
	}
	ids := make([]string, models.MaxBulkIDs+1)
	for i := range ids {
		ids[i] = fmt.Sprintf("0197f3a0-0000-7000-8000-%012d", i)
	}
	body := func(ids []string) string {
		text, err := json.Marshal(map[string]any{"action": "disable", "ids": ids, "expectedCount": len(ids)})
		require.NoError(t, err)
		return string(text)
	}
	_, detail := b.request(http.MethodPost, path, body(ids)).
		problem(http.StatusRequestEntityTooLarge, models.CodeTooLarge)
	require.Contains(t, detail, "10000")
	b.request(http.MethodPost, path, body(ids[1:])).problem(http.StatusConflict, models.CodeCountChanged)
	require.Zero(t, b.store.written())
	require.Empty(t, b.workflows.heard())
	require.NotContains(t, strings.Join(b.workflows.heard(), ""), "wake")
}
