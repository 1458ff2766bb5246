package api_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

const suppressionsPath = "/api/v1/suppressions"

func TestAddSuppression(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][3]string{
		`{"channel":"email","address":" Ada@Example.com "}`:                        {"email", "ada@example.com", "manual"},
		`{"channel":"text","address":"(202) 555-0143","reason":"opt_out"}`:         {"text", "+12025550143", "opt_out"},
		`{"channel":"phone","address":"+49 30 901820","reason":"dead_number"}`:     {"phone", "+4930901820", "dead_number"},
		`{"channel":"all","address":"ADA@example.com","reason":"complaint"}`:       {"all", "ada@example.com", "complaint"},
		`{"channel":"all","address":"+1 202 555 0143","reason":"unsubscribe"}`:     {"all", "+12025550143", "unsubscribe"},
		`{"channel":"email","address":"ada@example.com","reason":"bounce"}`:        {"email", "ada@example.com", "bounce"},
		`{"channel":"email","address":"ada@bücher.example","reason":"manual"}`:     {"email", "ada@xn--bcher-kva.example", "manual"},
		`{"channel":"text","address":"442079460958","reason":"manual"}`:            {"text", "+442079460958", "manual"},
		`{"channel":"phone","address":"tel:+1-202-555-0143","reason":"manual"}`:    {"phone", "+12025550143", "manual"},
		`{"channel":"email","address":"mailto:ada@example.com","reason":"bounce"}`: {"email", "ada@example.com", "bounce"},
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			object := b.request(http.MethodPost, suppressionsPath, body).object(http.StatusCreated)
			require.Equal(t, map[string]any{
				"id": b.store.suppressions[0].ID, "channel": want[0], "address": want[1], "reason": want[2], "source": "api",
				"createdAt": "2030-03-04T15:06:07Z",
			}, object)
		})
	}
}

func TestAddSuppressionIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for body, field := range map[string]string{
		`{"channel":"email"}`:                                       "/address required",
		`{"address":"ada@example.com"}`:                             "/channel required",
		`{"channel":"fax","address":"1"}`:                           "/channel unknown_value",
		`{"channel":"email","address":7}`:                           "/address wrong_type",
		`{"channel":"email","address":null}`:                        "/address wrong_type",
		`{"channel":"email","address":"a@b.example","reason":"x"}`:  "/reason unknown_value",
		`{"channel":"email","address":"a@b.example","source":"me"}`: "/source unknown_field",
	} {
		fields, _ := b.request(http.MethodPost, suppressionsPath, body).problem(http.StatusBadRequest, models.CodeMalformed)
		require.Equal(t, []string{field}, fields, body)
	}
	for body, field := range map[string]string{
		`{"channel":"email","address":"+12025550143"}`:   "/address invalid_email",
		`{"channel":"text","address":"ada@example.com"}`: "/address invalid_phone",
		`{"channel":"all","address":"12"}`:               "/address invalid_phone",
		`{"channel":"all","address":"ada@"}`:             "/address invalid_email",
		`{"channel":"phone","address":""}`:               "/address empty",
	} {
		fields, detail := b.request(http.MethodPost, suppressionsPath, body).
			problem(http.StatusUnprocessableEntity, models.CodeInvalid)
		require.Equal(t, []string{field}, fields, body)
		require.NotContains(t, detail, "ada")
	}
	require.Zero(t, b.store.written())
	require.Zero(t, b.store.timesSwept())
}

// A suppression holds once it is answered; contacts with the address are told after that, page by page.
func TestSuppressionsAreSwept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.sweeps = [][]models.Wake{
		{{CampaignID: "c", ContactID: "k", Revision: 2}}, {{CampaignID: "d", ContactID: "l", Revision: 4}},
	}
	b.store.sweepWaits = make(chan struct{})
	post := func() {
		b.request(http.MethodPost, suppressionsPath, `{"channel":"email","address":"ada@example.com"}`).object(http.StatusCreated)
	}
	post()
	require.Empty(t, b.workflows.heard(), "it is answered before anybody is told")
	require.Eventually(t, func() bool { return b.store.timesSwept() == 1 }, 5*time.Second, time.Millisecond)
	// While one sweep is going on, others make it look once more.
	post()
	post()
	require.Equal(t, 1, b.store.timesSwept())
	close(b.store.sweepWaits)
	require.Eventually(t, func() bool {
		return slices.Equal(b.workflows.heard(), []string{"wake campaign/c/contact/k 2", "wake campaign/d/contact/l 4"}) &&
			b.store.timesSwept() == 3
	}, 5*time.Second, time.Millisecond)
	// The next begins anew.
	post()
	require.Eventually(t, func() bool { return b.store.timesSwept() == 4 }, 5*time.Second, time.Millisecond)
}

func TestSweepThatFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.sweepFails = errors.New("busy")
	b.request(http.MethodPost, suppressionsPath, `{"channel":"email","address":"ada@example.com"}`).
		object(http.StatusCreated)
	require.Eventually(t, func() bool { return b.store.timesSwept() == 1 }, 5*time.Second, time.Millisecond)
}

func TestListSuppressions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.suppressions = []models.Suppression{{
		ID: "s1", Channel: models.SuppressAll, Reason: models.SuppressedOptOut, Source: "reply",
		CreatedAt: testNow().In(time.FixedZone("", 3600)),
	}}
	list := b.request(http.MethodGet, suppressionsPath, "").object(http.StatusOK)
	require.Equal(t, map[string]any{
		"data": []any{map[string]any{
			"id": "s1", "channel": "all", "address": nil, "reason": "opt_out", "source": "reply",
			"createdAt": "2030-03-04T15:06:07Z",
		}},
		"page": 1.0, "perPage": 50.0, "total": 1.0,
	}, list)
	b.request(http.MethodGet, suppressionsPath+"?channel=text&search=555&page=2&perPage=7", "").object(http.StatusOK)
	require.Equal(t, models.SuppressionFilter{
		Page: models.Page{Number: 2, PerPage: 7}, Search: "555", Channel: new(models.SuppressionChannel("text")),
	}, b.store.suppressionFilter)
	for query, field := range map[string]string{
		"?channel=fax": "/query/channel unknown_value", "?perPage=201": "/query/perPage out_of_range",
		"?reason=manual": "/query/reason unknown_field",
	} {
		fields, _ := b.request(http.MethodGet, suppressionsPath+query, "").
			problem(http.StatusBadRequest, models.CodeMalformed)
		require.Equal(t, []string{field}, fields)
	}
}

// To lift a suppression lets people be contacted who may have asked not to be.
func TestDeleteSuppression(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := newID()
	b.store.suppressions = []models.Suppression{{ID: id, Channel: models.SuppressAll, Address: new("ada@example.com")}}
	administrator := withKey(b.keys[models.RoleAdministrator])
	b.request(http.MethodDelete, suppressionsPath+"/"+id, "").problem(http.StatusForbidden, models.CodeForbidden)
	require.Len(t, b.store.suppressions, 1)
	require.Equal(t, http.StatusNoContent, b.request(http.MethodDelete, suppressionsPath+"/"+id, "", administrator).status)
	require.Empty(t, b.store.suppressions)
	for _, gone := range []string{id, newID(), "nonsense"} {
		b.request(http.MethodDelete, suppressionsPath+"/"+gone, "", administrator).
			problem(http.StatusNotFound, models.CodeNotFound)
	}
}
