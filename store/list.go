package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"beckon/models"
)

// openOfChannel narrows outreaches o to those that their contacts are to get next, by one channel.
const openOfChannel = "o.channel = @channel AND o.state IN ('planned', 'approved', 'submitting') AND o.resend = 0"

// A search on SQLite that finds up to fewFound contacts has them sorted, and so has one whose page is not in the first
// fewFoundPart-th of what it finds.
const (
	fewFound     = 1000
	fewFoundPart = 8
)

// Contacts returns a page of a campaign's contacts, and how many there are on all pages. Status and waiting reason are
// those that people see. Removed contacts are in no list. Error: CodeNotFound for the campaign.
func (s *Store) Contacts(
	ctx context.Context, filter models.ContactFilter,
) (rows []models.ContactRow, total int, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		c, err := campaignIn(tx, filter.CampaignID)
		if err != nil {
			return err
		}
		l, err := s.listContacts(tx, c, filter)
		if err != nil {
			return err
		}
		var ids []string
		if ids, total, err = l.read(); err != nil {
			return err
		}
		byID, err := byIDs(tx, ids, func(c *models.Contact) string { return c.ID })
		if err != nil {
			return err
		}
		contacts := make([]models.Contact, 0, len(ids))
		for _, id := range ids {
			contacts = append(contacts, *byID[id])
		}
		rows, err = s.contactRows(tx, c, contacts)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, total, nil
}

// contactList is a list of a campaign's contacts that is being read.
type contactList struct {
	store     *Store
	tx        *gorm.DB
	campaign  *models.Campaign
	filter    models.ContactFilter
	standings []standing // those that the filter by status and waiting reason leaves, where they are needed
	all       bool       // it leaves every one
	walks     bool       // its page is found by walking the index of its order, though it is searched or of one channel
}

// listContacts reads the standings of a campaign's contacts, and which of them the filter leaves: the rules by which a
// contact is shown decide, and no second copy of them.
func (s *Store) listContacts(tx *gorm.DB, c *models.Campaign, filter models.ContactFilter) (*contactList, error) {
	l := &contactList{store: s, tx: tx, campaign: c, filter: filter}
	if l.all = filter.Status == nil && filter.WaitingReason == nil; l.all && !l.counted() {
		return l, nil // every standing is left, and none would be asked
	}
	standings, err := standingsIn(tx, countStandings, c.ID)
	if err != nil {
		return nil, err
	}
	ended := c.Ended(s.now())
	for i := range standings {
		row := standings[i].row(c, ended)
		waiting := row.Waiting()
		if filter.Status != nil && row.Shown() != *filter.Status ||
			filter.WaitingReason != nil && (waiting == nil || waiting.Reason != *filter.WaitingReason) {
			continue
		}
		l.standings = append(l.standings, standings[i])
	}
	l.all = len(l.standings) == len(standings)
	return l, nil
}

// filterContacts selects the contacts that the filter leaves. An error is the query's.
func (s *Store) filterContacts(tx *gorm.DB, c *models.Campaign, filter models.ContactFilter) *gorm.DB {
	l, err := s.listContacts(tx, c, filter)
	if err != nil {
		query := tx.Model(&models.Contact{})
		_ = query.AddError(err)
		return query
	}
	return l.contacts()
}

// contacts selects those that the whole filter leaves.
func (l *contactList) contacts() *gorm.DB {
	query := l.present()
	if !l.all {
		query = query.Where(l.standing())
	}
	if l.filter.Channel != nil {
		open := "id IN (SELECT o.contact_id FROM outreaches o WHERE o.campaign_id = @campaign AND " + openOfChannel + ")"
		if l.walks && l.store.dialect == Postgres { // which joins all contacts with all outreaches if it can
			open = `(EXISTS (SELECT 1 FROM outreaches o
				WHERE o.contact_id = contacts.id AND o.campaign_id = @campaign AND ` + openOfChannel + ")) IS TRUE"
		}
		query = query.Where(open, sql.Named("campaign", l.campaign.ID), sql.Named("channel", *l.filter.Channel))
	}
	return l.store.findContacts(query, l.filter.Search)
}

// present selects all contacts of the campaign. SQLite, which does not see that a search needs nothing but ix_contacts_list, is
// told to read that.
func (l *contactList) present() *gorm.DB {
	query := l.tx.Model(&models.Contact{})
	if l.searchedInSQLite() && !l.walks {
		query = query.Table("contacts INDEXED BY ix_contacts_list")
	}
	return query.Where("campaign_id = ? AND removed_at IS NULL", l.campaign.ID)
}

func (l *contactList) channelAlone() bool {
	return l.filter.Channel != nil && strings.TrimSpace(l.filter.Search) == ""
}

func (l *contactList) searchedInSQLite() bool {
	return l.store.dialect == SQLite && strings.TrimSpace(l.filter.Search) != ""
}

