package store_test

import (
	"database/sql"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"beckon/models"
	"beckon/store"
	"beckon/store/crowd"
)

// fill gives the campaign many contacts.
func (b *bench) fill(t *testing.T, campaignID string, contacts int) {
	t.Helper()
	pool, err := b.db.DB()
	require.NoError(t, err)
	require.NoError(t, crowd.Fill(t.Context(), pool, b.Dialect(), campaignID, contacts))
}

// many contacts have a campaign whose queries are looked at.
const many = 10_000

// statement is one that the store ran.
type statement struct {
	text   string
	values []any
}

// TestQueryPlans says that lists, counts, details, figures and the review queue of a campaign of many read no table from
// end to end, on either database.
func TestQueryPlans(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d dialect) {
		t.Helper()
		address, clock := d.url(t), newClock()
		ran := []statement{}
		s, err := store.Open(t.Context(), store.Options{
			URL: address, Now: clock.Now,
			Statements: func(text string, values []any) { ran = append(ran, statement{text, values}) },
		})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		b := &bench{Store: s, db: look(t, address), clock: clock}
		c := b.live(t, followUp, channels(models.ChannelEmail, models.ChannelText, models.ChannelPhone))
		b.fill(t, c.ID, sized(many))
		pool, err := b.db.DB()
		require.NoError(t, err)
		for name, read := range reads(t, b, c.ID) {
			ran = ran[:0]
			require.NoError(t, read(), name)
			require.NotEmpty(t, ran, name)
			for _, each := range ran {
				plan := explain(t, pool, d.name, each)
				require.Empty(t, readWhole(d.name, plan), "%s: %s\n%s", name, each.text, plan)
				if strings.HasPrefix(name, "search") && strings.Contains(each.text, "search_text") {
					require.Contains(t, plan, "ix_contacts_list", "%s: %s", name, each.text)
				}
			}
		}
		// Whoever writes to the installation has this asked, in a transaction that writes.
		hashes := secretOf(t, testSecret).ErasedAddresses("+12025559999")
		asked := b.db.Session(&gorm.Session{DryRun: true}).Raw(store.KnowsErased, hashes, hashes).Find(&[]map[string]any{}).Statement
		plan := explain(t, pool, d.name, statement{asked.SQL.String(), asked.Vars})
		require.Empty(t, readWhole(d.name, plan), plan)
		b.requireSearchedAlike(t, c.ID)
	})
}

// requireSearchedAlike says that a list that is searched for what all of many have is the list, in each of its orders, on
// pages near and far.
func (b *bench) requireSearchedAlike(t *testing.T, campaignID string) {
	t.Helper()
	ids := func(filter models.ContactFilter) (ids []string) {
		rows, total, err := b.Contacts(t.Context(), filter)
		require.NoError(t, err)
		require.Equal(t, sized(many), total)
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		return ids
	}
	for _, sort := range []models.ContactSort{models.SortCreatedAt, models.SortName, models.SortStatus, models.SortLastOutreachAt} {
		for _, number := range []int{1, 7, 60, 200, 201} {
			for _, descending := range []bool{false, true} {
				filter := models.ContactFilter{
					CampaignID: campaignID, Sort: sort, Descending: descending, Page: models.Page{Number: number, PerPage: 50},
				}
				searched := filter
				searched.Search = crowd.Domain
				require.Equal(t, ids(filter), ids(searched), "%s, page %d", sort, number)
			}
		}
	}
}

// readWhole lists the steps of a plan that read a table from end to end. SQLite names a table by its alias; what it reads
// USING an index it has reason to.
func readWhole(dialect, plan string) (steps []string) {
	tables := "(contacts|outreaches|outreach_versions|events|replies)"
	step := regexp.MustCompile(`Seq Scan on ` + tables)
	if dialect == "sqlite" {
		step = regexp.MustCompile(`^SCAN (` + tables + `|[cover])( |$)`)
	}
	for line := range strings.Lines(plan) {
		line = strings.TrimSpace(line)
		if step.MatchString(line) && !strings.Contains(line, "USING") {
			steps = append(steps, line)
		}
	}
	return steps
}

