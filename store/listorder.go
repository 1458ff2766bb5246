package store

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"beckon/models"
)

// part is a part of a list that one index has in the list's order. A list of several parts is merged from their beginnings:
// no part need be read further than to the page's end.
type part struct {
	query *gorm.DB
	rank  int    // of the part, where parts stand one after another; else all have the same
	key   string // column by which the merged list is sorted within a rank
	order []string
}

// page reads the ids of the page's contacts in the order of the list, and whether there are more behind it. Contacts that
// are equal in the order stand in that in which they were created.
func (l *contactList) page() (ids []string, more bool, err error) {
	offset, onPage := bounds(l.filter.Page)
	limit := onPage + 1 // who is found behind the page spares the last page a count
	parts, skipped := l.parts(offset, limit)
	ids = []string{}
	var query *gorm.DB
	switch len(parts) {
	case 0:
		return ids, false, nil
	case 1:
		query = parts[0].query.Select("id").Order(l.directed(parts[0].order)).Limit(limit).Offset(offset - skipped)
	default:
		query = l.merged(parts, limit, offset-skipped)
	}
	if err := query.Scan(&ids).Error; err != nil {
		return nil, false, fmt.Errorf("read contacts: %w", err)
	}
	return ids[:min(len(ids), onPage)], len(ids) > onPage, nil
}

// merged is the page of several parts.
func (l *contactList) merged(parts []part, limit, offset int) *gorm.DB {
	selects, values := []string{}, []any{}
	for i, p := range parts {
		columns := fmt.Sprintf("id, %d AS part, %s AS sorted_by", p.rank, p.key)
		selects = append(selects, fmt.Sprintf("SELECT id, part, sorted_by FROM (?) p%d", i))
		values = append(values, p.query.Select(columns).Order(l.directed(p.order)).Limit(offset+limit))
	}
	union := strings.Join(selects, " UNION ALL ")
	order := "part, sorted_by" + l.direction() + ", id" + l.direction()
	if l.filter.Sort == models.SortStatus {
		order = "part" + l.direction() + ", sorted_by" + l.direction() + ", id" + l.direction()
	}
	return l.tx.Raw("SELECT id FROM ("+union+") merged ORDER BY "+order+" LIMIT ? OFFSET ?", append(values, limit, offset)...)
}

// parts are those that the page is in, and how many contacts stand in parts before them.
func (l *contactList) parts(offset, limit int) (parts []part, skipped int) {
	switch {
	case l.filter.Sort == models.SortName:
		return []part{{query: l.contacts(), order: []string{"lower(first_name)", "lower(last_name)", "id"}}}, 0
	case l.filter.Sort == models.SortLastOutreachAt: // who has had none stands last, either way
		order := []string{"last_outreach_at", "id"}
		return []part{
			{query: l.contacts().Where("last_outreach_at IS NOT NULL"), key: "last_outreach_at", order: order},
			{query: l.contacts().Where("last_outreach_at IS NULL"), rank: 1, key: "last_outreach_at", order: order},
		}, 0
	case l.filter.Sort == models.SortStatus && !l.counted():
		return []part{{query: l.contacts(), order: []string{l.rankCase(), "created_at", "id"}}}, 0
	case l.filter.Sort == models.SortStatus:
		return l.byStatus(offset, limit)
	case l.all, !l.counted():
		return []part{{query: l.contacts(), order: []string{"created_at", "id"}}}, 0
	default:
		return l.byStanding(l.standings), 0
	}
}

// byStanding are the parts of standings that are mixed in the list.
func (l *contactList) byStanding(standings []standing) []part {
	parts := []part{}
	for i := range standings {
		st := &standings[i]
		query := l.present().Where("status = ?", st.Status)
		if st.WaitingReason == nil {
			query = query.Where("waiting_reason IS NULL")
		} else {
			query = query.Where("waiting_reason = ?", *st.WaitingReason)
		}
		// The reason is the same everywhere in the part. It stands in the order for Postgres, which takes a column that IS NULL
		// for one that may vary, and would not see that the index has this order.
		parts = append(parts, part{
			query: query, rank: l.statusRank(st), key: "created_at", order: []string{"waiting_reason", "created_at", "id"},
		})
		if l.filter.Sort != models.SortStatus {
			parts[len(parts)-1].rank = 0
		}
	}
	return parts
}

// byStatus are the parts of the statuses that the page is in.
func (l *contactList) byStatus(offset, limit int) (parts []part, skipped int) {
	ranks := map[int][]standing{}
	for i := range l.standings {
		rank := l.statusRank(&l.standings[i])
		ranks[rank] = append(ranks[rank], l.standings[i])
	}
	before := 0
	for i := range models.ContactStatuses {
		rank := i
		if l.filter.Descending {
			rank = len(models.ContactStatuses) - 1 - i
		}
		n := 0
		for j := range ranks[rank] {
			n += ranks[rank][j].N
		}
		switch {
		case before+n <= offset:
			skipped += n
		case before < offset+limit:
			parts = append(parts, l.byStanding(ranks[rank])...)
		}
		before += n
	}
	return parts, skipped
}

// rankCase is the place of the shown status in a contact's life, as SQL.
func (l *contactList) rankCase() string {
	rank := strings.Builder{}
	rank.WriteString("CASE status")
	for _, status := range models.ContactStatuses {
		fmt.Fprintf(&rank, " WHEN '%s' THEN %d", status, slices.Index(models.ContactStatuses, status.Shown(l.campaign.Status)))
	}
	rank.WriteString(" END")
	return rank.String()
}

// directed is the ORDER BY of columns that are all ascending, or all descending.
func (l *contactList) directed(columns []string) string {
	return strings.Join(columns, l.direction()+", ") + l.direction()
}

func (l *contactList) direction() string {
	if l.filter.Descending {
		return " DESC"
	}
	return " ASC"
}
