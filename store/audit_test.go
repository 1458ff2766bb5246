package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func auditCases() []testCase {
	return []testCase{
		{"AuditIsAppendOnly", testAuditAppendOnly},
		{"AuditRecordsWhatChanged", testAuditWhatChanged},
		{"AuditFilters", testAuditFilters},
		{"AuditCheck", testAuditCheck},
		{"AuditSignalled", testAuditSignalled},
		{"AuditGuardrails", testAuditGuardrails},
	}
}

// audited are the records of a filter, the oldest first.
func (b *bench) audited(t require.TestingT, filter models.AuditFilter) []models.AuditRecord {
	records, total, err := b.AuditRecords(ctx(t), filter)
	require.NoError(t, err)
	require.GreaterOrEqual(t, total, len(records))
	slices.Reverse(records)
	return records
}

func actionsOf(records []models.AuditRecord) []models.AuditAction {
	actions := make([]models.AuditAction, 0, len(records))
	for i := range records {
		actions = append(actions, records[i].Action)
	}
	return actions
}

func testAuditAppendOnly(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	records := b.audited(t, models.AuditFilter{CampaignID: &c.ID})
	require.Equal(t, []models.AuditAction{models.AuditCreateCampaign}, actionsOf(records))
	copied := "INTO audit_records (id, at, action, actor_kind, actor_name, detail) " +
		"SELECT id, at, action, actor_kind, actor_name, detail FROM audit_records WHERE true"
	statements := []string{
		"UPDATE audit_records SET actor_name = 'nobody'", "DELETE FROM audit_records",
		"UPDATE audit_records SET detail = '{}' WHERE id = '" + records[0].ID + "'",
	}
	if b.db.Name() == "sqlite" {
		statements = append(statements, "INSERT OR REPLACE "+copied)
	} else {
		statements = append(statements, "TRUNCATE audit_records",
			"INSERT "+copied+" ON CONFLICT (id) DO UPDATE SET actor_name = 'nobody'")
	}
	for _, statement := range statements {
		require.ErrorContains(t, b.db.Exec(statement).Error, "append-only", statement)
	}
	require.Equal(t, records, b.audited(t, models.AuditFilter{CampaignID: &c.ID}))
}

// testAuditWhatChanged says that a change leaves one record with who did it, and that what changes nothing leaves none.
func testAuditWhatChanged(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	ada := as(t.Context(), "ada")
	set := func(objective string) {
		t.Helper()
		_, _, err := b.UpdateCampaign(ada, c.ID, func(c *models.Campaign) error {
			c.Objective, c.Sender.FromName = objective, objective
			return nil
		})
		require.NoError(t, err)
	}
	set("Another.")
	set("Another.")
	b.control(t, c.ID, models.ControlGoLive)
	b.control(t, c.ID, models.ControlGoLive)
	_, err := b.Control(ada, c.ID, models.ControlResume, models.ControlOptions{})
	require.NoError(t, err, "active already")
	_, err = b.Control(ada, c.ID, models.ControlStartOutreaches, models.ControlOptions{})
	requireCode(t, models.CodeWrongMode, err)
	records := b.audited(t, models.AuditFilter{CampaignID: &c.ID})
	require.Equal(t, []models.AuditAction{models.AuditCreateCampaign, models.AuditUpdateCampaign, models.AuditGoLive},
		actionsOf(records))
	update := records[1]
	require.Equal(t, []string{"objective", "sender"}, update.Detail.Fields)
	require.Equal(t, []any{models.ActorAPIKey, unknownID, "ada"}, []any{update.ActorKind, *update.ActorID, update.ActorName})

	id := b.add(t, c.ID, person(1), person(2)).Results[0].ContactID
	rename := func(name string) {
		t.Helper()
		_, err := b.UpdateContact(ada, c.ID, id, func(c *models.Contact) error {
			c.FirstName = name
			c.Properties = map[string]any{"note": name}
			return nil
		})
		require.NoError(t, err)
	}
	rename("Grace")
	rename("Grace")
	require.Equal(t, []string{"firstName", "contactMetadata"},
		b.audited(t, models.AuditFilter{ContactID: &id})[0].Detail.Fields)
	for range 2 {
		_, err = b.AddSuppression(ada, "email", "grace@people.example", models.SuppressedOptOut, "api")
		require.NoError(t, err)
	}
	suppressions := b.audited(t, models.AuditFilter{Action: new(models.AuditAddSuppression)})
	require.Len(t, suppressions, 1)
	require.Equal(t, map[string]string{"channel": "email", "reason": "opt_out"}, suppressions[0].Detail.Codes)
	require.Len(t, b.audited(t, models.AuditFilter{ContactID: &id}), 1)
}

