package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// bulkChunk is how many contacts one statement of a bulk action is about.
const bulkChunk = 500

// Bulk does one thing to many contacts, in one transaction under the campaign's exclusive lock. Contacts on which the action
// is not allowed, or would change nothing, are skipped. No contact's workflow is told by itself: the campaign's revision is
// raised, and its workflow wakes those that are to look; contacts in an activity's hands find out by themselves.
// Errors: CodeNotFound, CodeCampaignArchived, CodeInvalid, CodeReviewOff, and CodeCountChanged where it would be about
// another number of contacts than expected, and nothing is changed.
func (s *Store) Bulk(ctx context.Context, request models.BulkRequest) (result models.BulkResult, err error) {
	if err := request.Check(); err != nil {
		return models.BulkResult{}, err
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		result = models.BulkResult{}
		c, err := s.bulkCampaign(tx, request)
		if err != nil {
			return err
		}
		ids, err := s.bulkIDs(tx, c, request)
		if err != nil {
			return err
		}
		if len(ids) != request.ExpectedCount {
			return models.Errorf(models.CodeCountChanged, "there are %d such contacts, not %d", len(ids), request.ExpectedCount)
		}
		b := &bulk{tx: tx, campaign: c, action: request.Action, now: s.now()}
		for chunk := range slices.Chunk(ids, bulkChunk) {
			if err := b.run(chunk); err != nil {
				return err
			}
		}
		if b.tell {
			if err := reviseCampaign(tx, c, b.now); err != nil {
				return err
			}
		}
		result = models.BulkResult{Changed: b.changed, Skipped: len(ids) - b.changed, Revision: c.Revision}
		return s.auditBulk(tx, request, result)
	})
	return result, err
}

// auditBulk puts a bulk action on record that changed contacts, with their counts.
func (s *Store) auditBulk(tx *gorm.DB, request models.BulkRequest, result models.BulkResult) error {
	if result.Changed == 0 {
		return nil
	}
	return s.audit(tx, models.AuditRecord{
		Action: models.AuditBulkContacts, CampaignID: &request.CampaignID,
		Detail: models.AuditDetail{
			Counts: map[string]int{"changed": result.Changed, "skipped": result.Skipped},
			Codes:  map[string]string{"action": string(request.Action)},
		},
	})
}

// bulkCampaign locks and reads the campaign. Errors: CodeNotFound, CodeCampaignArchived, CodeReviewOff.
func (s *Store) bulkCampaign(tx *gorm.DB, request models.BulkRequest) (*models.Campaign, error) {
	if err := s.lockCampaign(tx, request.CampaignID, exclusive); err != nil {
		return nil, err
	}
	c, err := campaignIn(tx, request.CampaignID)
	switch {
	case err != nil:
		return nil, err
	case c.Status == models.CampaignArchived:
		return nil, models.Errorf(models.CodeCampaignArchived, "the campaign is archived: its contacts cannot be changed")
	case request.Action == models.BulkApprove && !c.ManualReview:
		return nil, models.Errorf(models.CodeReviewOff, "approve needs manual review, which is off")
	default:
		return c, nil
	}
}

