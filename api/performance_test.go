package api_test

import (
	"encoding/csv"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// someTotals are figures that are all different.
func someTotals() models.Totals {
	return models.Totals{
		Outreaches: 20, Delivered: 11, Failed: 2, Unconfirmed: 1, Opened: 7, Clicked: 3, Contacts: 16, ContactsReplied: 4,
		OptOuts: 5, Bounces: 6, Complaints: 8, MachineOpened: 9,
	}
}

func shownTotals(more map[string]any) map[string]any {
	shown := map[string]any{
		"outreaches": 20.0, "delivered": 11.0, "failed": 2.0, "unconfirmed": 1.0, "opened": 7.0, "clicked": 3.0,
		"contacts": 16.0, "contactsReplied": 4.0, "responseRate": 0.25, "optOuts": 5.0, "bounces": 6.0, "complaints": 8.0,
		"machineOpened": 9.0,
	}
	maps.Copy(shown, more)
	return shown
}

func (b *testBundle) performed() string {
	b.store.performance = models.Performance{
		Totals: someTotals(), ByChannel: map[models.Channel]models.Totals{models.ChannelText: someTotals()},
		ByDay: []models.DayTotals{
			{Totals: someTotals(), Date: "2030-03-03", Channel: models.ChannelText},
			{Date: "2030-03-04", Channel: models.ChannelEmail},
		},
		ByAttempt: []models.AttemptTotals{{Totals: someTotals(), Attempt: 2}},
		Calls:     []models.CallOutcome{{Outcome: new(models.OutcomeVoicemail), Calls: 3}, {Calls: 1}},
		Cost:      models.PlanCost{Tokens: 1234, USD: 0.056}, AsOf: testNow(),
	}
	return campaignPath(b.campaign(models.CampaignActive))
}

func TestPerformance(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := b.performed()
	zeros := map[string]any{}
	for name := range shownTotals(nil) {
		zeros[name] = 0.0
	}
	email := map[string]any{"date": "2030-03-04", "channel": "email"}
	for name := range zeros {
		email[name] = 0.0
	}
	require.Equal(t, map[string]any{
		"totals":    shownTotals(nil),
		"byChannel": map[string]any{"text": shownTotals(nil), "email": zeros, "phone": zeros},
		"byDay":     []any{shownTotals(map[string]any{"date": "2030-03-03", "channel": "text"}), email},
		"byAttempt": []any{shownTotals(map[string]any{"attempt": 2.0})},
		"callOutcomes": []any{
			map[string]any{"outcome": "voicemail", "calls": 3.0}, map[string]any{"outcome": nil, "calls": 1.0},
		},
		"cost": map[string]any{"tokens": 1234.0, "usd": 0.056}, "asOf": "2030-03-04T15:06:07Z",
	}, b.request(http.MethodGet, path+"/performance", "").object(http.StatusOK))
	require.Equal(t, [2]*string{}, b.store.days)
	b.request(http.MethodGet, path+"/performance?from=2030-03-01&to=2030-03-01", "").object(http.StatusOK)
	require.Equal(t, [2]*string{new("2030-03-01"), new("2030-03-01")}, b.store.days)

	// Nothing yet is lists, not null.
	b.store.performance = models.Performance{AsOf: testNow()}
	empty := b.request(http.MethodGet, path+"/performance", "").object(http.StatusOK)
	require.Equal(t, []any{}, empty["byDay"])
	require.Equal(t, []any{}, empty["byAttempt"])
	require.Equal(t, []any{}, empty["callOutcomes"])
	require.Len(t, empty["byChannel"], 3)
}

func TestPerformanceDaysThatAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := b.performed()
	for _, kind := range []string{"/performance", "/performance.csv"} {
		for query, field := range map[string]string{
			"?from=2030-02-30": "/query/from format", "?to=yesterday": "/query/to format", "?from=": "/query/from format",
			"?from=2030-1-1": "/query/from format", "?to=0000-01-01": "/query/to format", "?to=9999-12-31": "/query/to format",
			"?day=2030-01-01": "/query/day unknown_field",
		} {
			fields, _ := b.request(http.MethodGet, path+kind+query, "").problem(http.StatusBadRequest, models.CodeMalformed)
			require.Equal(t, []string{field}, fields, query)
		}
		fields, _ := b.request(http.MethodGet, path+kind+"?from=2030-03-02&to=2030-03-01", "").
			problem(http.StatusUnprocessableEntity, models.CodeInvalid)
		require.Equal(t, []string{"/query/to before_start"}, fields)
	}
}

