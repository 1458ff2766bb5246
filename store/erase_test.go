package store_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func eraseCases() []testCase {
	return []testCase{
		{"EraseLeavesNothing", testEraseNothing},
		{"EraseKeepsTheLedger", testEraseLedger},
		{"EraseKeepsSuppressions", testEraseSuppressions},
		{"EraseKeepsFrequencyCaps", testEraseFrequencyCap},
		{"EraseInFlight", testEraseInFlight},
		{"EraseAnyState", testEraseAnyState},
		{"EraseAnswers", testEraseAnswers},
		{"EraseSuppresses", testEraseSuppresses},
		{"EraseOthers", testEraseOthers},
		{"EraseBlocked", testEraseBlocked},
		{"EraseNamed", testEraseNamed},
		{"EraseUnconsidered", testEraseUnconsidered},
		{"EraseWhileConsidered", testEraseWhileConsidered},
		{"EraseComplaints", testEraseComplaints},
		{"EraseNobody", testEraseNobody},
		{"EraseFormerAddresses", testEraseFormer},
		{"EraseImportErrors", testEraseImportErrors},
		{"EraseOldKeys", testEraseOldKeys},
		{"EraseKnowsEachColumn", testEraseColumns},
		{"ExportIsWhole", testExport},
		{"ReplyHeardOnce", testHeardOnce},
	}
}

// Keys of an installation. They guard nothing but tests.
const (
	testSecret  = "a secret key of the store's tests, long enough"
	otherSecret = "another secret key of the store's tests, later"
)

func secretOf(tb require.TestingT, keys ...string) *models.Secret {
	secret, err := models.NewSecret(keys[0], keys[1:]...)
	require.NoError(tb, err)
	return secret
}

// What is known of a person in these tests begins with mark, or is the number: nothing else holds either.
const (
	mark        = "Zq"
	markedEmail = "zqmailbox@zqhost.example"
	markedPhone = "+12025550177"
)

// marked is a person of whom each word can be found again.
func marked() models.ContactInput {
	return models.ContactInput{
		FirstName: new("Zqfirst"), LastName: new("Zqlast"), Email: new(markedEmail), Phone: new(markedPhone),
		Properties:    map[string]any{"zqkey": "Zqvalue", "other": map[string]any{"deep": "Zqdeep"}},
		ExternalIDKey: new("zqidkey"), ExternalIDValue: new("zqidvalue"),
	}
}

func markedPlan(channel models.Channel, sendAt time.Time) models.Plan {
	plan := planFor(channel, sendAt)
	plan.Body, plan.Reason, plan.VoicemailText = "Zqbody", "Zqreason", "Zqvoicemail"
	if plan.Subject != "" {
		plan.Subject = "Zqsubject"
	}
	return plan
}

// planMarked plans the contact's next outreach with marked texts.
func (b *bench) planMarked(t require.TestingT, channel models.Channel, campaignID, contactID string) models.Step {
	step, request, err := b.BeginPlan(ctx(t), campaignID, contactID, "run-1")
	require.NoError(t, err)
	require.NotNil(t, request, "the contact wants no plan: %s", step)
	step, err = b.StorePlan(ctx(t), campaignID, contactID, *request, markedPlan(channel, request.Channels[0].Earliest))
	require.NoError(t, err)
	return step
}

// markedFailure is a provider's failure whose words quote the person.
func markedFailure(kind models.FailureKind) *models.ProviderError {
	return &models.ProviderError{Kind: kind, Code: "400", Detail: "Zqdetail: no such mailbox " + markedEmail}
}

// dump is the text of every row of every table.
func (b *bench) dump(t require.TestingT) string {
	tables, err := b.db.Migrator().GetTables()
	require.NoError(t, err)
	text := strings.Builder{}
	for _, table := range tables {
		rows := []map[string]any{}
		require.NoError(t, b.db.Table(table).Find(&rows).Error)
		for _, row := range rows {
			for column, value := range row {
				if bytes, is := value.([]byte); is {
					value = string(bytes)
				}
				_, _ = fmt.Fprintf(&text, "%s.%s = %v\n", table, column, value)
			}
		}
	}
	return text.String()
}

// requireGone says that no table, and on SQLite no byte of the files, holds anything of the marked person.
func (b *bench) requireGone(t require.TestingT) {
	for line := range strings.Lines(b.dump(t)) {
		requireUnmarked(t, line)
	}
	if b.db.Name() != "sqlite" {
		return
	}
	require.NoError(t, b.Scrub(ctx(t)))
	for _, file := range b.files(t) {
		content, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		requireUnmarked(t, string(content))
	}
}

