package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"beckon/models"
)

// figures adds cells up to a campaign's performance.
type figures struct {
	zone *time.Location
	span span
	asOf time.Time
	cost models.PlanCost
	// calls are those of the period, by outcome.
	calls []models.CallOutcome
	sums  map[figuresRow]*models.Totals
	days  map[string]string // of minutes, since few minutes have many claims
}

// figuresRow names a row of the figures. Members that do not narrow are empty: the totals' are all.
type figuresRow struct {
	day     string
	channel models.Channel
	attempt int
}

// cell is an outreach, as far as figures tell it from others.
type cell struct {
	day     string
	channel models.Channel
	attempt int
	state   models.OutreachState
}

// rows are those in which the cell counts.
func (c cell) rows() []figuresRow {
	return []figuresRow{{}, {channel: c.channel}, {day: c.day, channel: c.channel}, {attempt: c.attempt}}
}

// read reads the cells of one contact.
func (f *figures) read(text string) ([]cell, error) {
	cells := []cell{}
	for part := range strings.SplitSeq(text, ",") {
		fields := strings.Split(part, "/")
		if len(fields) != 4 { //nolint:mnd // as the queries write them
			return nil, fmt.Errorf("a cell of the figures has %d fields", len(fields))
		}
		attempt, err := strconv.Atoi(fields[2])
		if err != nil {
			return nil, fmt.Errorf("attempt of a cell: %w", err)
		}
		day, err := f.dayOf(fields[0])
		if err != nil {
			return nil, err
		}
		cells = append(cells, cell{
			day: day, channel: models.Channel(fields[1]), attempt: attempt, state: models.OutreachState(fields[3]),
		})
	}
	return cells, nil
}

// dayOf is the day of the campaign's zone in which a minute of UTC lies.
func (f *figures) dayOf(minute string) (string, error) {
	if day, known := f.days[minute]; known {
		return day, nil
	}
	at, err := time.Parse(minuteLayout, minute)
	if err != nil {
		return "", fmt.Errorf("minute of a cell: %w", err)
	}
	if f.days == nil {
		f.days = map[string]string{}
	}
	day := at.In(f.zone).Format(time.DateOnly)
	f.days[minute] = day
	return day, nil
}

// sum is the row's, which begins at zero.
func (f *figures) sum(row figuresRow) *models.Totals {
	if f.sums[row] == nil {
		f.sums[row] = &models.Totals{}
	}
	return f.sums[row]
}

// once lists each row once in which at least one of the cells counts.
func once(cells []cell) []figuresRow {
	rows := []figuresRow{}
	for _, c := range cells {
		for _, row := range c.rows() {
			if !slices.Contains(rows, row) {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// addContacts adds contacts that have the same outreaches.
func (f *figures) addContacts(count cellCount) error {
	cells, err := f.read(count.Cells)
	if err != nil {
		return err
	}
	for _, c := range cells {
		for _, row := range c.rows() {
			sum := f.sum(row)
			sum.Outreaches += count.N
			switch c.state { //nolint:exhaustive // an accepted one is none of these; others are not counted
			case models.OutreachDelivered:
				sum.Delivered += count.N
			case models.OutreachFailed:
				sum.Failed += count.N
			case models.OutreachUnknown:
				sum.Unconfirmed += count.N
			}
		}
	}
	for _, row := range once(cells) {
		f.sum(row).Contacts += count.N
	}
	return nil
}

// addReplied adds contacts that replied after the same outreaches.
func (f *figures) addReplied(count cellCount) error {
	cells, err := f.read(count.Cells)
	if err != nil {
		return err
	}
	for _, row := range once(cells) {
		f.sum(row).ContactsReplied += count.N
	}
	return nil
}

// addReactions adds outreaches of one cell that had the same reaction.
func (f *figures) addReactions(count cellCount) error {
	cells, err := f.read(count.Cells)
	if err != nil {
		return err
	}
	for _, row := range once(cells) {
		sum := f.sum(row)
		switch count.Reaction {
		case string(models.EventOpened):
			sum.Opened += count.N
		case string(models.EventMachineOpened):
			sum.MachineOpened += count.N
		case string(models.EventClicked):
			sum.Clicked += count.N
		case string(models.EventBounced): // the outcome's name too
			sum.Bounces += count.N
		case string(models.EventComplained):
			sum.Complaints += count.N
		case string(models.OutcomeOptedOut):
			sum.OptOuts += count.N
		}
	}
	return nil
}

// performance sorts the sums into their lists.
func (f *figures) performance() models.Performance {
	p := models.Performance{
		Totals:    *f.sum(figuresRow{}),
		ByChannel: map[models.Channel]models.Totals{},
		ByDay:     []models.DayTotals{}, ByAttempt: []models.AttemptTotals{},
		Calls: f.calls, Cost: f.cost, AsOf: f.asOf,
	}
	for _, channel := range []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelPhone} {
		p.ByChannel[channel] = *f.sum(figuresRow{channel: channel})
	}
	rows := slices.SortedFunc(maps.Keys(f.sums), func(a, b figuresRow) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.channel, b.channel), cmp.Compare(a.attempt, b.attempt))
	})
	for _, row := range rows {
		switch {
		case row.day != "":
			p.ByDay = append(p.ByDay, models.DayTotals{Date: row.day, Channel: row.channel, Totals: *f.sums[row]})
		case row.attempt > 0:
			p.ByAttempt = append(p.ByAttempt, models.AttemptTotals{Attempt: row.attempt, Totals: *f.sums[row]})
		}
	}
	return p
}

// figuresOf is what was asked for.
type figuresOf struct{ campaignID, from, to string }

// Only figures of many outreaches are kept, since few are soon added up, and only of so many questions at once.
const (
	keptFrom = 1_000
	mostKept = 100
)

// keptFigures remembers figures for a moment.
type keptFigures struct {
	mu   sync.Mutex
	kept map[figuresOf]models.Performance
}

// get returns figures that are recent enough.
func (k *keptFigures) get(asked figuresOf, now time.Time) (models.Performance, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, there := k.kept[asked]
	return p, there && now.Before(p.AsOf.Add(figuresKept))
}

// keep keeps the figures for whoever asks next, and lets go of those that are too old.
func (k *keptFigures) keep(asked figuresOf, p models.Performance) {
	if p.Totals.Outreaches < keptFrom {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil {
		k.kept = map[figuresOf]models.Performance{}
	}
	maps.DeleteFunc(k.kept, func(_ figuresOf, other models.Performance) bool {
		return !p.AsOf.Before(other.AsOf.Add(figuresKept))
	})
	if len(k.kept) < mostKept {
		k.kept[asked] = p
	}
}