// standing selects the contacts of the list's standings.
func (l *contactList) standing() *gorm.DB {
	either := l.tx.Where("1 = 0")
	for i := range l.standings {
		st := &l.standings[i]
		if st.WaitingReason == nil {
			either = either.Or("status = ? AND waiting_reason IS NULL", st.Status)
		} else {
			either = either.Or("status = ? AND waiting_reason = ?", st.Status, *st.WaitingReason)
		}
	}
	return either
}

// counted says whether the standings tell how many contacts the list has.
func (l *contactList) counted() bool { return l.filter.Search == "" && l.filter.Channel == nil }

// read reads the ids of the page's contacts, and how many contacts the list has.
func (l *contactList) read() (ids []string, total int, err error) {
	if l.searchedInSQLite() && (l.filter.Sort == models.SortName || l.filter.Sort == models.SortLastOutreachAt) {
		// Where so many are found that the page is near, it is found soonest in the index of its order; else by sorting them.
		if total, err = l.count(); err != nil {
			return nil, 0, err
		}
		offset, limit := bounds(l.filter.Page)
		l.walks = total > fewFound && offset+limit < total/fewFoundPart
		ids, _, err = l.page()
		return ids, total, err
	}
	created := l.filter.Sort == "" || l.filter.Sort == models.SortCreatedAt
	l.walks = l.store.dialect == Postgres && l.all && l.channelAlone() && created
	ids, more, err := l.page()
	if err != nil {
		return nil, 0, err
	}
	total, err = l.total(len(ids), more)
	return ids, total, err
}

// total is how many contacts the list has, of which so many are on the page and more or none behind it.
func (l *contactList) total(onPage int, more bool) (int, error) {
	offset, _ := bounds(l.filter.Page)
	switch {
	case l.counted():
		total := 0
		for i := range l.standings {
			total += l.standings[i].N
		}
		return total, nil
	case !more && (onPage > 0 || offset == 0):
		return offset + onPage, nil // the page is the last: nothing was left unread
	case l.all && l.channelAlone():
		return l.totalOfChannel()
	default:
		return l.count()
	}
}

// count counts the contacts that the whole filter leaves.
func (l *contactList) count() (int, error) {
	query := l.contacts()
	if l.all && l.filter.Channel == nil {
		// An order that nobody sees has Postgres read ix_contacts_list alone, which it takes for dearer than the table.
		query = l.tx.Table("(?) found", l.contacts().Select("id").Order("created_at, id"))
	}
	var n int64
	if err := query.Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count contacts: %w", err)
	}
	return int(n), nil
}

// totalOfChannel is how many contacts have an open outreach of the list's channel, by the outreaches' index alone. The few
// that were removed while theirs was being sent are taken off again.
func (l *contactList) totalOfChannel() (total int, err error) {
	err = l.tx.Raw(`SELECT (SELECT count(*) FROM outreaches o WHERE o.campaign_id = @campaign AND `+openOfChannel+`)
		- (SELECT count(*) FROM contacts c CROSS JOIN outreaches o
			WHERE c.campaign_id = @campaign AND c.removed_at IS NOT NULL AND o.contact_id = c.id AND `+openOfChannel+`)`,
		sql.Named("campaign", l.campaign.ID), sql.Named("channel", *l.filter.Channel)).Scan(&total).Error
	if err != nil {
		return 0, fmt.Errorf("count contacts of a channel: %w", err)
	}
	return total, nil
}

// contactRows reads what stands beside contacts in a list.
func (s *Store) contactRows(tx *gorm.DB, c *models.Campaign, contacts []models.Contact) ([]models.ContactRow, error) {
	ids := make([]string, 0, len(contacts))
	for i := range contacts {
		ids = append(ids, contacts[i].ID)
	}
	open := []models.Outreach{}
	err := tx.Where("contact_id IN ? AND state IN ('planned', 'approved', 'submitting') AND resend = 0", ids).Find(&open).Error
	if err != nil {
		return nil, fmt.Errorf("read next outreaches: %w", err)
	}
	next := make(map[string]*models.Outreach, len(open))
	for i := range open {
		next[open[i].ContactID] = &open[i]
	}
	rows := make([]models.ContactRow, 0, len(contacts))
	for i := range contacts {
		rows = append(rows, s.contactRow(c, &contacts[i], next[contacts[i].ID]))
	}
	return rows, nil
}

// contactRow is a contact as it stands in a list.
func (s *Store) contactRow(c *models.Campaign, contact *models.Contact, next *models.Outreach) models.ContactRow {
	return models.ContactRow{
		Contact: *contact, CampaignStatus: c.Status, CampaignEnded: c.Ended(s.now()), MaxAttempts: c.MaxAttempts,
		NextOutreach: next,
	}
}

// statusRank is the place of a standing's shown status in a contact's life.
func (l *contactList) statusRank(st *standing) int {
	return slices.Index(models.ContactStatuses, st.Status.Shown(l.campaign.Status))
}
