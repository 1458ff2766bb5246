package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// Figures of a campaign with more claims than this are kept for a while, so that many viewers cost what one does.
const figuresKept = 2 * time.Second

// Performance is what a campaign achieved: its outreaches that count as attempts, resends too, by the time of their claim,
// from the first to the last of the given days of the campaign's zone, both included; nil does not bound. The figures are
// of one moment, AsOf, at most two seconds ago. Errors: CodeNotFound; CodeInvalid for what is no day.
func (s *Store) Performance(
	ctx context.Context, campaignID string, from, to *string,
) (performance models.Performance, err error) {
	if err := checkDays(from, to); err != nil {
		return models.Performance{}, err
	}
	asked := figuresOf{campaignID: campaignID, from: deref(from), to: deref(to)}
	if kept, fresh := s.figures.get(asked, s.now()); fresh {
		return kept, nil
	}
	f := &figures{sums: map[figuresRow]*models.Totals{}}
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		c, err := campaignIn(tx, campaignID)
		if err != nil {
			return err
		}
		f.asOf, f.zone, f.span = s.now(), c.Location(), spanOf(c, from, to)
		if err := s.readFigures(tx, campaignID, f); err != nil {
			return err
		}
		if f.calls, err = s.readCalls(tx, campaignID, f.span); err != nil {
			return err
		}
		f.cost, err = s.readCost(tx, campaignID, f.span)
		return err
	})
	if err != nil {
		return models.Performance{}, err
	}
	performance = f.performance()
	s.figures.keep(asked, performance)
	return performance, nil
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// checkDays refuses what is no day of the calendar.
func checkDays(from, to *string) error {
	problems := []models.FieldError{}
	for pointer, day := range map[string]*string{"/from": from, "/to": to} {
		if day == nil {
			continue
		}
		if _, err := time.Parse(time.DateOnly, *day); err != nil {
			problems = append(problems, models.FieldError{
				Pointer: pointer, Code: models.FieldFormat, Detail: "a day as YYYY-MM-DD",
			})
		}
	}
	if len(problems) > 0 {
		return &models.Error{Code: models.CodeInvalid, Detail: "the period cannot be read", Fields: problems}
	}
	return nil
}

// span is a period: its first instant, and the first one after it. Unbounded ends are far away.
type span struct{ from, to time.Time }

// spanOf is the period of the days in the campaign's zone.
func spanOf(c *models.Campaign, from, to *string) span {
	days := models.Campaign{Timezone: c.Timezone, StartDate: from, EndDate: to}
	period := span{
		from: time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC), to: time.Date(9000, time.January, 1, 0, 0, 0, 0, time.UTC),
	}
	if from != nil {
		period.from = days.Starts()
	}
	if to != nil {
		period.to = days.Ends()
	}
	return period
}

// A cell is what the figures are summed by: minute of the claim, channel, attempt, and state of an outreach, as text. The
// minute becomes a day of the campaign's zone only afterwards, by the zone's own rules: no change of clocks lies within one.
const (
	cellSQLite   = `substr(o.claimed_at, 1, 16) || '/' || o.channel || '/' || o.attempt || '/' || o.state`
	cellPostgres = `to_char(o.claimed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || '/' || o.channel || '/' || o.attempt ||
		'/' || o.state`
	minuteLayout = "2006-01-02 15:04"
)

// counted selects a campaign's outreaches that are attempts, in a period. It is answered from ix_outreaches_figures.
const counted = `o.campaign_id = @campaign AND o.claimed_at >= @from AND o.claimed_at < @to
	AND o.state IN ('accepted', 'delivered', 'failed', 'unknown')`

// countCells counts contacts by the cells of all their outreaches. Everything but what came back is known from it: sums of
// cells, and how many contacts are in at least one of some cells.
func countCells(cell, outreaches string) string {
	return `SELECT cells, count(*) AS n FROM (
			SELECT string_agg(` + cell + `, ',') AS cells FROM ` + outreaches + ` WHERE ` + counted + ` GROUP BY o.contact_id
		) contacts_cells GROUP BY cells`
}

// countReplied is countCells of the contacts that replied, and of their outreaches before the latest reply.
func countReplied(cell, outreaches string) string {
	return `SELECT cells, count(*) AS n FROM (
			SELECT string_agg(` + cell + `, ',') AS cells
			FROM (SELECT contact_id, max(at) AS latest FROM replies WHERE campaign_id = @campaign GROUP BY contact_id) replied
			CROSS JOIN ` + outreaches + `
			WHERE o.contact_id = replied.contact_id AND ` + counted + ` AND o.claimed_at <= replied.latest GROUP BY o.contact_id
		) contacts_cells GROUP BY cells`
}

