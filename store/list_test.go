package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func listCases() []testCase {
	return []testCase{
		{"ContactsPages", testContactsPages},
		{"ContactsSearch", testContactsSearch},
		{"ContactsSearchedAreThoseOfNow", testContactsSearchedNow},
		{"ContactsByChannelAndRemoved", testContactsByChannelRemoved},
		{"ContactsSort", testContactsSort},
		{"ContactsByState", testContactsByState},
		{"ContactsByStanding", testContactsByStanding},
		{"ContactsOrders", testContactsOrders},
	}
}

// listed returns the first names of the contacts that the filter leaves.
func (b *bench) listed(t *testing.T, filter models.ContactFilter) []string {
	t.Helper()
	rows, total, err := b.Contacts(t.Context(), filter)
	require.NoError(t, err)
	require.Len(t, rows, total)
	names := []string{}
	for _, row := range rows {
		names = append(names, row.FirstName)
	}
	return names
}

func testContactsPages(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	b.add(t, b.draft(t).ID, people(3)...)
	b.add(t, c.ID, people(5)...)
	b.act(t, c.ID, models.ActionRemove, person(2))
	seen := []string{}
	for page := 1; page <= 3; page++ {
		rows, total, err := b.Contacts(t.Context(), models.ContactFilter{CampaignID: c.ID, Page: models.Page{Number: page, PerPage: 2}})
		require.NoError(t, err)
		require.Equal(t, 4, total)
		for _, row := range rows {
			require.Equal(t, models.CampaignDraft, row.CampaignStatus)
			require.Equal(t, 1, row.MaxAttempts)
			require.Nil(t, row.NextOutreach)
			require.Equal(t, models.WaitGoLive, row.Waiting().Reason)
			seen = append(seen, row.FirstName)
		}
	}
	require.Equal(t, []string{"First0", "First1", "First3", "First4"}, seen)
}

