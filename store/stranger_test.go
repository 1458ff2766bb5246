package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func strangerCases() []testCase {
	return []testCase{
		{"StrangerJoins", testStrangerJoins},
		{"StrangerJoinsTheNewestThatIsForThem", testStrangerJoinsTheNewest},
		{"StrangerIsNotTaken", testStrangerNotTaken},
		{"StrangerOfAnArchivedCampaign", testStrangerOfArchived},
		{"StrangerIsJudged", testStrangerJudged},
		{"StrangerIsRefused", testStrangerRefused},
		{"StrangerChangesWhileTheAIIsAsked", testStrangerChanges},
		{"StrangersAtOnce", testStrangersAtOnce},
		{"EraseStranger", testEraseStranger},
		{"NotEligibleSaysWhy", testNotEligibleSaysWhy},
	}
}

const (
	strangerNumber = "+12025550188"
	strangerEmail  = "stranger@home.example"
)

func inboundOn(c *models.Campaign) { c.Inbound.Enabled = true }

// of is a setting that lets whoever meets the rules join.
func of(rules ...models.EligibilityRule) func(*models.Campaign) {
	return func(c *models.Campaign) { c.Inbound.Enabled, c.Eligibility.Rules = true, rules }
}

func prompting(c *models.Campaign) {
	c.Inbound.Enabled, c.Eligibility.Prompt = true, new("Dentists only")
}

// all lets the campaign use each channel.
func all(c *models.Campaign) {
	channels(models.ChannelEmail, models.ChannelText, models.ChannelPhone)(c)
}

// comes has somebody text, call or mail of themselves.
func (b *bench) comes(t require.TestingT, channel models.Channel, from, id, text string) models.Received {
	received, err := b.RecordReply(ctx(t), models.InboundMessage{
		Channel: channel, From: from, To: "+12025550100", Text: text, ProviderID: id, At: b.clock.Now(),
	})
	require.NoError(t, err)
	return received
}

// inboundEntry is the campaign's line of the day in the history of imports.
func (b *bench) inboundEntry(t *testing.T, campaignID string) *models.Import {
	t.Helper()
	entries, _, err := b.Imports(t.Context(), campaignID, models.Page{Number: 1, PerPage: 50})
	require.NoError(t, err)
	for i := range entries {
		if entries[i].Source == models.SourceInbound {
			return &entries[i]
		}
	}
	return nil
}

func testStrangerJoins(t *testing.T, b *bench) {
	t.Helper()
	c := b.live(t, all, inboundOn)
	for i, each := range []struct {
		channel models.Channel
		from    string
	}{{models.ChannelText, strangerNumber}, {models.ChannelPhone, "+12025550189"}, {models.ChannelEmail, strangerEmail}} {
		id := fmt.Sprintf("M%d", i)
		received := b.comes(t, each.channel, each.from, id, "Do you have time?")
		require.Equal(t, c.ID, received.CampaignID)
		require.NotNil(t, received.Joined)
		require.Equal(t, i == 0, received.Joined.Signal, "the campaign is told once until it looks")
		contact := b.contact(t, received.ContactID)
		require.Equal(t, models.SourceInbound, contact.SourceKind)
		require.Equal(t, models.ContactNotStarted, contact.Status)
		require.Equal(t, each.from, contact.Address(each.channel))
		require.Equal(t, models.ReasonNoRules, *contact.EligibilityReason)
		replies := b.replies(t, received.ContactID)
		require.Len(t, replies, 1)
		require.Equal(t, "Do you have time?", replies[0].Text)
		require.Equal(t, each.channel, replies[0].Channel)
		// The same message has its effect once; another is a reply of the contact.
		again := b.comes(t, each.channel, each.from, id, "Do you have time?")
		require.True(t, again.Again)
		require.Nil(t, again.Joined)
		more := b.comes(t, each.channel, each.from, id+"b", "Hello?")
		require.Equal(t, received.ContactID, more.ContactID)
		require.Nil(t, more.Joined)
		require.Len(t, b.replies(t, received.ContactID), 2)
	}
	entry := b.inboundEntry(t, c.ID)
	require.Equal(t, []int{3, 3, 0, 0}, []int{entry.Rows, entry.Created, entry.Updated, entry.Skipped})
	require.Equal(t, "inbound", entry.By)

	// The planning knows what the person wrote.
	b.take(t, c.ID)
	contacts := b.contactsOf(t, c.ID)
	_, request, err := b.BeginPlan(t.Context(), c.ID, contacts[0].ID, "run-1")
	require.NoError(t, err)
	require.Len(t, request.Replies, 2)
	require.Equal(t, "Do you have time?", request.Replies[0].Text)
}

