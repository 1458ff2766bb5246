package store_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func importCases() []testCase {
	return []testCase{
		{"Import", testImport},
		{"ImportAllOrNothing", testImportAllOrNothing},
		{"ImportCutShort", testImportCutShort},
		{"ImportBatches", testImportBatches},
		{"ImportBlocks", testImportBlocks},
		{"ImportMailOnce", testImportMailOnce},
		{"EmailImport", testEmailImport},
		{"ImportRefused", testImportRefused},
		{"ImportHistory", testImportHistory},
		{"ImportNotFound", testImportNotFound},
	}
}

// rowList is a file that was read: each fault is a row that is skipped.
type rowList struct {
	list []models.ImportRow
	next int
	err  error // at the end, instead of io.EOF
}

func readRows(inputs []models.ContactInput, faults ...models.ImportError) *rowList {
	read := &rowList{err: io.EOF}
	for _, fault := range faults {
		read.list = append(read.list, models.ImportRow{Errors: []models.ImportError{fault}})
	}
	for i := range inputs {
		read.list = append(read.list, models.ImportRow{Input: &inputs[i]})
	}
	return read
}

func (r *rowList) Rewind() error {
	r.next = 0
	return nil
}

func (r *rowList) Next() (models.ImportRow, error) {
	if r.next == len(r.list) {
		return models.ImportRow{}, r.err
	}
	r.next++
	return r.list[r.next-1], nil
}

func file(campaignID string, rows int) *models.Import {
	return &models.Import{CampaignID: campaignID, Source: models.SourceCSV, FileName: "people.csv", By: "Ada", Rows: rows}
}

func testImport(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	// One is there and finished, one is there, one is there with another's e-mail.
	done := person(1)
	done.Status = new(models.ContactCompleted)
	b.add(t, c.ID, done, person(2), models.ContactInput{Phone: new("+12025550103")})
	b.take(t, c.ID)

	stolen := person(2)
	stolen.Line, stolen.Phone = 5, new("+12025550103")
	inputs := []models.ContactInput{person(1), person(2), person(3), stolen}
	for i := range inputs {
		inputs[i].Line = i + 2
	}
	entry := file(c.ID, 6)
	entry.ID, entry.Created, entry.DayKey = "x", 77, new("x")
	result, err := b.ImportContacts(t.Context(), entry, readRows(inputs,
		models.ImportError{Line: 7, Field: "email", Code: "invalid_email", Detail: "no"},
		models.ImportError{Line: 6, Code: "no_name", Detail: "no"}))
	require.NoError(t, err)
	require.True(t, result.Signal)
	require.Empty(t, result.Results)

	stored, err := b.Import(t.Context(), c.ID, entry.ID)
	require.NoError(t, err)
	requireTime(t, entry.CreatedAt, stored.CreatedAt)
	stored.CreatedAt = entry.CreatedAt
	require.Equal(t, entry, stored)
	require.Equal(t, models.ImportCompleted, stored.Status)
	require.Equal(t, []int{6, 1, 2, 1, 1, 3},
		[]int{stored.Rows, stored.Created, stored.Updated, stored.UpdatedByPhone, stored.UpdatedByEmail, stored.Skipped})
	require.Nil(t, stored.DayKey)
	created := models.Contact{}
	require.NoError(t, b.db.Where("import_id = ?", entry.ID).Take(&created).Error)
	require.Equal(t, models.SourceCSV, created.SourceKind)
	require.Equal(t, person(3).Email, created.Email)

	rows, err := b.ImportErrors(t.Context(), entry.ID, 0)
	require.NoError(t, err)
	type line struct {
		line        int
		field, code string
	}
	lines := []line{}
	for _, row := range rows {
		require.NotEmpty(t, row.Detail)
		lines = append(lines, line{row.Line, row.Field, row.Code})
	}
	require.Equal(t, []line{
		{2, "email", "contact_finished"}, {5, "email", "email_of_other_contact"}, {6, "", "no_name"}, {7, "email", "invalid_email"},
	}, lines, "in the order of the file")
	rows, err = b.ImportErrors(t.Context(), entry.ID, 3)
	require.NoError(t, err)
	require.Len(t, rows, 3)

	b.control(t, c.ID, models.ControlArchive)
	_, err = b.ImportContacts(t.Context(), file(c.ID, 1), readRows(people(1)))
	requireCode(t, models.CodeCampaignArchived, err)
}