func testAuditFilters(t *testing.T, b *bench) {
	t.Helper()

	one, other := b.draft(t), b.draft(t)
	b.clock.Advance(time.Hour)
	noon := b.clock.Now()
	b.control(t, one.ID, models.ControlGoLive)
	b.control(t, one.ID, models.ControlPause)
	require.NoError(t, b.RecordAudit(as(t.Context(), "eve"), models.AuditRecord{Action: models.AuditExportAudit}))

	count := func(filter models.AuditFilter) int {
		t.Helper()
		records := b.audited(t, filter)
		each := []string{}
		require.NoError(t, b.EachAuditRecord(t.Context(), filter, func(page []models.AuditRecord) error {
			for i := range page {
				each = append(each, page[i].ID)
			}
			return nil
		}))
		require.Len(t, each, len(records))
		return len(records)
	}
	require.Equal(t, 5, count(models.AuditFilter{}))
	require.Equal(t, 3, count(models.AuditFilter{CampaignID: &one.ID}))
	require.Equal(t, 1, count(models.AuditFilter{CampaignID: &other.ID}))
	require.Equal(t, 2, count(models.AuditFilter{ActorKind: new(models.ActorSystem)}))
	require.Equal(t, 3, count(models.AuditFilter{ActorID: new(unknownID)}))
	require.Equal(t, 3, count(models.AuditFilter{From: &noon}))
	require.Equal(t, 2, count(models.AuditFilter{To: &noon}))
	require.Equal(t, 1, count(models.AuditFilter{Action: new(models.AuditPause)}))
	require.Zero(t, count(models.AuditFilter{ContactID: new("nonsense")}))

	page, total, err := b.AuditRecords(t.Context(), models.AuditFilter{Page: models.Page{Number: 2, PerPage: 2}})
	require.NoError(t, err)
	require.Equal(t, 5, total)
	require.Equal(t, []models.AuditAction{models.AuditGoLive, models.AuditCreateCampaign}, actionsOf(page), "newest first")
}

// testAuditCheck says that the log takes neither an action that is not listed nor what could be personal data.
func testAuditCheck(t *testing.T, b *bench) {
	t.Helper()

	for _, record := range []models.AuditRecord{
		{Action: "invent"},
		{Action: models.AuditPause, Detail: models.AuditDetail{Fields: []string{"ada@people.example"}}},
		{Action: models.AuditPause, Detail: models.AuditDetail{Codes: map[string]string{"phone": "+12025550101"}}},
		{Action: models.AuditPause, Detail: models.AuditDetail{Codes: map[string]string{"name": "Ada Lovelace"}}},
		{Action: models.AuditPause, Detail: models.AuditDetail{Counts: map[string]int{"Ada Lovelace": 1}}},
	} {
		requireCode(t, models.CodeInternal, b.RecordAudit(t.Context(), record))
	}
	require.Empty(t, b.audited(t, models.AuditFilter{}))
}

func testAuditSignalled(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	signal := models.WithActor(t.Context(), models.Actor{Kind: models.ActorSignal, Name: "signal"})
	for range 2 {
		_, err := b.Control(signal, c.ID, models.ControlPause, models.ControlOptions{
			Signal: &models.SignalKey{RunID: "run/pause", Number: 1},
		})
		require.NoError(t, err)
	}
	require.Len(t, b.audited(t, models.AuditFilter{ActorKind: new(models.ActorSignal)}), 1)
	require.Equal(t, "paused by signal", *b.campaign(t, c.ID).PauseReason)
}

func testAuditGuardrails(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, guarded(5, 5, 1))
	ids := b.sendMany(t, models.ChannelEmail, c.ID, 0, 1)
	b.report(t, models.EventBounced, ids...)
	records := b.audited(t, models.AuditFilter{CampaignID: &c.ID, Action: new(models.AuditPause)})
	require.Len(t, records, 1)
	require.Equal(t, []any{models.ActorSystem, "guardrails"}, []any{records[0].ActorKind, records[0].ActorName})
}