func testStrangerJoinsTheNewest(t *testing.T, b *bench) {
	t.Helper()
	b.live(t, all, inboundOn) // an older one
	abroad := b.live(t, all, of(models.EligibilityRule{Field: "phone", Op: models.OpRegion, Value: []any{"DE", "AT"}}))
	us := b.live(t, all, of(models.EligibilityRule{Field: "phone", Op: models.OpRegion, Value: "US"}))
	mail := b.live(t, inboundOn, func(c *models.Campaign) { c.Channels = []models.Channel{models.ChannelEmail} })
	b.live(t, all)                                                                 // is for nobody of themselves
	b.draft(t, all, inboundOn)                                                     // does not run
	b.control(t, b.live(t, all, inboundOn).ID, models.ControlPause)                // nor does this
	b.live(t, all, of(models.EligibilityRule{Field: "plan", Op: models.OpExists})) // nothing is known of a stranger
	require.Equal(t, us.ID, b.comes(t, models.ChannelText, strangerNumber, "1", "Hi").CampaignID, "the newer ones cannot text")
	german := b.comes(t, models.ChannelPhone, "+4930901820", "2", "")
	require.Equal(t, abroad.ID, german.CampaignID)
	require.Equal(t, models.ReasonRulesMet, *b.contact(t, german.ContactID).EligibilityReason)
	require.Equal(t, mail.ID, b.comes(t, models.ChannelEmail, strangerEmail, "3", "Hi").CampaignID)
}

func testStrangerNotTaken(t *testing.T, b *bench) {
	t.Helper()
	c := b.live(t, all, inboundOn)
	b.forbid(t, models.SuppressAll, "+12025550150")
	for _, message := range []models.InboundMessage{
		{Channel: models.ChannelText, From: strangerNumber, Text: "STOP", OptOut: true, ProviderID: "1"},
		{Channel: models.ChannelText, From: "+12025550151", Text: "Please remove me from your list.", ProviderID: "2"},
		{Channel: models.ChannelText, From: "+12025550152", Text: "START", OptIn: true, ProviderID: "3"},
		{Channel: models.ChannelText, From: "+12025550153", Text: "HELP", Help: true, ProviderID: "4"},
		{Channel: models.ChannelText, From: "72975", Text: "Your code", ProviderID: "5"},
		{Channel: models.ChannelText, From: "+12025550150", Text: "Hi", ProviderID: "6"},
		{Channel: models.ChannelEmail, From: strangerEmail, Text: "I am away", Automatic: true, ProviderID: "7"},
		{Channel: models.ChannelPhone, From: "", ProviderID: "8"},
		{Channel: models.ChannelText, From: strangerNumber, Text: "Hi", ProviderID: "9"}, // has opted out
	} {
		received, err := b.RecordReply(t.Context(), message)
		require.NoError(t, err)
		require.Empty(t, received.ContactID, message.ProviderID)
		require.Nil(t, received.Joined)
		require.Empty(t, received.StrangerID)
	}
	require.Empty(t, b.contactsOf(t, c.ID))
	require.Nil(t, b.inboundEntry(t, c.ID))
	require.Contains(t, fmt.Sprint(b.suppressed(t)), strangerNumber)
	require.Contains(t, fmt.Sprint(b.suppressed(t)), "+12025550151")
}