func testImportAllOrNothing(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	b.add(t, c.ID, person(1))
	before := b.contact(t, b.take(t, c.ID)[0])
	// The database refuses the last row of the last batch.
	require.NoError(t, b.db.Exec(b.refuseName("Forbidden")).Error)

	change := person(1)
	change.FirstName = new("Changed")
	inputs := append([]models.ContactInput{change}, people(250)...)
	bad := person(999)
	bad.FirstName = new("Forbidden")
	entry := file(c.ID, len(inputs)+1)
	given := *entry
	_, err := b.ImportContacts(t.Context(), entry, readRows(append(inputs, bad), models.ImportError{Line: 1, Code: "x"}))
	require.Error(t, err)
	require.Equal(t, given, *entry, "the caller's entry says nothing that is not so")

	for table, want := range map[string]int64{"contacts": 1, "imports": 1, "import_errors": 0} {
		var n int64
		require.NoError(t, b.db.Table(table).Count(&n).Error)
		require.Equal(t, want, n, table)
	}
	require.Equal(t, before, b.contact(t, before.ID))
	require.False(t, b.pending(t, c.ID))
}

// refuseName is a statement that makes the database refuse new contacts of that first name.
func (b *bench) refuseName(name string) string {
	if b.db.Name() == "postgres" {
		return "ALTER TABLE contacts ADD CONSTRAINT refused CHECK (first_name <> '" + name + "')"
	}
	return "CREATE TRIGGER refused BEFORE INSERT ON contacts WHEN NEW.first_name = '" + name +
		"' BEGIN SELECT RAISE(ABORT, 'refused'); END"
}

// testImportCutShort: a file that breaks off behind batches that were written leaves nothing.
func testImportCutShort(t *testing.T, b *bench) {
	t.Helper()
	c := b.live(t)
	broken := errors.New("connection lost") //nolint:err113 // of this test alone
	given := readRows(people(1_200))
	given.err = broken
	_, err := b.ImportContacts(t.Context(), file(c.ID, 1_200), given)
	require.ErrorIs(t, err, broken)
	require.EqualValues(t, 0, b.count(t, "contacts"))
	require.EqualValues(t, 0, b.count(t, "imports"))
	require.False(t, b.pending(t, c.ID))
}

// testImportBatches: what one batch of rows stores is what the next finds, so that a file of any length is deduplicated as one.
func testImportBatches(t *testing.T, b *bench) {
	t.Helper()
	const persons, times = 400, 4
	c := b.live(t)
	inputs, faults := []models.ContactInput{}, []models.ImportError{}
	for round := range times {
		for i := range persons {
			p := person(i)
			p.Phone = new(fmt.Sprintf("+1202%07d", i))
			if round%2 == 1 {
				p.Email = nil // found by phone
			} else if round > 0 {
				p.Phone = nil // found by e-mail
			}
			p.Line = round*persons + i
			inputs = append(inputs, p)
		}
	}
	for i := range 700 {
		faults = append(faults, models.ImportError{Line: i, Code: "no_name", Detail: "no"})
	}
	entry := file(c.ID, 0)
	_, err := b.ImportContacts(t.Context(), entry, readRows(inputs, faults...))
	require.NoError(t, err)
	require.Equal(t, []int{persons*times + 700, persons, persons * 3, persons * 2, persons, 700},
		[]int{entry.Rows, entry.Created, entry.Updated, entry.UpdatedByPhone, entry.UpdatedByEmail, entry.Skipped})
	require.EqualValues(t, persons, b.count(t, "contacts"))
	stored, err := b.ImportErrors(t.Context(), entry.ID, 0)
	require.NoError(t, err)
	require.Len(t, stored, 700)
}