func requireUnmarked(t require.TestingT, text string) {
	lower := strings.ToLower(text)
	for _, word := range []string{strings.ToLower(mark), markedPhone[1:]} {
		if at := strings.Index(lower, word); at >= 0 {
			require.Fail(t, "something is left", "%q", lower[max(0, at-60):min(len(lower), at+60)])
		}
	}
}

// files are those of a SQLite database.
func (b *bench) files(t require.TestingT) []string {
	path := ""
	require.NoError(t, b.db.Raw("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path).Error)
	require.NotEmpty(t, path)
	return []string{path, path + "-wal"}
}

func (b *bench) erase(t require.TestingT, campaignID, contactID string) models.Erasure {
	result, err := b.EraseContact(as(ctx(t), "ada"), campaignID, contactID, models.EraseOptions{})
	require.NoError(t, err)
	return result
}

// lived gives a marked person everything that Beckon may hold of one: plans, edits, sends, refusals, events, answers.
func (b *bench) lived(t *testing.T, campaignID string) (contactID string) {
	t.Helper()
	entry := file(campaignID, 1)
	_, err := b.ImportContacts(t.Context(), entry, readRows([]models.ContactInput{marked()}, models.ImportError{
		Line: 2, Field: "properties.Zqcolumn " + markedEmail, Code: "too_long", Detail: "column \"" + markedEmail + "\": too long",
	}))
	require.NoError(t, err)
	id := ""
	require.NoError(t, b.db.Model(&models.Contact{}).Where("email = ?", markedEmail).Pluck("id", &id).Error)
	b.take(t, campaignID)
	_, err = b.UpdateContact(t.Context(), campaignID, id, func(c *models.Contact) error {
		c.Timezone = new("Pacific/Kiritimati")
		return nil
	})
	require.NoError(t, err)
	_, _, err = b.ContactControl(t.Context(), campaignID, id, models.ContactDisable, models.ContactControlOptions{Note: "Zqnote"})
	require.NoError(t, err)
	b.operate(t, campaignID, id, models.ContactEnable)

	// Refused on one channel, sent on another.
	b.planMarked(t, models.ChannelText, campaignID, id)
	_, err = b.EditOutreach(t.Context(), campaignID, id, models.OutreachEdit{Version: 1, Body: new("Zqedited")})
	require.NoError(t, err)
	step, err := b.Look(t.Context(), campaignID, id, "run-1")
	require.NoError(t, err)
	claim := b.claimed(t, b.requestOf(campaignID, id, step))
	_, err = b.Reject(t.Context(), claim, markedFailure(models.FailureRejected))
	require.NoError(t, err)
	step = b.planMarked(t, models.ChannelEmail, campaignID, id)
	claim = b.claimed(t, b.requestOf(campaignID, id, step))
	_, err = b.Accept(t.Context(), claim, "m-1")
	require.NoError(t, err)
	_, err = b.RecordEvents(t.Context(), []models.ProviderEvent{{
		OutreachID: claim.OutreachID, Type: models.EventDeferred, At: b.clock.Now(), Code: "4.2.2 " + markedEmail,
		Detail: "Zqevent", DedupeKey: "m-1|deferred",
	}})
	require.NoError(t, err)
	answer := b.message(markedEmail, "Zqanswer")
	answer.ProviderID, answer.WholeText = "<1@zqhost.example>", "Zqwhole"
	answer.Transcript = []models.SpokenLine{{Speaker: "contact", Text: "Zqspoken", At: b.clock.Now()}}
	_, err = b.RecordReply(t.Context(), answer)
	require.NoError(t, err)
	b.planMarked(t, models.ChannelEmail, campaignID, id)
	machine := b.message(markedEmail, "Zqaway")
	machine.ProviderID, machine.Automatic, machine.OutreachID = "<3@zqhost.example>", true, claim.OutreachID
	_, err = b.RecordReply(t.Context(), machine)
	require.NoError(t, err)
	_, err = b.AddSuppression(t.Context(), models.SuppressAll, markedPhone, models.SuppressedManual, "api")
	require.NoError(t, err)
	return id
}

func everyChannel(c *models.Campaign) {
	channels(models.ChannelText, models.ChannelEmail, models.ChannelPhone)(c)
	followUp(c)
}

func testEraseNothing(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	id := b.lived(t, c.ID)
	for _, word := range []string{
		"Zqfirst", "Zqvalue", "Zqdeep", "zqidkey", "zqidvalue", "Zqbody", "Zqsubject", "Zqreason", "Zqedited", "Zqdetail", "Zqevent",
		"Zqanswer", "Zqspoken", "Zqwhole", "Zqaway", "Zqcolumn", "<1@zqhost.example>", "4.2.2 " + markedEmail, markedPhone, "Kiritimati",
	} {
		require.Contains(t, b.dump(t), word, "the test would not find it")
	}
	result := b.erase(t, c.ID, id)
	require.True(t, result.Changed)
	require.Len(t, result.Wakes, 1, "its workflow ends")
	b.requireGone(t)
	require.NotContains(t, b.dump(t), "Kiritimati")

	again := b.erase(t, c.ID, id)
	require.False(t, again.Changed)
	requireTime(t, result.ErasedAt, again.ErasedAt)
	records := b.audited(t, models.AuditFilter{ContactID: &id, Action: new(models.AuditEraseContact)})
	require.Len(t, records, 1)
	require.Equal(t, "ada", records[0].ActorName)
	step, err := b.Look(t.Context(), c.ID, id, "run-1")
	require.NoError(t, err)
	require.Equal(t, models.DoRemoved, step.Do)
	_, err = b.Contact(t.Context(), c.ID, id)
	requireCode(t, models.CodeNotFound, err)
	_, err = b.EraseContact(t.Context(), c.ID, unknownID, models.EraseOptions{})
	requireCode(t, models.CodeNotFound, err)
}

// testEraseLedger says that what was sent is counted as before.
func testEraseLedger(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	id := b.lived(t, c.ID)
	before := b.performance(t, c.ID)
	require.Positive(t, before.Totals.Outreaches)
	require.Positive(t, before.Totals.ContactsReplied)
	b.erase(t, c.ID, id)
	after := b.performance(t, c.ID)
	require.Equal(t, before.Totals, after.Totals)
	require.Equal(t, before.Cost, after.Cost)
	outreaches := []models.Outreach{}
	require.NoError(t, b.db.Where("contact_id = ? AND claimed_at IS NOT NULL", id).Find(&outreaches).Error)
	require.Len(t, outreaches, 2)
	for _, o := range outreaches {
		require.True(t, models.IsErasedAddress(*o.Address), *o.Address)
	}
	row, err := b.Campaign(t.Context(), c.ID)
	require.NoError(t, err)
	require.Zero(t, row.ContactCount)
}

// testEraseSuppressions says that whoever opted out stays out, under each of its addresses, though nobody knows them any more.
func testEraseSuppressions(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	for round := range 2 { // the second erases what is suppressed by a hash already
		id := b.taken(t, c.ID, marked())[0]
		if round == 0 {
			b.sendTo(t, models.ChannelText, c.ID, id)
			b.says(t, markedPhone, "STOP")
		} else {
			step, err := b.Look(t.Context(), c.ID, id, "run-1")
			require.NoError(t, err)
			require.Equal(t, models.DoFinish, step.Do)
			require.Equal(t, models.ReasonOptedOut, step.Reason)
			_, err = b.AddSuppression(t.Context(), "text", markedPhone, models.SuppressedManual, "api")
			require.NoError(t, err)
		}
		b.erase(t, c.ID, id)
		b.requireGone(t)
		rows := []models.Suppression{}
		require.NoError(t, b.db.Find(&rows).Error)
		require.Len(t, rows, 3, "e-mail, text and phone, each once")
		for _, row := range rows {
			require.Nil(t, row.Address)
			require.Equal(t, models.SuppressedOptOut, row.Reason)
		}
	}
	// START lifts what a STOP of the number forbade, erased or not.
	b.says(t, markedPhone, "START")
	b.requireGone(t)
	require.EqualValues(t, 1, b.count(t, "suppressions"), "the e-mail address stays")
}

func testEraseFrequencyCap(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelEmail), func(c *models.Campaign) {
		c.FrequencyCap = &models.FrequencyCap{Count: 1, Days: 7}
	})
	claim := b.sent(t, models.ChannelEmail, c.ID, marked())
	b.erase(t, c.ID, claim.ContactID)
	id := b.taken(t, c.ID, marked())[0]
	require.NotEqual(t, claim.ContactID, id)
	step := b.planOn(t, models.ChannelEmail, c.ID, id)
	require.Equal(t, models.WaitFrequencyCap, step.Waiting.Reason, step.String())
	requireTime(t, claim.At.Add(7*24*time.Hour), *step.Waiting.Until)
}