// Whose campaigns are all archived is in none; an answer to what they sent stays with them.
func testStrangerOfArchived(t *testing.T, b *bench) {
	t.Helper()
	old := b.live(t, all)
	claim := b.sent(t, models.ChannelEmail, old.ID, person(1))
	b.control(t, old.ID, models.ControlArchive)
	before := b.comes(t, models.ChannelEmail, *person(1).Email, "1", "Hi")
	require.Equal(t, claim.ContactID, before.ContactID, "there is no other")
	c := b.live(t, all, inboundOn)
	after := b.comes(t, models.ChannelEmail, *person(1).Email, "2", "Hi again")
	require.Equal(t, c.ID, after.CampaignID)
	answer, err := b.RecordReply(t.Context(), models.InboundMessage{
		Channel: models.ChannelEmail, From: strangerEmail, OutreachID: claim.OutreachID, Text: "Yes", ProviderID: "3", At: b.clock.Now(),
	})
	require.NoError(t, err)
	require.Equal(t, claim.ContactID, answer.ContactID)
}

func testStrangerJudged(t *testing.T, b *bench) {
	t.Helper()
	c := b.live(t, all, prompting)
	first := b.comes(t, models.ChannelText, strangerNumber, "1", "I am a dentist")
	require.NotEmpty(t, first.StrangerID)
	require.Nil(t, first.Joined)
	second := b.comes(t, models.ChannelText, strangerNumber, "2", "in Boston")
	require.NotEmpty(t, second.StrangerID)
	require.Empty(t, b.contactsOf(t, c.ID))
	ids, err := b.Strangers(t.Context(), "", 10)
	require.NoError(t, err)
	require.Equal(t, []string{first.StrangerID, second.StrangerID}, ids)

	question, _, err := b.JudgeStranger(t.Context(), first.StrangerID)
	require.NoError(t, err)
	require.Equal(t, "Dentists only", question.Prompt)
	require.Equal(t, "I am a dentist", question.Text)
	require.Equal(t, "US", question.Region)
	require.NoError(t, b.FailStranger(t.Context(), first.StrangerID, "429"))
	received, err := b.AnswerStranger(t.Context(), question, models.StrangerVerdict{
		Eligible: true, Reason: "A dentist.", Spent: models.Plan{Model: "m", PromptTokens: 3, CompletionTokens: 2},
	})
	require.NoError(t, err)
	require.True(t, received.Joined.Signal)
	require.Equal(t, "A dentist.", *b.contact(t, received.ContactID).EligibilityReason)
	replies := b.replies(t, received.ContactID)
	require.Len(t, replies, 2, "both messages are kept")
	require.EqualValues(t, 1, b.count(t, "planner_calls"))
	for _, id := range ids { // nothing is left to decide, however often it is tried
		question, received, err = b.JudgeStranger(t.Context(), id)
		require.NoError(t, err)
		require.Nil(t, question)
		require.Nil(t, received.Joined)
	}
	require.Zero(t, b.count(t, "strangers"))
}

func testStrangerRefused(t *testing.T, b *bench) {
	t.Helper()
	older := b.live(t, all, prompting)
	newer := b.live(t, all, prompting)
	id := b.comes(t, models.ChannelText, strangerNumber, "1", "I am a baker").StrangerID
	for _, c := range []*models.Campaign{newer, older} {
		question, _, err := b.JudgeStranger(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, c.ID, question.CampaignID)
		_, err = b.AnswerStranger(t.Context(), question, models.StrangerVerdict{Reason: "Bakes bread."})
		require.NoError(t, err)
		entry := b.inboundEntry(t, c.ID)
		require.Equal(t, []int{1, 0, 1}, []int{entry.Rows, entry.Created, entry.Skipped})
		errs, err := b.ImportErrors(t.Context(), entry.ID, 0)
		require.NoError(t, err)
		require.Equal(t, "not_eligible", errs[0].Code)
		require.Equal(t, "Bakes bread.", errs[0].Detail)
	}
	question, received, err := b.JudgeStranger(t.Context(), id)
	require.NoError(t, err)
	require.Nil(t, question)
	require.Empty(t, received.ContactID)
	require.Zero(t, b.count(t, "contacts"))
	require.Zero(t, b.count(t, "strangers"), "who it was nobody keeps")
}