// explain is the database's plan of the statement. Postgres is asked for the best one that reads no table whole: of one
// campaign that is nearly all there is it would rather do that.
func explain(t *testing.T, pool *sql.DB, dialect string, of statement) string {
	t.Helper()
	tx, err := pool.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { _ = tx.Rollback() }()
	words := "EXPLAIN QUERY PLAN "
	if dialect == "postgres" {
		words = "EXPLAIN "
		_, err = tx.ExecContext(t.Context(), "SET LOCAL enable_seqscan = off")
		require.NoError(t, err)
	}
	rows, err := tx.QueryContext(t.Context(), words+of.text, of.values...)
	require.NoError(t, err, of.text)
	columns, err := rows.Columns()
	require.NoError(t, err)
	plan := strings.Builder{}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		require.NoError(t, rows.Scan(values...))
		text, _ := (*values[len(values)-1].(*any)).(string)
		plan.WriteString(text + "\n")
	}
	require.NoError(t, rows.Err())
	require.NoError(t, rows.Close())
	return plan.String()
}

// reads are what people ask of a campaign of many.
func reads(t *testing.T, b *bench, campaignID string) map[string]func() error {
	t.Helper()
	list := func(filter models.ContactFilter) func() error {
		filter.CampaignID = campaignID
		return func() error {
			_, _, err := b.Contacts(t.Context(), filter)
			return err
		}
	}
	review := func(filter models.ReviewFilter) func() error {
		return func() error {
			_, _, err := b.Review(t.Context(), filter)
			return err
		}
	}
	far := models.Page{Number: 100, PerPage: models.DefaultPerPage}
	contact := b.contactsOf(t, campaignID)[12]
	return map[string]func() error{
		"first page":    list(models.ContactFilter{}),
		"page 100":      list(models.ContactFilter{Page: far}),
		"newest first":  list(models.ContactFilter{Descending: true}),
		"by name":       list(models.ContactFilter{Sort: models.SortName, Page: far}),
		"by status":     list(models.ContactFilter{Sort: models.SortStatus, Descending: true, Page: far}),
		"by last":       list(models.ContactFilter{Sort: models.SortLastOutreachAt, Page: far}),
		"latest first":  list(models.ContactFilter{Sort: models.SortLastOutreachAt, Descending: true}),
		"of status":     list(models.ContactFilter{Status: new(models.ContactCompleted), Page: far}),
		"of reason":     list(models.ContactFilter{WaitingReason: new(models.WaitReply)}),
		"of channel":    list(models.ContactFilter{Channel: new(models.ChannelText)}),
		"channel, far":  list(models.ContactFilter{Channel: new(models.ChannelText), Page: models.Page{Number: 20}}),
		"search few":    list(models.ContactFilter{Search: crowd.RareName}),
		"search all":    list(models.ContactFilter{Search: crowd.Domain}),
		"search number": list(models.ContactFilter{Search: "202 10099"}),
		"by name found": list(models.ContactFilter{Search: crowd.Domain, Sort: models.SortName}),
		"channel found": list(models.ContactFilter{Search: crowd.Domain, Channel: new(models.ChannelText)}),
		"review":        review(models.ReviewFilter{}),
		"review a part": review(models.ReviewFilter{CampaignID: &campaignID, Channel: new(models.ChannelText)}),
		"progress": func() error {
			_, err := b.Progress(t.Context(), campaignID)
			return err
		},
		"detail": func() error {
			_, err := b.Contact(t.Context(), campaignID, contact.ID)
			return err
		},
		"performance": func() error {
			_, err := b.Performance(t.Context(), campaignID, nil, nil)
			return err
		},
		"performance of days": func() error {
			_, err := b.Performance(t.Context(), campaignID, new("2026-03-04"), new("2026-03-05"))
			return err
		},
	}
}