// testEraseInFlight erases a contact while a provider has its outreach: whatever becomes of it is recorded without a word.
func testEraseInFlight(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	finish := map[string]struct {
		end func(claim *store.Claim) (models.Step, error)
		to  models.OutreachState
	}{
		"accept": {func(claim *store.Claim) (models.Step, error) { return b.Accept(t.Context(), claim, "m-"+claim.Token) },
			models.OutreachAccepted},
		"reject": {func(claim *store.Claim) (models.Step, error) {
			return b.Reject(t.Context(), claim, markedFailure(models.FailureRejected))
		}, models.OutreachRejected},
		"doubt": {func(claim *store.Claim) (models.Step, error) {
			return b.Doubt(t.Context(), claim, markedFailure(models.FailureInDoubt))
		}, models.OutreachSubmitting},
		"give back": {func(claim *store.Claim) (models.Step, error) {
			return b.GiveBack(t.Context(), claim, markedFailure(models.FailureDown), models.WaitProviderDown,
				func(int) time.Duration { return time.Minute })
		}, models.OutreachCancelled},
	}
	for name, end := range finish {
		id := b.taken(t, c.ID, marked())[0]
		claim := b.claimed(t, b.requestOf(c.ID, id, b.planMarked(t, models.ChannelEmail, c.ID, id)))
		require.Equal(t, 1, b.erase(t, c.ID, id).InFlight)
		step, err := end.end(claim)
		require.NoError(t, err, name)
		require.Equal(t, models.DoRemoved, step.Do, name)
		require.Equal(t, end.to, b.outreach(t, claim.OutreachID).State, name)
		for _, kind := range []models.EventType{models.EventDelivered, models.EventBounced} {
			_, err = b.RecordEvents(t.Context(), []models.ProviderEvent{{
				OutreachID: claim.OutreachID, Type: kind, At: b.clock.Now(), Code: "Zqcode of " + markedEmail,
				Detail: "Zqlate", DedupeKey: name + string(kind),
			}})
			require.NoError(t, err, name)
		}
		b.requireGone(t)
		require.NoError(t, b.db.Exec("DELETE FROM suppressions").Error) // of the bounce
	}
}