func testContactsSearch(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	b.add(t, c.ID,
		models.ContactInput{FirstName: new("Ada"), LastName: new("Lovelace"), Email: new("countess@people.example"), Phone: new("+12025550101")},
		models.ContactInput{FirstName: new("Jürgen"), LastName: new("Groß"), Phone: new("+4930123456")},
		models.ContactInput{FirstName: new("Q_1"), LastName: new("100%"), Email: new("q4930+1@people.example")},
		models.ContactInput{FirstName: new("Иван"), LastName: new("Ýr Ёлкин"), Email: new("ivan@others.example")},
	)
	for search, want := range map[string][]string{
		"ada love": {"Ada"}, "LACE": {"Ada"}, "COUNTESS@": {"Ada"}, "2025550101": {"Ada"}, "+1 (202) 555-01": {"Ada"},
		"JÜRGEN": {"Jürgen"}, "jÜrgen gro": {"Jürgen"}, "ü": {"Jürgen"}, "ИВАН": {"Иван"}, "ý": {"Иван"}, "ÝR ё": {"Иван"},
		"030 12": {}, "49 30": {"Jürgen"}, "4930": {"Jürgen", "Q_1"}, "+": {"Q_1"}, "+1": {"Ada", "Jürgen", "Q_1"}, "+493": {"Jürgen"},
		"people.example": {"Ada", "Q_1"}, "Q4930+1@People": {"Q_1"}, "_": {"Q_1"}, "%": {"Q_1"}, `\`: {}, "*": {}, "ü*": {}, "[": {},
		"1": {"Ada", "Jürgen", "Q_1"}, " ": {"Ada", "Jürgen", "Q_1", "Иван"}, "": {"Ada", "Jürgen", "Q_1", "Иван"}, "nobody": {},
		// No text is looked for across what stands beside each other.
		"example ada": {}, "example\nada": {}, "0101countess": {}, "\x00": {}, strings.Repeat("a", 1001): {},
	} {
		for _, sort := range []models.ContactSort{models.SortCreatedAt, models.SortName, models.SortStatus, models.SortLastOutreachAt} {
			filter := models.ContactFilter{CampaignID: c.ID, Search: search, Sort: sort}
			require.ElementsMatch(t, want, b.listed(t, filter), "search %q by %s", search, sort)
			filter.Page = models.Page{PerPage: 1}
			rows, total, err := b.Contacts(t.Context(), filter)
			require.NoError(t, err)
			require.Len(t, want, total, "search %q by %s", search, sort)
			require.Len(t, rows, min(total, 1))
		}
	}
}

// testContactsSearchedNow says that a contact is found by what it is called now, and no more once it is removed.
func testContactsSearchedNow(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	b.add(t, c.ID, person(1), person(2))
	renamed := person(1)
	renamed.LastName = new("Hopper")
	b.add(t, c.ID, renamed)
	require.Empty(t, b.listed(t, models.ContactFilter{CampaignID: c.ID, Search: "last1"}))
	require.Equal(t, []string{"First1"}, b.listed(t, models.ContactFilter{CampaignID: c.ID, Search: "hopper"}))
	b.act(t, c.ID, models.ActionRemove, person(2))
	require.Equal(t, []string{"First1"}, b.listed(t, models.ContactFilter{CampaignID: c.ID, Search: "people.example"}))
}

// testContactsByChannelRemoved counts, over several pages, contacts by the channel of their open outreach: one that was
// removed while it was being sent to is none of them.
func testContactsByChannelRemoved(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, endsOn("2026-12-31"))
	ids := b.taken(t, c.ID, people(4)...)
	for _, id := range ids[:3] {
		b.claimed(t, b.requestOf(c.ID, id, b.plan(t, c.ID, id)))
	}
	filter := models.ContactFilter{CampaignID: c.ID, Channel: new(models.ChannelEmail), Page: models.Page{PerPage: 1}}
	for removed := range 2 {
		rows, total, err := b.Contacts(t.Context(), filter)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, 3-removed, total)
		b.act(t, c.ID, models.ActionRemove, person(removed))
		require.Equal(t, models.OutreachSubmitting, b.openOf(t, ids[removed]).State)
	}
	require.Equal(t, []string{"First2"}, b.listed(t, models.ContactFilter{CampaignID: c.ID, Channel: filter.Channel}))
}

// openOf is the contact's open outreach.
func (b *bench) openOf(t *testing.T, contactID string) models.Outreach {
	t.Helper()
	o := models.Outreach{}
	require.NoError(t, b.db.Where("contact_id = ? AND state IN ('planned', 'approved', 'submitting')", contactID).Take(&o).Error)
	return o
}

func testContactsSort(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	for i, name := range []string{"beta", "Alpha", "gamma"} {
		input := person(i)
		input.FirstName = &name
		request := b.ready(t, c.ID, input)
		if name == "gamma" {
			_, err := b.Accept(t.Context(), b.claimed(t, request), "m")
			require.NoError(t, err)
		}
		if name == "beta" {
			b.claimed(t, request)
		}
		b.clock.Advance(time.Second)
	}
	b.add(t, c.ID, models.ContactInput{FirstName: new("delta"), Email: new("delta@people.example")})

	for _, order := range []struct {
		sort       models.ContactSort
		descending bool
		want       []string
	}{
		{"", false, []string{"beta", "Alpha", "gamma", "delta"}},
		{models.SortCreatedAt, true, []string{"delta", "gamma", "Alpha", "beta"}},
		{models.SortName, false, []string{"Alpha", "beta", "delta", "gamma"}},
		{models.SortName, true, []string{"gamma", "delta", "beta", "Alpha"}},
		// In the order of a contact's life: not started, awaiting execution, executing, completed.
		{models.SortStatus, false, []string{"delta", "Alpha", "beta", "gamma"}},
		{models.SortStatus, true, []string{"gamma", "beta", "Alpha", "delta"}},
		// Who has had none stands last either way.
		{models.SortLastOutreachAt, false, []string{"gamma", "beta", "Alpha", "delta"}},
		{models.SortLastOutreachAt, true, []string{"gamma", "delta", "Alpha", "beta"}},
	} {
		filter := models.ContactFilter{CampaignID: c.ID, Sort: order.sort, Descending: order.descending}
		require.Equal(t, order.want, b.listed(t, filter), "%s %t", order.sort, order.descending)
	}
}

// testContactsByState compares the filters by status and waiting reason with what the rows themselves show, in every
// status of the campaign.
func testContactsByState(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	ids := b.taken(t, c.ID, people(4)...)
	b.plan(t, c.ID, ids[0])
	sending := b.plan(t, c.ID, ids[1])
	b.claimed(t, b.requestOf(c.ID, ids[1], sending))
	_, _, err := b.BeginPlan(t.Context(), c.ID, ids[2], "run")
	require.NoError(t, err)
	done := person(3)
	done.Status = new(models.ContactCompleted)
	b.add(t, c.ID, done, person(9))
	require.NoError(t, b.db.Exec("UPDATE contacts SET status = 'disabled', waiting_reason = 'disabled' WHERE id = ?", ids[2]).Error)

	for _, control := range []models.Control{"", models.ControlPause, models.ControlResume, models.ControlArchive} {
		if control != "" {
			b.control(t, c.ID, control)
		}
		all, total, err := b.Contacts(t.Context(), models.ContactFilter{CampaignID: c.ID})
		require.NoError(t, err)
		require.Equal(t, 5, total)
		byStatus, byReason, byChannel := map[models.ContactStatus][]string{}, map[models.WaitingReason][]string{}, []string{}
		for _, row := range all {
			byStatus[row.Shown()] = append(byStatus[row.Shown()], row.FirstName)
			if waiting := row.Waiting(); waiting != nil {
				byReason[waiting.Reason] = append(byReason[waiting.Reason], row.FirstName)
			}
			if row.NextOutreach != nil {
				require.Equal(t, row.ID, row.NextOutreach.ContactID)
				byChannel = append(byChannel, row.FirstName)
			}
		}
		for _, status := range models.ContactStatuses {
			require.ElementsMatch(t, byStatus[status], b.listed(t, models.ContactFilter{CampaignID: c.ID, Status: &status}), "%s", status)
		}
		for _, reason := range []models.WaitingReason{
			models.WaitGoLive, models.WaitIntakeQueue, models.WaitPlanner, models.WaitSendQueue, models.WaitCampaignPaused,
			models.WaitDisabled, models.WaitProof,
		} {
			require.ElementsMatch(t, byReason[reason], b.listed(t, models.ContactFilter{CampaignID: c.ID, WaitingReason: &reason}), "%s", reason)
		}
		require.ElementsMatch(t, byChannel, b.listed(t, models.ContactFilter{CampaignID: c.ID, Channel: new(models.ChannelEmail)}))
		require.Len(t, byChannel, 2)
		require.Empty(t, b.listed(t, models.ContactFilter{CampaignID: c.ID, Channel: new(models.ChannelText)}))
		b.requireProgressMatches(t, c.ID, byStatus, byReason, total)
	}
}

// requireProgressMatches says that the counts are those of the list.
func (b *bench) requireProgressMatches(
	t *testing.T, campaignID string, byStatus map[models.ContactStatus][]string, byReason map[models.WaitingReason][]string,
	total int,
) {
	t.Helper()
	progress, err := b.Progress(t.Context(), campaignID)
	require.NoError(t, err)
	require.Equal(t, total, progress.Total)
	shown := 0
	for status, n := range progress.Counts {
		require.Len(t, byStatus[status], n, "%s", status)
		shown += n
	}
	require.Equal(t, total, shown)
	require.Len(t, progress.Waiting, len(byReason))
	for reason, names := range byReason {
		require.Equal(t, len(names), progress.Waiting[reason], "%s", reason)
	}
}

// standings are all pairs of a stored status and a stored waiting reason, possible ones or not.
func standings() (all [][2]string) {
	for _, status := range models.ContactStatuses {
		if status == models.ContactCampaignPaused {
			continue
		}
		for _, reason := range append([]models.WaitingReason{""}, reasons()...) {
			all = append(all, [2]string{string(status), string(reason)})
		}
	}
	return all
}

func reasons() []models.WaitingReason {
	return []models.WaitingReason{
		models.WaitGoLive, models.WaitIntakeQueue, models.WaitPlanner, models.WaitPlannerError, models.WaitBeforeStart,
		models.WaitScheduledTime, models.WaitNextAttempt, models.WaitStartOutreaches, models.WaitApproval, models.WaitWindow,
		models.WaitFrequencyCap, models.WaitSendQueue, models.WaitProviderLimit, models.WaitProviderAuth,
		models.WaitProviderDown, models.WaitProof, models.WaitOutcome, models.WaitReply, models.WaitCampaignPaused,
		models.WaitCampaignEnded, models.WaitDisabled, models.WaitLedgerBehind,
	}
}

// standAll gives each standing to one of a campaign's contacts.
func (b *bench) standAll(t *testing.T, campaignID string) int {
	t.Helper()
	all := standings()
	added := b.add(t, campaignID, people(len(all))...)
	for i, standing := range all {
		require.NoError(t, b.db.Exec("UPDATE contacts SET status = ?, waiting_reason = NULLIF(?, '') WHERE id = ?",
			standing[0], standing[1], added.Results[i].ContactID).Error)
	}
	return len(all)
}

// testContactsByStanding compares, for whatever a row may hold, filters and counts with what the row is shown to be.
func testContactsByStanding(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	n := b.standAll(t, c.ID)
	page := models.Page{PerPage: models.MaxPerPage}
	for _, status := range []models.CampaignStatus{
		models.CampaignDraft, models.CampaignActive, models.CampaignPaused, models.CampaignArchived,
	} {
		for _, endDate := range []*string{nil, new("2026-03-01")} { // the clock says 2026-03-02
			require.NoError(t, b.db.Exec("UPDATE campaigns SET status = ?, end_date = ? WHERE id = ?", status, endDate, c.ID).Error)
			all, total, err := b.Contacts(t.Context(), models.ContactFilter{CampaignID: c.ID, Page: page})
			require.NoError(t, err)
			require.Len(t, all, n)
			require.Equal(t, n, total)
			byStatus, byReason := map[models.ContactStatus][]string{}, map[models.WaitingReason][]string{}
			for _, row := range all {
				byStatus[row.Shown()] = append(byStatus[row.Shown()], row.FirstName)
				if waiting := row.Waiting(); waiting != nil {
					byReason[waiting.Reason] = append(byReason[waiting.Reason], row.FirstName)
				}
			}
			for _, shown := range models.ContactStatuses {
				filter := models.ContactFilter{CampaignID: c.ID, Page: page, Status: &shown}
				require.Equal(t, orNone(byStatus[shown]), b.listed(t, filter), "%s %s", status, shown)
			}
			for _, reason := range reasons() {
				filter := models.ContactFilter{CampaignID: c.ID, Page: page, WaitingReason: &reason}
				require.Equal(t, orNone(byReason[reason]), b.listed(t, filter), "%s %s", status, reason)
				filter.Search = "person" // which leaves everybody, by the way that searches are read
				require.Equal(t, orNone(byReason[reason]), b.listed(t, filter), "%s %s", status, reason)
			}
			b.requireProgressMatches(t, c.ID, byStatus, byReason, n)
		}
	}
}

func orNone(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}

// testContactsOrders reads lists in each order, page by page: nobody is missing, nobody comes twice, and pages that are read
// another way, through a search that leaves everybody, are the same.
func testContactsOrders(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	n := b.standAll(t, c.ID)
	require.NoError(t, b.db.Exec("UPDATE contacts SET last_outreach_at = added_at WHERE email LIKE '%3@%' OR email LIKE '%7@%'").Error)
	statuses := []models.CampaignStatus{models.CampaignActive, models.CampaignPaused}
	if raced {
		statuses = statuses[:1]
	}
	for _, status := range statuses {
		require.NoError(t, b.db.Exec("UPDATE campaigns SET status = ? WHERE id = ?", status, c.ID).Error)
		for _, sort := range []models.ContactSort{
			models.SortCreatedAt, models.SortName, models.SortStatus, models.SortLastOutreachAt,
		} {
			for _, descending := range []bool{false, true} {
				for _, shown := range []*models.ContactStatus{nil, new(models.ContactPlanning), new(models.ContactCampaignPaused)} {
					filter := models.ContactFilter{
						CampaignID: c.ID, Sort: sort, Descending: descending, Status: shown, Page: models.Page{PerPage: models.MaxPerPage},
					}
					whole := b.listed(t, filter)
					if shown == nil {
						require.Len(t, whole, n)
					}
					searched := filter
					searched.Search = "person"
					require.Equal(t, whole, b.listed(t, searched), "%s %t", sort, descending)
					pages := []string{}
					for number := 1; number <= len(whole)/37+2; number++ {
						filter.Page = models.Page{Number: number, PerPage: 37}
						rows, total, err := b.Contacts(t.Context(), filter)
						require.NoError(t, err)
						require.Len(t, whole, total)
						for _, row := range rows {
							pages = append(pages, row.FirstName)
						}
					}
					require.Equal(t, whole, pages, "%s %t", sort, descending)
				}
			}
		}
	}
}