// figureEvents selects the events that are counted, in the words of ix_events_figures: SQLite uses it for no others.
const figureEvents = `e.type IN ('opened', 'machine_opened', 'clicked', 'bounced', 'complained')`

// countReactions counts the outreaches of a cell that had each reaction, once each: events, of which the outcome tells that
// there are any, but for opens by machines, and opt-outs by replies.
func countReactions(cell, outreaches string) string {
	return `SELECT cells, reaction, count(*) AS n FROM (
			SELECT ` + cell + ` AS cells, o.id, e.type AS reaction FROM ` + outreaches + `
			CROSS JOIN events e WHERE e.outreach_id = o.id AND ` + counted + ` AND o.outcome IS NOT NULL AND o.outcome <> 'delivered'
				AND ` + figureEvents + `
			UNION
			SELECT ` + cell + `, o.id, e.type FROM ` + outreaches + `
			CROSS JOIN events e WHERE e.outreach_id = o.id AND ` + counted + ` AND o.channel = 'email'
				AND ` + figureEvents + ` AND e.type = 'machine_opened'
			UNION
			SELECT ` + cell + `, o.id, o.outcome FROM outreaches o WHERE ` + counted + ` AND o.outcome IN ('bounced', 'opted_out')
			UNION
			SELECT ` + cell + `, o.id, 'opted_out' FROM replies r CROSS JOIN outreaches o
			WHERE o.id = r.outreach_id AND r.campaign_id = @campaign AND r.opt_out AND ` + counted + `
		) reactions GROUP BY cells, reaction`
}

// countCalls counts the calls that had each outcome.
const countCalls = `SELECT o.outcome, count(*) AS calls FROM outreaches o
	WHERE ` + counted + ` AND o.channel = 'phone' 
	GROUP BY o.outcome ORDER BY calls DESC, coalesce(o.outcome, '')`

// sumCost adds up what all versions of all plans took, also of those that were never sent, and the answers of which no plan
// was kept.
const sumCost = `SELECT coalesce(sum(took.prompt_tokens), 0) AS prompt, coalesce(sum(took.completion_tokens), 0) AS completion
	FROM (
		SELECT v.prompt_tokens, v.completion_tokens FROM outreaches o JOIN outreach_versions v ON v.outreach_id = o.id
		WHERE o.campaign_id = @campaign AND v.created_at >= @from AND v.created_at < @to
		UNION ALL
		SELECT prompt_tokens, completion_tokens FROM planner_calls
		WHERE campaign_id = @campaign AND created_at >= @from AND created_at < @to -- ix_planner_calls_campaign
	) took`

// cellCount is how many contacts have all the cells, or outreaches of the one cell the reaction.
type cellCount struct {
	Cells    string
	Reaction string
	N        int
}

// readFigures sums up outreaches, contacts, replies and reactions.
func (s *Store) readFigures(tx *gorm.DB, campaignID string, f *figures) error {
	cell, outreaches := cellPostgres, "outreaches o"
	if s.dialect == SQLite { // which has no statistics by which it would see that this index is the better one
		cell, outreaches = cellSQLite, "outreaches o INDEXED BY ix_outreaches_figures"
	}
	for _, query := range []struct {
		text string
		add  func(cellCount) error
	}{
		{countCells(cell, outreaches), f.addContacts}, {countReplied(cell, outreaches), f.addReplied},
		{countReactions(cell, outreaches), f.addReactions},
	} {
		counts := []cellCount{}
		if err := tx.Raw(query.text, f.span.arguments(campaignID)).Scan(&counts).Error; err != nil {
			return fmt.Errorf("sum figures of campaign %s: %w", campaignID, err)
		}
		for i := range counts {
			if err := query.add(counts[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// arguments are those that the queries name.
func (p span) arguments(campaignID string) map[string]any {
	return map[string]any{"campaign": campaignID, "from": p.from, "to": p.to}
}

// readCalls counts the calls of a period by their outcome.
func (s *Store) readCalls(tx *gorm.DB, campaignID string, period span) ([]models.CallOutcome, error) {
	calls := []models.CallOutcome{}
	if err := tx.Raw(countCalls, period.arguments(campaignID)).Scan(&calls).Error; err != nil {
		return nil, fmt.Errorf("count calls of campaign %s: %w", campaignID, err)
	}
	return calls, nil
}

// readCost adds up the tokens of plans that were made in the period, and what they cost by the configured prices.
func (s *Store) readCost(tx *gorm.DB, campaignID string, period span) (models.PlanCost, error) {
	tokens := struct{ Prompt, Completion int }{}
	if err := tx.Raw(sumCost, period.arguments(campaignID)).Scan(&tokens).Error; err != nil {
		return models.PlanCost{}, fmt.Errorf("sum cost of campaign %s: %w", campaignID, err)
	}
	return s.planPrice.Cost(tokens.Prompt, tokens.Completion), nil
}