func testEraseAnyState(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	for name, prepare := range map[string]func(id string){
		"planning": func(string) {},
		"removed": func(id string) {
			_, err := b.RemoveContact(t.Context(), c.ID, id)
			require.NoError(t, err)
		},
		"completed": func(id string) { b.operate(t, c.ID, id, models.ContactComplete) },
		"disabled":  func(id string) { b.operate(t, c.ID, id, models.ContactDisable) },
		"archived":  func(string) { b.control(t, c.ID, models.ControlArchive) },
	} {
		if name == "archived" {
			continue // the last
		}
		id := b.taken(t, c.ID, marked())[0]
		prepare(id)
		revision := b.contact(t, id).Revision
		result := b.erase(t, c.ID, id)
		require.True(t, result.Changed, name)
		require.Equal(t, name == "planning" || name == "disabled", len(result.Wakes) == 1, name)
		if len(result.Wakes) == 0 {
			require.Equal(t, revision, b.contact(t, id).Revision, name)
		}
		b.requireGone(t)
	}
	id := b.taken(t, c.ID, marked())[0]
	b.control(t, c.ID, models.ControlArchive)
	require.True(t, b.erase(t, c.ID, id).Changed)
	b.requireGone(t)
}

// testEraseAnswers says that what comes from an erased person is not kept, but heeded.
func testEraseAnswers(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	claim := b.sent(t, models.ChannelText, c.ID, marked())
	b.erase(t, c.ID, claim.ContactID)
	require.Empty(t, b.says(t, markedPhone, "Zqlate answer"))
	require.Empty(t, b.replies(t, claim.ContactID))
	require.Empty(t, b.says(t, markedPhone, "STOP"))
	b.requireGone(t)
	require.EqualValues(t, 2, b.count(t, "suppressions"), "text and phone")

	id := b.taken(t, c.ID, marked())[0]
	step, err := b.Look(t.Context(), c.ID, id, "run-1")
	require.NoError(t, err)
	require.Equal(t, models.DoPlan, step.Do)
	require.Equal(t, models.ChannelEmail, step.Channel, "the one that is left")
}

func testEraseSuppresses(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	id := b.taken(t, c.ID, marked())[0]
	_, err := b.EraseContact(t.Context(), c.ID, id, models.EraseOptions{Suppress: true})
	require.NoError(t, err)
	b.requireGone(t)
	id = b.taken(t, c.ID, marked())[0]
	step, err := b.Look(t.Context(), c.ID, id, "run-1")
	require.NoError(t, err)
	require.Equal(t, []any{models.DoFinish, models.ReasonUnreachable}, []any{step.Do, step.Reason})
}

// testEraseOthers says that contacts of other campaigns with the same addresses are named, and told of their suppression first.
func testEraseOthers(t *testing.T, b *bench) {
	t.Helper()

	one, two := b.live(t, everyChannel), b.live(t, everyChannel)
	id, other := b.taken(t, one.ID, marked())[0], b.taken(t, two.ID, marked())[0]
	_, err := b.AddSuppression(t.Context(), models.SuppressAll, markedPhone, models.SuppressedManual, "api")
	require.NoError(t, err)
	_, err = b.AddSuppression(t.Context(), models.SuppressAll, markedEmail, models.SuppressedManual, "api")
	require.NoError(t, err)
	result := b.erase(t, one.ID, id)
	require.Equal(t, []models.ContactKey{{CampaignID: two.ID, ContactID: other}}, result.Others)
	require.Equal(t, models.ContactDisqualified, b.contact(t, other).Status)
	require.Empty(t, b.erase(t, two.ID, other).Others)
	b.requireGone(t)
}