// testImportBlocks: who opted out by the file is not contacted on that channel, whatever was planned, and no other file or call
// takes that away.
func testImportBlocks(t *testing.T, b *bench) {
	t.Helper()
	c := b.live(t, channels(models.ChannelEmail, models.ChannelText))
	both, mailOnly := person(1), person(2)
	both.Phone = new("+12025550101")
	request, only := b.ready(t, c.ID, both), b.ready(t, c.ID, mailOnly)
	both.Blocked, mailOnly.Blocked = []models.Channel{models.ChannelEmail}, []models.Channel{models.ChannelEmail}
	result, err := b.ImportContacts(t.Context(), file(c.ID, 2), readRows([]models.ContactInput{both, mailOnly}))
	require.NoError(t, err)
	require.Len(t, result.Wake, 2, "their workflows look again")

	step, claim, _, err := b.Claim(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, claim)
	require.Equal(t, []any{models.DoPlan, models.ChannelText}, []any{step.Do, step.Channel}, "planned anew for what is left")
	step, claim, _, err = b.Claim(t.Context(), only)
	require.NoError(t, err)
	require.Nil(t, claim)
	require.Equal(t, []any{models.DoFinish, models.ReasonOptedOut}, []any{step.Do, step.Reason})
	require.Equal(t, []models.Channel{models.ChannelEmail}, b.contact(t, request.ContactID).BlockedChannels)

	// Neither does a call take it away, nor does it hold for others with the address.
	b.add(t, c.ID, models.ContactInput{Email: both.Email, FirstName: new("Changed")})
	require.Equal(t, []models.Channel{models.ChannelEmail}, b.contact(t, request.ContactID).BlockedChannels)
	require.Empty(t, b.suppressed(t))

	// An operator may, who sees a mistake.
	_, err = b.UpdateContact(t.Context(), c.ID, request.ContactID, func(c *models.Contact) error {
		c.BlockedChannels = nil
		return nil
	})
	require.NoError(t, err)
	require.Empty(t, b.contact(t, request.ContactID).BlockedChannels)
}

func testImportRefused(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	entry := file(c.ID, 10_001)
	entry.Detail, entry.Created = new("a file may have 10,000 rows"), 3
	require.NoError(t, b.RefuseImport(t.Context(), entry))
	stored, err := b.Import(t.Context(), c.ID, entry.ID)
	require.NoError(t, err)
	require.Equal(t, models.ImportRefused, stored.Status)
	require.Equal(t, "a file may have 10,000 rows", *stored.Detail)
	require.Equal(t, []int{10_001, 0, 0, 10_001}, []int{stored.Rows, stored.Created, stored.Updated, stored.Skipped})
	require.NotEmpty(t, stored.CreatedAt)
	rows, err := b.ImportErrors(t.Context(), entry.ID, 0)
	require.NoError(t, err)
	require.NotNil(t, rows)
	require.Empty(t, rows)

	// A repetition makes neither a second entry nor a second record.
	first, again := file(c.ID, 1), file(c.ID, 1)
	require.NoError(t, b.RefuseImport(keyed(t, "refused", "form"), first))
	require.NoError(t, b.RefuseImport(keyed(t, "refused", "form"), again))
	require.Equal(t, first.ID, again.ID)
	require.EqualValues(t, 2, b.count(t, "imports"))
	require.Len(t, b.audited(t, models.AuditFilter{Action: new(models.AuditRefuseImport)}), 2)
}

func testImportHistory(t *testing.T, b *bench) {
	t.Helper()

	c, other := b.draft(t), b.draft(t)
	ids := []string{}
	for i := range 3 {
		entry := file(c.ID, 1)
		_, err := b.ImportContacts(t.Context(), entry, readRows([]models.ContactInput{person(i)}))
		require.NoError(t, err)
		ids = append([]string{entry.ID}, ids...)
	}
	require.NoError(t, b.RefuseImport(t.Context(), file(other.ID, 0)))
	seen := []string{}
	for page := 1; page <= 2; page++ {
		entries, total, err := b.Imports(t.Context(), c.ID, models.Page{Number: page, PerPage: 2})
		require.NoError(t, err)
		require.Equal(t, 3, total)
		for _, entry := range entries {
			seen = append(seen, entry.ID)
		}
	}
	require.Equal(t, ids, seen, "newest first")
}

