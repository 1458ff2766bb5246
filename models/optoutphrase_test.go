package models_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func TestOptOutPhrase(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"please stop texting me", "Stop texting.", "STOP CALLING ME!!!", "stop emailing me please", "Stop e-mailing us",
		"No longer interested, remove me", "remove me from your list", "Please remove my number.", "take me off your list",
		"Take me off.", "unsubscribe me", "Please unsubscribe", "how do i unsubscribe?", "I'd like to unsubscribe from this",
		"Do not contact me again", "Don't contact me", "don’t call me anymore", "dont text me", "DO NOT CALL THIS NUMBER",
		"Never contact me again", "please don't email me any more. thanks", "no more texts please", "No more messages.",
		"leave me alone", "I want to opt out of these", "Opt-out", "opt me out", "stop sending me these messages",
		"quit sending me spam", "please stop", "Not interested. Please stop.", "I do not want to be contacted",
		"I don't want to receive any more emails", "I no longer wish to hear from you", "wrong number", "Wrong number, sorry",
		"You have the wrong person", "I revoke my consent", "cease and desist", "lose my number", "Put me on your do not call list",
		"Hello,\n\nplease remove me from your mailing list.\n\nThanks\nAva", "delete my data please", "Stop it. Stop texting me, I mean it",
		"Who is this?? stop texting", "do not contact", "don't send me any more texts", "please do not write to me",
	} {
		require.NotEmpty(t, models.OptOutPhrase(text), text)
		require.NotEmpty(t, models.OptOutPhrase(strings.ToUpper(text)), text)
	}
	for _, text := range []string{
		"", "Yes please", "When are you open?", "I'd love to stop by tomorrow", "What time do you stop taking calls?",
		"I did not unsubscribe, why?", "I don't want to unsubscribe", "I can't stop calling my friends about it",
		"Don't call before 9", "please don't call me until Monday", "Don't call me, text me instead", "do not email me at work, call me on my cell",
		"Could you remove the crown?", "Can you take Tuesday off?", "Is there a number I can call?", "Not interested",
		"no thanks", "I'm not interested in that, but tell me about whitening", "the wrong number of items was delivered", "Don't worry",
		"don't forget to call me", "Does it stop bleeding?", "I will call you, do not worry", "Please don't stop",
		"Liked “Hi Ava, would Tuesday work? Reply STOP to opt out”", "Loved \"Reply STOP to opt out.\"",
		"Sounds good!\n\nOn Tue, Nov 24, 2026 at 9:00 AM Harbour Dental <lee@harbour.example> wrote:\n> Hi\n> To unsubscribe, click here. Unsubscribe",
		"Yes.\n> please stop texting me", "Yes\n\n-----Original Message-----\nFrom: x\nplease unsubscribe me",
		"Yes\n\nFrom: Lee <lee@x.example>\nSent: Tuesday\nTo: Ava\n\nTo stop receiving these, unsubscribe here. Do not contact me.",
		"Can I opt for the later slot?", "I'd rather pay by mail", "My texts stop arriving sometimes", "Nobody texted me",
	} {
		require.Empty(t, models.OptOutPhrase(text), text)
	}
}

// A long text, or a hostile one, costs no time to speak of.
func TestOptOutPhraseOfLongTexts(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"stop ", "do not ", "\"", "> ", "On ", "“", "my ", "not ", "from: x\n"} {
		text := strings.Repeat(part, models.MaxReplyBytes/len(part))
		_ = models.OptOutPhrase(text)
	}
	require.NotEmpty(t, models.OptOutPhrase(strings.Repeat("blah ", 3000)+". Please stop texting me."))
}

func TestInboundMessageConsider(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		message models.InboundMessage
		want    models.OptOutReason
	}{
		{models.InboundMessage{Text: "STOP", OptOut: true}, models.OptOutByWord},
		{models.InboundMessage{Text: "stop texting me"}, models.OptOutByPhrase},
		{models.InboundMessage{Text: "START", OptIn: true}, ""},
		{models.InboundMessage{Text: "Yes"}, ""},
	} {
		test.message.Consider()
		require.Equal(t, test.want != "", test.message.OptOut)
		if test.want == "" {
			require.Nil(t, test.message.Reason)
		} else {
			require.Equal(t, test.want, *test.message.Reason)
		}
	}
}