// testEraseFormer says that a number which the contact had, and to which nothing was sent, is erased with it, and stays suppressed.
func testEraseFormer(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	for name, change := range map[string]func(id string){
		"changed": func(id string) {
			_, err := b.UpdateContact(t.Context(), c.ID, id, func(c *models.Contact) error {
				c.Phone = new("+12025550188")
				return nil
			})
			require.NoError(t, err)
		},
		"cleared": func(id string) {
			_, err := b.UpdateContact(t.Context(), c.ID, id, func(c *models.Contact) error { c.Phone = nil; return nil })
			require.NoError(t, err)
		},
		"added again": func(string) {
			input := marked()
			input.Phone = new("+12025550188")
			b.add(t, c.ID, input)
		},
		"twice in one call": func(string) {
			one, two := marked(), marked()
			one.Phone, two.Phone = new("+12025550188"), new("+12025550199")
			b.add(t, c.ID, one, two, one)
		},
	} {
		id := b.taken(t, c.ID, marked())[0]
		change(id)
		_, err := b.AddSuppression(t.Context(), models.SuppressAll, markedPhone, models.SuppressedOptOut, "api")
		require.NoError(t, err)
		export, err := b.ExportContact(t.Context(), c.ID, id)
		require.NoError(t, err)
		require.Contains(t, export.FormerAddresses, markedPhone, name)
		require.Len(t, export.Suppressions, 1, name)

		require.NotContains(t, addressesIn(new(b.contact(t, id))), markedPhone, name)
		b.erase(t, c.ID, id)
		b.requireGone(t)
		require.Zero(t, b.count(t, "former_addresses"), name)
		id = b.taken(t, c.ID, models.ContactInput{Phone: new(markedPhone)})[0]
		step, err := b.Look(t.Context(), c.ID, id, "run-1")
		require.NoError(t, err)
		require.Equal(t, models.DoFinish, step.Do, name)
		b.erase(t, c.ID, id)
		require.NoError(t, b.db.Exec("DELETE FROM suppressions").Error)
	}
}

// testEraseImportErrors says that what a file without titles made the names of columns is erased with the person whom they
// name, and that titles which only look alike stay.
func testEraseImportErrors(t *testing.T, b *bench) {
	t.Helper()

	c, other := b.live(t, everyChannel), b.live(t, everyChannel)
	gone := []string{"Zqfirst", "Frau ZQLAST, geb. X", "(202) 555-0177", "0202/555-0177", "+1 202 555 0177", markedEmail}
	stays := []string{"Zqfirsts", "5550", "2025550178", "Plan"}
	entry, theirs := file(c.ID, 0), file(other.ID, 0)
	for _, each := range []*models.Import{entry, theirs} {
		faults := []models.ImportError{{Line: 2, Field: "timezone", Code: "invalid_timezone", Detail: "no zone"}}
		for _, title := range slices.Concat(gone, stays) {
			faults = append(faults, models.ImportError{Line: 2, Field: "properties." + title, Code: "too_long", Detail: "too long"})
		}
		_, err := b.ImportContacts(t.Context(), each, readRows(nil, faults...))
		require.NoError(t, err)
	}
	id := b.taken(t, c.ID, marked())[0]
	b.erase(t, c.ID, id)
	left := map[string]int{}
	rows, err := b.ImportErrors(t.Context(), entry.ID, 0)
	require.NoError(t, err)
	for _, row := range rows {
		left[row.Field+": "+row.Detail]++
	}
	require.Equal(t, map[string]int{
		": what was wrong was erased with a contact": len(gone), "timezone: no zone": 1, "properties.Zqfirsts: too long": 1,
		"properties.5550: too long": 1, "properties.2025550178: too long": 1, "properties.Plan: too long": 1,
	}, left)
	rows, err = b.ImportErrors(t.Context(), theirs.ID, 0)
	require.NoError(t, err)
	require.Equal(t, "timezone", rows[0].Field)
	require.Equal(t, "properties.Zqfirst", rows[1].Field, "it is another campaign's")
}

func addressesIn(c *models.Contact) []string {
	list := []string{}
	for _, address := range []*string{c.Email, c.Phone} {
		if address != nil {
			list = append(list, *address)
		}
	}
	return list
}