func testImportNotFound(t *testing.T, b *bench) {
	t.Helper()

	c, other := b.draft(t), b.draft(t)
	entry := file(c.ID, 0)
	require.NoError(t, b.RefuseImport(t.Context(), entry))
	for _, id := range []string{unknownID, "nonsense", ""} {
		_, err := b.Import(t.Context(), c.ID, id)
		requireCode(t, models.CodeNotFound, err)
	}
	_, err := b.Import(t.Context(), other.ID, entry.ID)
	requireCode(t, models.CodeNotFound, err)
	_, err = b.ImportErrors(t.Context(), "nonsense", 0)
	requireCode(t, models.CodeNotFound, err)
}

// testImportMailOnce: one mail twice is imported once, at the same time too; another campaign may have it, and a refusal is not in
// its way.
func testImportMailOnce(t *testing.T, b *bench) {
	t.Helper()
	c, other := b.live(t), b.live(t)
	key := new("0123")
	refused := file(c.ID, 0)
	refused.MailKey = key
	require.NoError(t, b.RefuseImport(t.Context(), refused))
	errs := together(times(4, func(int) error {
		entry := file(c.ID, 0)
		entry.Source, entry.MailKey = models.SourceEmail, key
		_, err := b.ImportContacts(t.Context(), entry, readRows(people(3)))
		return err
	})...)
	done := 0
	for _, err := range errs {
		if oneOf(t, err, models.CodeDuplicate) {
			done++
		}
	}
	require.Equal(t, 1, done)
	require.Len(t, b.contactsOf(t, c.ID), 3)
	entry := file(other.ID, 0)
	entry.MailKey = key
	_, err := b.ImportContacts(t.Context(), entry, readRows(people(3)))
	require.NoError(t, err)
}

func testEmailImport(t *testing.T, b *bench) {
	t.Helper()
	c, other := b.live(t), b.live(t)
	none, err := b.EmailImport(t.Context(), c.ID)
	require.NoError(t, err)
	require.Nil(t, none)
	set := func(id string, change func(*models.EmailImport)) *models.EmailImport {
		t.Helper()
		row, err := b.UpdateEmailImport(as(t.Context(), "ada"), id, func(row *models.EmailImport) error {
			change(row)
			return nil
		})
		require.NoError(t, err)
		return row
	}
	first := set(c.ID, func(row *models.EmailImport) {
		row.Enabled, row.AuthorizedSender, row.Mapping = true, "sam@corp.example", "{}"
	})
	require.Regexp(t, "^[a-z2-7]{32}$", first.Token)
	second := set(other.ID, func(row *models.EmailImport) { row.Enabled = true })
	require.NotEqual(t, first.Token, second.Token)
	found, err := b.EmailImportByToken(t.Context(), first.Token)
	require.NoError(t, err)
	require.Equal(t, []string{c.ID, "sam@corp.example", "{}"}, []string{found.CampaignID, found.AuthorizedSender, found.Mapping})

	again := set(c.ID, func(row *models.EmailImport) { row.Token, row.Enabled = "", false })
	require.NotEqual(t, first.Token, again.Token)
	gone, err := b.EmailImportByToken(t.Context(), first.Token)
	require.NoError(t, err)
	require.Nil(t, gone, "the address before is nobody's")
	records := b.audited(t, models.AuditFilter{CampaignID: &c.ID, Action: new(models.AuditUpdateEmailImport)})
	require.Len(t, records, 2)
	require.Equal(t, []string{"enabled", "address"}, records[1].Detail.Fields)
	require.Equal(t, "ada", records[0].ActorName)

	_, err = b.EmailImport(t.Context(), unknownID)
	requireCode(t, models.CodeNotFound, err)
	b.control(t, c.ID, models.ControlArchive)
	_, err = b.UpdateEmailImport(t.Context(), c.ID, func(*models.EmailImport) error { return nil })
	requireCode(t, models.CodeCampaignArchived, err)
}