func TestPerformanceCSV(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := b.performed()
	b.store.performance.ByDay[1].Channel = "=HYPERLINK(1)" // whatever is stored
	answer := b.request(http.MethodGet, path+"/performance.csv?from=2030-03-01", "")
	require.Equal(t, http.StatusOK, answer.status, "%s", answer.body)
	require.Equal(t, "text/csv", answer.header.Get("Content-Type"))
	require.Equal(t, `attachment; filename="performance.csv"`, answer.header.Get("Content-Disposition"))
	require.Equal(t, "2030-03-01", *b.store.days[0])
	rows, err := csv.NewReader(strings.NewReader(string(answer.body))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, [][]string{
		{
			"date", "channel", "outreaches", "delivered", "failed", "unconfirmed", "opened", "clicked", "contacts",
			"contactsReplied", "responseRate", "optOuts", "bounces", "complaints", "machineOpened",
		},
		{"2030-03-03", "text", "20", "11", "2", "1", "7", "3", "16", "4", "0.25", "5", "6", "8", "9"},
		{"2030-03-04", "'=HYPERLINK(1)", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0"},
	}, rows)
}

func TestReview(t *testing.T) {
	t.Parallel()
	b := setup(t)
	campaign := newID()
	b.store.review = []models.ReviewRow{{
		CampaignID: campaign, CampaignName: "Spring",
		Contact: models.ContactRow{
			Contact: models.Contact{
				ID: "k1", FirstName: "Ada", Email: new("ada@example.com"), Status: models.ContactAwaitingApproval,
				CreatedAt: testNow(),
			},
			CampaignStatus: models.CampaignActive, MaxAttempts: 3,
		},
		Outreach: models.Outreach{
			ID: "o1", Attempt: 1, Channel: models.ChannelPhone, State: models.OutreachPlanned, Version: 2, SendAt: testNow(),
		},
		Plan: models.OutreachVersion{
			Version: 2, Body: "Hello Ada", VoicemailText: new("Call us"), Reason: "first", Author: "ai",
		},
		Frame: models.Frame{Opening: "An automated call. "},
	}}
	list := b.request(http.MethodGet, "/api/v1/review", "").object(http.StatusOK)
	require.InDelta(t, 1, list["total"], 0)
	row := list["data"].([]any)[0].(map[string]any)
	require.Equal(t, map[string]any{"id": campaign, "name": "Spring"}, row["campaign"])
	require.Equal(t, "awaiting_approval", row["contact"].(map[string]any)["status"])
	require.Equal(t, map[string]any{
		"id": "o1", "attempt": 1.0, "version": 2.0, "approvedVersion": nil, "state": "planned", "channel": "phone",
		"sendAt": "2030-03-04T15:06:07Z", "subject": nil, "body": "Hello Ada", "voicemailText": "Call us",
		"reason": "first", "author": "ai", "opening": "An automated call. ", "closing": nil, "segments": nil,
	}, row["nextOutreach"])
	require.Equal(t, models.ReviewFilter{Page: models.Page{Number: 1, PerPage: 50}}, b.store.reviewFilter)

	b.request(http.MethodGet, "/api/v1/review?campaignId="+campaign+"&channel=phone&page=2&perPage=5", "").
		object(http.StatusOK)
	require.Equal(t, models.ReviewFilter{
		Page: models.Page{Number: 2, PerPage: 5}, CampaignID: &campaign, Channel: new(models.ChannelPhone),
	}, b.store.reviewFilter)
	for query, field := range map[string]string{
		"?campaignId=nonsense": "/query/campaignId format", "?channel=fax": "/query/channel unknown_value",
		"?status=planned": "/query/status unknown_field", "?page=0": "/query/page out_of_range",
	} {
		fields, _ := b.request(http.MethodGet, "/api/v1/review"+query, "").
			problem(http.StatusBadRequest, models.CodeMalformed)
		require.Equal(t, []string{field}, fields, query)
	}
}