// testEraseOldKeys says that what was hashed with a former key of the installation is known again.
func testEraseOldKeys(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	id := b.taken(t, c.ID, marked())[0]
	b.sendTo(t, models.ChannelText, c.ID, id)
	b.says(t, markedPhone, "STOP")
	b.erase(t, c.ID, id)
	for _, known := range []struct {
		secret *models.Secret
		do     models.Do
	}{{secretOf(t, otherSecret, testSecret), models.DoFinish}, {secretOf(t, otherSecret), models.DoPlan}} {
		later := b.reopened(t, known.secret)
		added, err := later.AddContacts(t.Context(), c.ID, models.ActionUpsert, models.SourceAPI, []models.ContactInput{marked()})
		require.NoError(t, err)
		_, err = later.TakeContacts(t.Context(), c.ID, "batch-"+unique(), 10)
		require.NoError(t, err)
		step, err := later.Look(t.Context(), c.ID, added.Results[0].ContactID, "run-1")
		require.NoError(t, err)
		require.Equal(t, known.do, step.Do, step.String())
		_, err = later.EraseContact(t.Context(), c.ID, added.Results[0].ContactID, models.EraseOptions{})
		require.NoError(t, err)
	}
	_, err := b.reopened(t, nil).EraseContact(t.Context(), c.ID, id, models.EraseOptions{})
	requireCode(t, models.CodeUnavailable, err)
}

// reopened is the same database with another secret.
func (b *bench) reopened(t *testing.T, secret *models.Secret) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: b.address, Now: b.clock.Now, Secret: secret})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// testExport says that what an export holds is all that an erasure would delete.
func testExport(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	id := b.lived(t, c.ID)
	export, err := b.ExportContact(as(t.Context(), "ada"), c.ID, id)
	require.NoError(t, err)
	text := fmt.Sprintf("%+v", *export)
	require.Equal(t, "Zqfirst", export.Contact.FirstName)
	require.Len(t, export.Outreaches, 3)
	require.Len(t, export.Outreaches[0].Versions, 2)
	require.Equal(t, "Zqedited", export.Outreaches[0].Versions[1].Body)
	require.Equal(t, "Zqevent", *export.Outreaches[1].Events[0].Detail)
	require.Equal(t, "Zqanswer", export.Replies[0].Text)
	require.Len(t, export.Suppressions, 1)
	require.NotNil(t, export.Import)
	require.NotEmpty(t, export.Audit)
	require.Contains(t, text, "Zqdeep")
	require.Len(t, b.audited(t, models.AuditFilter{ContactID: &id, Action: new(models.AuditExportContact)}), 1)

	b.erase(t, c.ID, id)
	_, err = b.ExportContact(t.Context(), c.ID, id)
	requireCode(t, models.CodeNotFound, err)
	_, err = b.ExportContact(t.Context(), c.ID, unknownID)
	requireCode(t, models.CodeNotFound, err)
}

// testHeardOnce says that a message which is nobody's reply has its effect once, whatever came after it.
func testHeardOnce(t *testing.T, b *bench) {
	t.Helper()

	start, stop := b.message(markedPhone, "START"), b.message(markedPhone, "STOP")
	record := func(message models.InboundMessage) {
		t.Helper()
		_, err := b.RecordReply(t.Context(), message)
		require.NoError(t, err)
	}
	record(start)
	record(stop)
	require.Len(t, b.suppressed(t), 2)
	record(start)
	require.Len(t, b.suppressed(t), 2, "it was heard before the number opted out")
	record(b.message(markedPhone, "START"))
	require.Empty(t, b.suppressed(t))
	record(stop)
	require.Empty(t, b.suppressed(t))

	// So has one that was a reply of somebody who was erased since.
	c := b.live(t, everyChannel)
	claim := b.sent(t, models.ChannelText, c.ID, marked())
	start = b.message(markedPhone, "START")
	record(start)
	record(b.message(markedPhone, "STOP"))
	b.erase(t, c.ID, claim.ContactID)
	record(start)
	require.EqualValues(t, 3, b.count(t, "suppressions"))
}

// testEraseBlocked says that an opt-out which a file brought holds after the erasure.
func testEraseBlocked(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	input := marked()
	input.Blocked = []models.Channel{models.ChannelText, models.ChannelPhone}
	id := b.taken(t, c.ID, input)[0]
	require.Empty(t, b.suppressed(t))
	b.erase(t, c.ID, id)
	b.requireGone(t)
	id = b.taken(t, c.ID, marked())[0]
	step := b.planOn(t, models.ChannelEmail, c.ID, id)
	require.Equal(t, models.ChannelEmail, step.Channel)
	f := b.contact(t, id)
	require.Empty(t, f.BlockedChannels)
	require.EqualValues(t, 2, b.count(t, "suppressions"))
}

