package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"beckon/models"
)

func campaignCases() []testCase {
	return []testCase{
		{"CreateCampaign", testCreateCampaign},
		{"CampaignNotFound", testCampaignNotFound},
		{"CampaignsPages", testCampaignsPages},
		{"CampaignsFilters", testCampaignsFilters},
		{"CampaignsSearch", testCampaignsSearch},
	}
}

func testCreateCampaign(t *testing.T, b *bench) {
	t.Helper()

	at := time.Date(2026, time.April, 1, 9, 0, 0, 123456789, time.FixedZone("CEST", 7200))
	c := b.draft(t, func(c *models.Campaign) {
		c.Name, c.Instructions, c.Timezone, c.DefaultRegion = "Überblick", "Be kind.", "Europe/Berlin", "DE"
		c.Channels = []models.Channel{models.ChannelText, models.ChannelEmail}
		c.StartDate, c.EndDate, c.ScheduledAt = new("2026-04-01"), new("2026-05-31"), &at
		c.ExecutionMode, c.ManualReview = models.ModeScheduled, true
		c.Status, c.Revision, c.LiveAt = models.CampaignActive, 7, &at // not for the caller to say
	})

	id, err := uuid.Parse(c.ID)
	require.NoError(t, err)
	require.Equal(t, uuid.Version(7), id.Version())
	require.Equal(t, models.CampaignDraft, c.Status)
	require.EqualValues(t, 1, c.Revision)

	row, err := b.Campaign(t.Context(), c.ID)
	require.NoError(t, err)
	requireTime(t, at.Truncate(time.Microsecond), *row.ScheduledAt)
	requireTime(t, c.CreatedAt, row.CreatedAt)
	requireTime(t, row.CreatedAt, row.UpdatedAt)
	require.Nil(t, row.LiveAt)
	require.Nil(t, row.ArchivedAt)
	require.Equal(t, "Überblick", row.Name)
	require.Equal(t, []models.Channel{models.ChannelText, models.ChannelEmail}, row.Channels)
	require.Equal(t, c.Sender, row.Sender)
	require.Equal(t, "2026-04-01", *row.StartDate)
	require.Equal(t, "2026-05-31", *row.EndDate)
	require.Equal(t, []any{"Be kind.", "Europe/Berlin", "DE", models.ModeScheduled, true, 1, 24},
		[]any{row.Instructions, row.Timezone, row.DefaultRegion, row.ExecutionMode, row.ManualReview, row.MaxAttempts,
			row.MinHoursBetweenAttempts})
	require.Zero(t, row.ContactCount)
	require.False(t, b.pending(t, c.ID))

	b.add(t, c.ID, people(3)...)
	b.act(t, c.ID, models.ActionRemove, person(1))
	row, err = b.Campaign(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, 2, row.ContactCount)
}

func testCampaignNotFound(t *testing.T, b *bench) {
	t.Helper()

	known := b.draft(t).ID
	for _, id := range []string{unknownID, "", "nonsense", strings.ToUpper(known), "{" + known + "}", known + " "} {
		_, err := b.Campaign(t.Context(), id)
		requireCode(t, models.CodeNotFound, err)
		_, _, err = b.UpdateCampaign(t.Context(), id, func(*models.Campaign) error { return nil })
		requireCode(t, models.CodeNotFound, err)
		_, err = b.Control(t.Context(), id, models.ControlGoLive, models.ControlOptions{})
		requireCode(t, models.CodeNotFound, err)
		_, err = b.AddContacts(t.Context(), id, models.ActionUpsert, models.SourceAPI, people(1))
		requireCode(t, models.CodeNotFound, err)
		_, err = b.ImportContacts(t.Context(), &models.Import{CampaignID: id, Source: models.SourceCSV}, readRows(people(1)))
		requireCode(t, models.CodeNotFound, err)
		requireCode(t, models.CodeNotFound, b.RefuseImport(t.Context(), &models.Import{CampaignID: id}))
		_, _, err = b.Imports(t.Context(), id, models.Page{Number: 1, PerPage: 10})
		requireCode(t, models.CodeNotFound, err)
		_, err = b.Import(t.Context(), id, unknownID)
		requireCode(t, models.CodeNotFound, err)
		_, _, err = b.Contacts(t.Context(), models.ContactFilter{CampaignID: id})
		requireCode(t, models.CodeNotFound, err)
		_, err = b.Progress(t.Context(), id)
		requireCode(t, models.CodeNotFound, err)
		_, err = b.LookCampaign(t.Context(), id)
		requireCode(t, models.CodeNotFound, err)
		_, err = b.TakeContacts(t.Context(), id, "key", 1)
		requireCode(t, models.CodeNotFound, err)
		_, _, err = b.FanOutPage(t.Context(), id, "", 1)
		requireCode(t, models.CodeNotFound, err)
	}
}