// bulkIDs are the ids of the contacts that the call is about. Ids of no contact, or of a removed one, are left out.
func (s *Store) bulkIDs(tx *gorm.DB, c *models.Campaign, request models.BulkRequest) ([]string, error) {
	if request.Filter != nil {
		ids := []string{}
		if err := s.filterContacts(tx, c, *request.Filter).Order("id").Pluck("id", &ids).Error; err != nil {
			return nil, fmt.Errorf("read contacts of a bulk action: %w", err)
		}
		return ids, nil
	}
	asked := slices.DeleteFunc(slices.Clone(request.IDs), func(id string) bool { return checkID("contact", id) != nil })
	slices.Sort(asked)
	ids := make([]string, 0, len(asked))
	for chunk := range slices.Chunk(slices.Compact(asked), bulkChunk) {
		// By id alone: without statistics, as right after an import, Postgres prefers to look through the whole campaign.
		there := []models.Contact{}
		if err := tx.Select("id", "campaign_id", "removed_at").Where("id IN ?", chunk).Find(&there).Error; err != nil {
			return nil, fmt.Errorf("read contacts of a bulk action: %w", err)
		}
		for i := range there {
			if there[i].CampaignID == c.ID && there[i].RemovedAt == nil {
				ids = append(ids, there[i].ID)
			}
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// bulk is a bulk action under way.
type bulk struct {
	tx       *gorm.DB
	campaign *models.Campaign
	action   models.BulkAction
	now      time.Time
	changed  int
	tell     bool // there are workflows to be told
}

// bulkRow is what decides about a contact of a bulk action.
type bulkRow struct {
	ID            string
	Status        models.ContactStatus
	TakenBatch    *string
	WaitingReason *models.WaitingReason
	Outreach      *models.Outreach `gorm:"-"` // the open one; only id, state and versions are read
}

// bulkChange is what becomes of contacts; those that change alike are written together.
type bulkChange struct {
	status  models.ContactStatus
	waiting models.WaitingReason // what they are recorded to wait for from now on; "" for nothing
	keeps   bool                 // they keep what they wait for
	told    bool                 // their workflow is to look
	removed bool
}

// run does the action to a chunk of contacts.
func (b *bulk) run(ids []string) error {
	rows, err := b.read(ids)
	if err != nil {
		return err
	}
	changes, outreaches := map[bulkChange][]string{}, []string{}
	for i := range rows {
		change, changed := b.change(&rows[i])
		if !changed {
			continue
		}
		b.changed++
		b.tell = b.tell || change.told
		changes[change] = append(changes[change], rows[i].ID)
		if b.action == models.BulkApprove {
			outreaches = append(outreaches, rows[i].Outreach.ID)
		}
	}
	if err := b.approve(outreaches); err != nil {
		return err
	}
	for change, ids := range changes {
		if err := b.write(change, ids); err != nil {
			return err
		}
	}
	return nil
}

// read reads a chunk of contacts with their open outreaches. Each table is asked by itself: of a join, Postgres may make a
// scan for every contact as long as it has no statistics, as right after an import.
func (b *bulk) read(ids []string) ([]bulkRow, error) {
	rows, open := []bulkRow{}, []models.Outreach{}
	err := b.tx.Model(&models.Contact{}).Where("id IN ?", ids).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read contacts of a bulk action: %w", err)
	}
	err = b.tx.Select("id", "contact_id", "state", "version", "approved_version").
		Where("contact_id IN ? AND resend = 0 AND state IN ('planned', 'approved', 'submitting')", ids).Find(&open).Error
	if err != nil {
		return nil, fmt.Errorf("read outreaches of a bulk action: %w", err)
	}
	byContact := make(map[string]*models.Outreach, len(open))
	for i := range open {
		byContact[open[i].ContactID] = &open[i]
	}
	for i := range rows {
		rows[i].Outreach = byContact[rows[i].ID]
	}
	return rows, nil
}

// change is what the action makes of the contact; false where it is not allowed, or would change nothing.
func (b *bulk) change(row *bulkRow) (change bulkChange, changed bool) {
	switch b.action {
	case models.BulkApprove:
		return b.approval(row)
	case models.BulkRemove:
		return bulkChange{status: row.Status, removed: true, told: !row.Status.Finished() && row.tellable()}, true
	case models.BulkDisable, models.BulkEnable, models.BulkComplete, models.BulkDisqualify:
	default:
		return bulkChange{}, false
	}
	to, changed, err := models.ContactControl(b.action).Target(row.Status)
	if err != nil || !changed {
		return bulkChange{}, false
	}
	change = bulkChange{status: to, told: row.tellable()}
	switch {
	case to.Finished():
		return change, true
	case row.inHand() || row.inDoubt():
		change.keeps, change.told = true, false
	case b.action == models.BulkDisable && row.TakenBatch != nil:
		change.waiting = models.WaitDisabled
	}
	if b.action == models.BulkEnable {
		change.status = b.beneath(row)
	}
	return change, true
}

// approval is what approving the version that the open outreach has makes of its contact.
func (b *bulk) approval(row *bulkRow) (bulkChange, bool) {
	if row.Outreach == nil || row.Outreach.State != models.OutreachPlanned {
		return bulkChange{}, false
	}
	change := bulkChange{status: row.Status, keeps: true}
	if row.Status == models.ContactAwaitingApproval {
		change.status, change.told = models.ContactAwaitingExecution, row.tellable()
		change.keeps = row.WaitingReason == nil || *row.WaitingReason != models.WaitApproval
	}
	return change, true
}

// inHand says whether an activity has the contact, or is about to, as facts.inHand does.
func (r *bulkRow) inHand() bool {
	if r.TakenBatch == nil {
		return false
	}
	if r.WaitingReason != nil {
		return r.WaitingReason.Queued()
	}
	return r.submitting()
}

func (r *bulkRow) submitting() bool {
	return r.Outreach != nil && r.Outreach.State == models.OutreachSubmitting
}

// inDoubt says whether an outreach to the contact may be under way: that is what it goes on to wait for.
func (r *bulkRow) inDoubt() bool {
	return r.WaitingReason != nil && (*r.WaitingReason == models.WaitProof || *r.WaitingReason == models.WaitOutcome)
}

// tellable says whether the contact has a workflow that would not find out by itself.
func (r *bulkRow) tellable() bool { return r.TakenBatch != nil && !r.inHand() }

// beneath is the status that the contact has by its outreach alone, as facts.beneath finds it.
func (b *bulk) beneath(row *bulkRow) models.ContactStatus {
	switch {
	case row.TakenBatch == nil:
		return models.ContactNotStarted
	case row.inDoubt(), row.submitting():
		return models.ContactExecuting
	case row.inHand():
		return row.WaitingReason.StatusOf(row.Status)
	case row.Outreach == nil:
		return models.ContactPlanning
	case b.campaign.ManualReview && !row.Outreach.Approved():
		return models.ContactAwaitingApproval
	default:
		return models.ContactAwaitingExecution
	}
}

// approve approves outreaches in the version that each has.
func (b *bulk) approve(ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	err := b.tx.Exec(`UPDATE outreaches SET state = 'approved', approved_version = version, updated_at = ?
		WHERE id IN ? AND state = 'planned'`, b.now, ids).Error
	if err != nil {
		return fmt.Errorf("approve outreaches: %w", err)
	}
	return nil
}

// write writes contacts that change alike.
func (b *bulk) write(change bulkChange, ids []string) error {
	columns := map[string]any{"status": change.status, "updated_at": b.now}
	if b.action != models.BulkApprove && !change.removed {
		columns["status_note"] = ""
	}
	switch {
	case change.keeps:
	case change.waiting != "":
		columns["waiting_reason"], columns["waiting_detail"] = change.waiting, change.waiting.Details()
		columns["waiting_until"], columns["waiting_since"] = nil, b.now
	default:
		columns["waiting_reason"], columns["waiting_detail"] = nil, ""
		columns["waiting_until"], columns["waiting_since"] = nil, nil
	}
	ends := change.removed || change.status.Finished()
	switch {
	case change.removed:
		columns["removed_at"] = b.now
	case ends:
		columns["finished_at"], columns["status_reason"] = b.now, models.ReasonByOperator
	}
	if change.told {
		columns["waiting_settings_revision"] = toBeTold
	}
	if change.told && ends { // it waits for nothing: that its end is unseen says that it is to be told
		columns["revision"], columns["revised_at"] = gorm.Expr("revision + 1"), b.now
		columns["reconcile_after"], columns["reconcile_tries"] = b.now, 0
	}
	if err := b.tx.Model(&models.Contact{}).Where("id IN ?", ids).UpdateColumns(columns).Error; err != nil {
		return fmt.Errorf("write contacts of a bulk action: %w", err)
	}
	if ends {
		return cancelPlans(b.tx, ids, b.now)
	}
	return nil
}

// untold selects the contacts that a bulk action ended, and whose workflow has yet to be told so.
func untold(tx *gorm.DB, c *models.Campaign) *gorm.DB {
	return tx.Model(&models.Contact{}).Where("campaign_id = ? AND taken_batch IS NOT NULL AND revision <> seen_revision "+
		"AND waiting_settings_revision = -1 AND (finished_at IS NOT NULL OR removed_at IS NOT NULL)", c.ID)
}