// testEraseNamed says that an answer to an outreach, which names it, is heeded and not kept.
func testEraseNamed(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	claim := b.sent(t, models.ChannelText, c.ID, marked())
	b.erase(t, c.ID, claim.ContactID)
	message := b.message("zqother@zqhost.example", "Zqgo away")
	message.OutreachID, message.OptOut = claim.OutreachID, true
	message.ProviderID = "<2@zqhost.example>"
	_, err := b.RecordReply(t.Context(), message)
	require.NoError(t, err)
	b.requireGone(t)
	require.ElementsMatch(t, append(erasedRows(t, "zqother@zqhost.example"), erasedRows(t, markedPhone)...), b.hashed(t),
		"the address that it came from, and the one that was answered")
	require.Empty(t, b.replies(t, claim.ContactID))
}

// hashed lists what is suppressed by hashes alone, as "channel hash reason".
func (b *bench) hashed(t require.TestingT) []string {
	rows := []models.Suppression{}
	require.NoError(t, b.db.Find(&rows).Error)
	list := []string{}
	for _, row := range rows {
		require.Nil(t, row.Address)
		list = append(list, fmt.Sprintf("%s %s %s", row.Channel, row.AddressHash, row.Reason))
	}
	return list
}

// erasedRows are the rows of hashed that an opt-out of an erased address has.
func erasedRows(t require.TestingT, address string) []string {
	channels := []models.Channel{models.ChannelEmail}
	if address[0] == '+' {
		channels = []models.Channel{models.ChannelText, models.ChannelPhone}
	}
	list := []string{}
	for _, channel := range channels {
		hash := secretOf(t, testSecret).ErasedAddresses(address)[0]
		list = append(list, fmt.Sprintf("%s %s %s", channel, hash, models.SuppressedOptOut))
	}
	return list
}

// testEraseUnconsidered says that an answer which nobody has considered yet counts as an opt-out once it is erased.
func testEraseUnconsidered(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	claim := b.sent(t, models.ChannelText, c.ID, marked())
	b.says(t, markedPhone, "Zqbitte lasst mich in Ruhe")
	require.Empty(t, b.suppressed(t))
	_, err := b.UpdateContact(t.Context(), c.ID, claim.ContactID, func(c *models.Contact) error {
		c.Phone = new("+12025550188")
		return nil
	})
	require.NoError(t, err)
	b.erase(t, c.ID, claim.ContactID)
	b.requireGone(t)
	require.ElementsMatch(t, slices.Concat(
		erasedRows(t, markedEmail), erasedRows(t, markedPhone), erasedRows(t, "+12025550188"),
	), b.hashed(t))
	b.clock.Advance(time.Hour)
	left, err := b.UnconsideredReplies(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, left, "there is nothing to consider in it")
	id := b.taken(t, c.ID, marked())[0]
	step, err := b.Look(t.Context(), c.ID, id, "run-1")
	require.NoError(t, err)
	require.Equal(t, []any{models.DoFinish, models.ReasonOptedOut}, []any{step.Do, step.Reason})
}

// testEraseComplaints says that of what forbids an address which was erased twice the graver stays: no text lifts a complaint.
func testEraseComplaints(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	for _, reasons := range [][]models.SuppressionReason{
		{models.SuppressedComplaint, models.SuppressedOptOut}, {models.SuppressedOptOut, models.SuppressedComplaint},
		{models.SuppressedComplaint, models.SuppressedManual},
	} {
		for _, reason := range reasons {
			id := b.taken(t, c.ID, marked())[0]
			_, err := b.AddSuppression(t.Context(), "text", markedPhone, reason, "api")
			require.NoError(t, err)
			b.erase(t, c.ID, id)
		}
		row := models.Suppression{}
		require.NoError(t, b.db.Take(&row).Error)
		require.Equal(t, models.SuppressedComplaint, row.Reason, reasons)
		require.EqualValues(t, 1, b.count(t, "suppressions"))
		b.says(t, markedPhone, "START")
		require.EqualValues(t, 1, b.count(t, "suppressions"))
		require.NoError(t, b.db.Exec("DELETE FROM suppressions").Error)
	}
}

// testEraseNobody says that an erasure of nobody does nothing at all.
func testEraseNobody(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	_, err := b.AddSuppression(t.Context(), models.SuppressAll, markedPhone, models.SuppressedManual, "api")
	require.NoError(t, err)
	_, err = b.EraseContact(t.Context(), c.ID, unknownID, models.EraseOptions{})
	requireCode(t, models.CodeNotFound, err)
	row := models.Suppression{}
	require.NoError(t, b.db.Take(&row).Error)
	require.Nil(t, row.SweptAt)
}