// What the AI was asked may be out of date when it answers.
func testStrangerChanges(t *testing.T, b *bench) {
	t.Helper()
	c := b.live(t, all, prompting)
	yes := models.StrangerVerdict{Eligible: true, Reason: "Fits."}
	ask := func(from, id string) *models.StrangerQuestion {
		question, _, err := b.JudgeStranger(t.Context(), b.comes(t, models.ChannelText, from, id, "Hello").StrangerID)
		require.NoError(t, err)
		require.NotNil(t, question)
		return question
	}
	answer := func(question *models.StrangerQuestion) models.Received {
		received, err := b.AnswerStranger(t.Context(), question, yes)
		require.NoError(t, err)
		return received
	}
	// The sender opted out meanwhile.
	question := ask("+12025550161", "1")
	b.says(t, "+12025550161", "STOP")
	require.Nil(t, answer(question).Joined)
	// The sender was added meanwhile: the message is its reply.
	question = ask("+12025550162", "2")
	_, err := b.AddContacts(t.Context(), c.ID, models.ActionUpsert, models.SourceAPI, []models.ContactInput{{
		FirstName: new("Ada"), Phone: new("+12025550162"),
	}})
	require.NoError(t, err)
	received := answer(question)
	require.Nil(t, received.Joined)
	require.Len(t, b.replies(t, received.ContactID), 1)
	// Other settings ask anew.
	question = ask("+12025550163", "3")
	_, _, err = b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error {
		c.Eligibility.Prompt = new("Bakers only")
		return nil
	})
	require.NoError(t, err)
	require.Nil(t, answer(question).Joined)
	anew, _, err := b.JudgeStranger(t.Context(), question.StrangerID)
	require.NoError(t, err)
	require.Equal(t, "Bakers only", anew.Prompt)
	// A campaign that is paused takes nobody in.
	b.control(t, c.ID, models.ControlPause)
	require.Nil(t, answer(anew).Joined)
	require.Len(t, b.contactsOf(t, c.ID), 1)
}

// Whoever writes twice at once, and is added beside that, is one contact in one campaign.
func testStrangersAtOnce(t *testing.T, b *bench) {
	t.Helper()
	older, newer := b.live(t, all, inboundOn), b.live(t, all, inboundOn)
	const people, messages = 10, 4
	wait := sync.WaitGroup{}
	for i := range people {
		from := fmt.Sprintf("+120255502%02d", i)
		for j := range messages {
			wait.Go(func() {
				_, err := b.RecordReply(t.Context(), models.InboundMessage{
					Channel: models.ChannelText, From: from, Text: "Hi", ProviderID: fmt.Sprintf("SM%d-%d", i, j/2), At: b.clock.Now(),
				})
				if err != nil {
					t.Errorf("record: %v", err)
				}
			})
		}
		wait.Go(func() {
			_, err := b.AddContacts(t.Context(), newer.ID, models.ActionUpsert, models.SourceAPI, []models.ContactInput{{Phone: &from}})
			if err != nil {
				t.Errorf("add: %v", err)
			}
		})
	}
	wait.Wait()
	require.Empty(t, b.contactsOf(t, older.ID))
	contacts := b.contactsOf(t, newer.ID)
	require.Len(t, contacts, people)
	for i := range contacts {
		require.Len(t, b.replies(t, contacts[i].ID), messages/2, "each message once")
	}
}

func testEraseStranger(t *testing.T, b *bench) {
	t.Helper()
	c := b.live(t, all, prompting)
	b.comes(t, models.ChannelText, strangerNumber, "1", "I am Ada")
	ids := b.taken(t, c.ID, models.ContactInput{FirstName: new("Ada"), Phone: new(strangerNumber)})
	b.erase(t, c.ID, ids[0])
	require.Zero(t, b.count(t, "strangers"))
}

// Who does not meet the rules when an outreach is to be planned is disqualified, and can be told why.
func testNotEligibleSaysWhy(t *testing.T, b *bench) {
	t.Helper()
	c := b.live(t, func(c *models.Campaign) {
		c.Eligibility.Rules = []models.EligibilityRule{{Field: "plan", Op: models.OpEqual, Value: "pro"}}
	})
	ids := b.taken(t, c.ID, person(1))
	step, request, err := b.BeginPlan(t.Context(), c.ID, ids[0], "run-1")
	require.NoError(t, err)
	require.Nil(t, request)
	require.Equal(t, models.DoFinish, step.Do)
	contact := b.contact(t, ids[0])
	require.Equal(t, models.ContactDisqualified, contact.Status)
	require.Equal(t, "the rule eq on plan is not met", *contact.EligibilityReason)
}