func testCampaignsPages(t *testing.T, b *bench) {
	t.Helper()

	ids := []string{}
	for range 5 {
		ids = append([]string{b.draft(t).ID}, ids...)
	}
	b.add(t, ids[1], people(2)...)
	seen := []string{}
	for page := 1; page <= 3; page++ {
		rows, total, err := b.Campaigns(t.Context(), models.CampaignFilter{Page: models.Page{Number: page, PerPage: 2}})
		require.NoError(t, err)
		require.Equal(t, 5, total)
		for _, row := range rows {
			seen = append(seen, row.ID)
			if row.ID == ids[1] {
				require.Equal(t, 2, row.ContactCount)
			} else {
				require.Zero(t, row.ContactCount)
			}
		}
	}
	require.Equal(t, ids, seen, "newest first, each once")

	rows, total, err := b.Campaigns(t.Context(), models.CampaignFilter{Page: models.Page{Number: 1 << 62, PerPage: 200}})
	require.NoError(t, err)
	require.Equal(t, 5, total)
	require.Empty(t, rows)
	require.NotNil(t, rows)
}

// names lists the names of the campaigns that the filter leaves.
func (b *bench) names(t *testing.T, filter models.CampaignFilter) []string {
	t.Helper()
	rows, total, err := b.Campaigns(t.Context(), filter)
	require.NoError(t, err)
	require.Len(t, rows, total)
	names := []string{}
	for _, row := range rows {
		names = append(names, row.Name)
	}
	return names
}

func named(name string) func(*models.Campaign) { return func(c *models.Campaign) { c.Name = name } }

func testCampaignsFilters(t *testing.T, b *bench) {
	t.Helper()

	first := b.draft(t, named("draft"))
	b.clock.Advance(time.Hour)
	b.live(t, named("live"))
	b.draft(t, named("text"), func(c *models.Campaign) { c.Channels = []models.Channel{models.ChannelText, models.ChannelPhone} })
	b.control(t, b.draft(t, named("old")).ID, models.ControlArchive)

	require.Equal(t, []string{"text", "live", "draft"}, b.names(t, models.CampaignFilter{}))
	require.Equal(t, []string{"old"}, b.names(t, models.CampaignFilter{Archived: true}))
	require.Equal(t, []string{"live"}, b.names(t, models.CampaignFilter{Status: new(models.CampaignActive)}))
	require.Equal(t, []string{"text"}, b.names(t, models.CampaignFilter{Channel: new(models.ChannelPhone)}))
	require.Equal(t, []string{"live", "draft"}, b.names(t, models.CampaignFilter{Channel: new(models.ChannelEmail)}))
	later := first.CreatedAt.Add(time.Microsecond).In(time.FixedZone("far", -11*3600))
	require.Equal(t, []string{"text", "live"}, b.names(t, models.CampaignFilter{CreatedFrom: &later}))
	require.Equal(t, []string{"draft"}, b.names(t, models.CampaignFilter{CreatedTo: &later}))
}