// testEraseWhileConsidered says that what the AI finds in an answer after its erasure forbids the address on each channel that
// can use it, by its hash.
func testEraseWhileConsidered(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	claim := b.sent(t, models.ChannelText, c.ID, marked())
	b.says(t, markedPhone, dismissal)
	reply := b.replies(t, claim.ContactID)[0]
	b.erase(t, c.ID, claim.ContactID)
	require.NoError(t, b.db.Exec("DELETE FROM suppressions").Error)
	require.NoError(t, b.db.Exec("UPDATE replies SET considered_at = NULL").Error) // as by an older binary's erasure
	_, err := b.ConsiderReply(t.Context(), store.UnconsideredReply{
		ID: reply.ID, CampaignID: c.ID, ContactID: claim.ContactID,
	}, true, models.Plan{Model: "m"})
	require.NoError(t, err)
	require.ElementsMatch(t, erasedRows(t, markedPhone), b.hashed(t))
}

// keptColumns says of each column that can hold text, in tables that speak of contacts, why erasure leaves it or what it does
// with it. A column that is in none of these lists fails the test: whoever adds one says here what becomes of it.
func keptColumns() map[string][]string {
	return map[string][]string{
		// Deleted, or replaced by a hash.
		"erased": {
			"contacts.first_name", "contacts.last_name", "contacts.email", "contacts.phone", "contacts.search_text",
			"contacts.timezone", "contacts.properties", "contacts.external_id_key", "contacts.external_id_value",
			"contacts.status_note", "contacts.waiting_detail", "contacts.waiting_reason", "contacts.planner_code",
			"contacts.blocked_channels", "outreaches.opening", "outreaches.closing", "outreaches.address_hash",
			"replies.transcript", "replies.whole_text",
			"outreaches.address", "outreaches.error_detail", "outreaches.result_code",
			"outreach_versions.subject", "outreach_versions.body", "outreach_versions.voicemail_text", "outreach_versions.reason",
			"events.detail", "events.code", "replies.text", "replies.provider_id",
			"suppressions.address", "suppressions.address_hash", "import_errors.field", "import_errors.detail",
			"former_addresses.address", "contacts.eligibility_reason",
			"strangers.address", "strangers.message",
		},
		// Codes and times of ours, names of staff, ids of providers.
		"ours": {
			"contacts.source_kind", "contacts.status", "contacts.status_reason", "contacts.last_outcome", "contacts.taken_batch",
			"contacts.run_id",
			"outreaches.channel", "outreaches.state", "outreaches.claim_token", "outreaches.provider_id", "outreaches.outcome",
			"outreaches.waiting_reason", "outreach_versions.author", "outreach_versions.model",
			"events.type", "events.dedupe_key", "replies.channel", "replies.opt_out_reason",
			"suppressions.channel", "suppressions.reason", "suppressions.source",
			"strangers.channel", "strangers.asked", "strangers.code",
			"import_errors.code", "imports.source", "imports.status", "imports.file_name", "imports.by", "imports.detail",
			"imports.mail_key",
			"imports.day_key",
		},
		// Tables that never hold anything of a contact's: settings, staff, what is known by hashes and ids alone.
		"tables": {
			"campaigns", "campaign_intake", "releases", "api_keys", "signal_controls", "idempotency_keys", "audit_records",
			"goose_db_version", "users", "sessions", "one_time_links", "sign_in_throttles", "installation_settings",
			"inbound_messages", "planner_calls", "credential_refusals", "email_imports",
		},
	}
}

func testEraseColumns(t *testing.T, b *bench) {
	t.Helper()

	known := map[string]bool{}
	for _, list := range keptColumns() {
		for _, name := range list {
			known[name] = true
		}
	}
	columns := []struct{ Name, Type string }{}
	query := `SELECT m.name || '.' || p.name AS name, p.type AS type FROM sqlite_master m, pragma_table_xinfo(m.name) p
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`
	if b.db.Name() == "postgres" {
		query = `SELECT table_name || '.' || column_name AS name, data_type AS type FROM information_schema.columns
			WHERE table_schema = 'public'`
	}
	require.NoError(t, b.db.Raw(query).Scan(&columns).Error)
	require.NotEmpty(t, columns)
	for _, column := range columns {
		table, name, _ := strings.Cut(column.Name, ".")
		holdsText := slices.Contains([]string{"text", "jsonb", "blob", "bytea"}, strings.ToLower(column.Type)) &&
			name != "id" && !strings.HasSuffix(strings.ReplaceAll(name, "provider_id", ""), "_id")
		require.True(t, !holdsText || known[table] || known[column.Name],
			"%s (%s) may hold personal data: say in keptColumns what erasure does with it, and do that in erase.go",
			column.Name, column.Type)
	}
}