func testCampaignsSearch(t *testing.T, b *bench) {
	t.Helper()

	for _, name := range []string{"Über_uns 50%", "Plain", `back\slash`, "star*[x]?", "ΣΟΦΙΑ"} {
		b.draft(t, named(name))
	}
	for search, want := range map[string][]string{
		"über":       {"Über_uns 50%"},
		"PLAIN":      {"Plain"},
		" lai ":      {"Plain"},
		"σοφια":      {"ΣΟΦΙΑ"},
		"_":          {"Über_uns 50%"},
		"%":          {"Über_uns 50%"},
		`\`:          {`back\slash`},
		"*":          {"star*[x]?"},
		"?":          {"star*[x]?"},
		"[X]":        {"star*[x]?"},
		"l_in":       {},
		"P*n":        {},
		"a\x00b":     {},
		"\xff":       {},
		"nobody":     {},
		"'; DROP --": {},

		strings.Repeat("a", 100_000): {},
	} {
		require.Equal(t, want, b.names(t, models.CampaignFilter{Search: search}), "search %.20q", search)
	}
	require.Len(t, b.names(t, models.CampaignFilter{Search: "  "}), 5)
}

func updateCampaignCases() []testCase {
	return []testCase{
		{"UpdateCampaign", testUpdateCampaign},
		{"UpdateCampaignRefused", testUpdateCampaignRefused},
		{"UpdateCampaignDropsChannel", testUpdateCampaignDropsChannel},
		{"UpdateCampaignMovesEnd", testUpdateCampaignMovesEnd},
	}
}

func testUpdateCampaign(t *testing.T, b *bench) {
	t.Helper()

	at := time.Date(2026, time.April, 1, 9, 0, 0, 0, time.UTC)
	c := b.live(t)
	_, _, err := b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error { c.ScheduledAt = &at; return nil })
	require.NoError(t, err)
	b.add(t, c.ID, people(2)...)
	before := b.campaign(t, c.ID)
	b.clock.Advance(time.Minute)

	row, wake, err := b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error {
		c.Name, c.Sender.ReplyTo = "Renamed", "desk@clinic.example"
		c.ID, c.Status, c.Revision, c.CreatedAt = unknownID, models.CampaignDraft, 99, time.Time{} // no settings
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, "Renamed", row.Name)
	require.Equal(t, 2, row.ContactCount)
	after := b.campaign(t, c.ID)
	require.Equal(t, models.Wake{CampaignID: c.ID, Revision: after.Revision}, wake)
	require.Equal(t, before.Revision+1, after.Revision)
	require.Equal(t, before.SettingsRevision+1, after.SettingsRevision)
	require.Equal(t, "desk@clinic.example", after.Sender.ReplyTo)
	require.Equal(t, models.CampaignActive, after.Status)
	requireTime(t, before.CreatedAt, after.CreatedAt)
	require.True(t, after.UpdatedAt.After(before.UpdatedAt))

	for name, change := range map[string]func(*models.Campaign) error{
		"nothing":        func(*models.Campaign) error { return nil },
		"the same again": func(c *models.Campaign) error { c.Name = "Renamed"; return nil },
		"the same instant": func(c *models.Campaign) error {
			c.ScheduledAt = new(at.Add(time.Nanosecond).In(time.FixedZone("CEST", 7200)))
			return nil
		},
		"no setting": func(c *models.Campaign) error { c.Revision = 1000; return nil },
	} {
		_, wake, err = b.UpdateCampaign(t.Context(), c.ID, change)
		require.NoError(t, err, name)
		require.Empty(t, wake, name)
		require.Equal(t, after.Revision, b.campaign(t, c.ID).Revision, name)
	}

	// What a field points at counts too.
	_, _, err = b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error { c.EndDate = new("2026-06-01"); return nil })
	require.NoError(t, err)
	_, wake, err = b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error {
		*c.EndDate, c.Channels[0] = "2026-07-01", models.ChannelText
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, wake)
	require.Equal(t, "2026-07-01", *b.campaign(t, c.ID).EndDate)
	require.Equal(t, models.ChannelText, b.campaign(t, c.ID).Channels[0])
}

func testUpdateCampaignRefused(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	refusal := errors.New("no")
	_, _, err := b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error { c.Name = "x"; return refusal })
	require.ErrorIs(t, err, refusal)
	require.Equal(t, "Spring check-ups", b.campaign(t, c.ID).Name)

	b.control(t, c.ID, models.ControlArchive)
	_, _, err = b.UpdateCampaign(t.Context(), c.ID, func(*models.Campaign) error {
		t.Error("an archived campaign must not be changed")
		return nil
	})
	requireCode(t, models.CodeCampaignArchived, err)
}

func testUpdateCampaignDropsChannel(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, models.ContactInput{Email: new("a@people.example"), Phone: new("+12025550101")})
	_, _, err := b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error {
		c.Channels = []models.Channel{models.ChannelText}
		return nil
	})
	require.NoError(t, err)

	step, claim, _, err := b.Claim(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, claim, "the campaign has no e-mail any more")
	require.Equal(t, models.DoPlan, step.Do)
	require.Equal(t, models.ChannelText, step.Channel)
	require.Equal(t, models.OutreachSuperseded, b.outreach(t, request.OutreachID).State)
}

func testUpdateCampaignMovesEnd(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, endsOn("2026-03-03"))
	b.clock.Advance(48 * time.Hour)
	require.True(t, b.add(t, c.ID, people(1)...).Signal)
	view, err := b.LookCampaign(t.Context(), c.ID)
	require.NoError(t, err)
	require.False(t, view.Untaken, "an ended campaign takes nobody in")
	require.Empty(t, b.take(t, c.ID))
	require.True(t, b.pending(t, c.ID), "the flag stays")

	_, wake, err := b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error { c.EndDate = new("2026-03-31"); return nil })
	require.NoError(t, err)
	require.NotEmpty(t, wake)
	view, err = b.LookCampaign(t.Context(), c.ID)
	require.NoError(t, err)
	require.True(t, view.Untaken)
	require.Equal(t, wake.Revision, view.Revision)
	require.Len(t, b.take(t, c.ID), 1)
	require.False(t, b.pending(t, c.ID))
}
