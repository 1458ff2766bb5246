package mail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/mail"
)

func TestUnquoted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, written string }{
		"Plain":           {"Yes, please.\r\n", "Yes, please."},
		"Gmail":           {"Stop\n\nOn Tue, Dec 1, 2026 at 9:00 AM Ada <ada@x.example> wrote:\n\n> Hello\n> there\n", "Stop"},
		"GmailWrapped":    {"Stop\n\nOn Tue, Dec 1, 2026 at 9:00 AM Somebody With A Long Name <\nada@harbour.example> wrote:\n\n> Hello\n", "Stop"},
		"AppleUnmarked":   {"Yes\n\nOn 1 Dec 2026, at 09:00, Ada <ada@x.example> wrote:\n\nHello\nthere\n", "Yes"},
		"Outlook":         {"Call me.\n\n________________________________\nFrom: Ada <ada@x.example>\nSent: Tuesday\nTo: Bob\nSubject: Hi\n\nHello", "Call me."},
		"OutlookOld":      {"Call me.\n\n-----Original Message-----\nFrom: Ada\nHello", "Call me."},
		"OutlookNoRuler":  {"Call me.\n\nFrom: Ada <ada@x.example>\nSent: Tuesday, 1 December\nTo: Bob\n\nHello", "Call me."},
		"German":          {"Nein danke\n\nAm 01.12.2026 um 09:00 schrieb Ada:\n> Hallo", "Nein danke"},
		"GermanOutlook":   {"Nein danke\n\nVon: Ada\nGesendet: Dienstag\nAn: Bob\n\nHallo", "Nein danke"},
		"French":          {"Non merci\n\nLe 1 déc. 2026 à 09:00, Ada a écrit :\n> Bonjour", "Non merci"},
		"Spanish":         {"No\n\nEl mar, 1 dic 2026 a las 9:00, Ada (<a@x.example>) escribió:\n> Hola", "No"},
		"Below":           {"On Monday Ada wrote:\n> Hello\n> there\n\nThursday is better\n", "Thursday is better"},
		"Between":         {"> Would Tuesday do?\nNo.\n> Or Thursday?\nYes.\n", "No.\nYes."},
		"Signature":       {"STOP\n-- \nAda\nHarbour", "STOP"},
		"SignatureBare":   {"STOP\n\n--\nAda", "STOP"},
		"Phone":           {"Stop\n\nSent from my iPhone", "Stop"},
		"OutlookPhone":    {"Stop\n\nGet Outlook for iOS\n\nmore", "Stop"},
		"OnlyQuoted":      {"> Hello\n> there", ""},
		"Empty":           {" \n\t\n", ""},
		"FromInASentence": {"From: me\nto you with love", "From: me\nto you with love"},
		"OnWithoutWrote":  {"On Tuesday I can:\n- at nine\n- at ten", "On Tuesday I can:\n- at nine\n- at ten"},
		"Dash":            {"Tuesday - or\n- Thursday", "Tuesday - or\n- Thursday"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.written, mail.Unquoted(test.text))
		})
	}
}

// What is left is what was there, whatever it was, and less of it every time changes nothing.
func TestUnquotedOfAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`(> |On |wrote:|From: x|Sent: y|\n|-- |_{10}|[a-z ]{1,8}){0,30}`)).Draw(t, "text")
		written := mail.Unquoted(text)
		for line := range strings.SplitSeq(written, "\n") {
			require.Contains(t, mail.Clean(text), line)
			require.False(t, strings.HasPrefix(line, ">"))
		}
	})
}

// The longest text that is kept, of any kind, is read in no time.
func TestUnquotedOfTheLongestText(t *testing.T) {
	t.Parallel()
	began := time.Now()
	for _, unit := range []string{"x", "\n", "> \n", "On a wrote:", "On a\n", "On wrote ", "From: a\n", "_", "-", "- ", "sent from my "} {
		mail.Unquoted(strings.Repeat(unit, mail.MaxTextBytes/len(unit)))
	}
	require.Less(t, time.Since(began), 20*time.Second)
}

func TestHTMLText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ html, text string }{
		"Paragraphs": {"<p>Yes,</p><p>please<br>call &amp; ask</p>", "Yes,\n\nplease\ncall & ask"},
		"Spaces":     {"<div>Yes,\n   please&nbsp;call</div>", "Yes, please call"},
		"Hidden":     {"<head><title>T</title><style>p{}</style></head><p>Yes</p><script>x()</script>", "Yes"},
		"Quote":      {"<div>Yes</div><div class=gmail_quote><div>On Monday, Ada wrote:<br></div><blockquote><div>Hello</div>there</blockquote></div>", "Yes\n\nOn Monday, Ada wrote:\n\n>\n> Hello\n> there"},
		"Broken":     {"<p>Yes<div>please</p></blockquote></script><b", "Yes\nplease"},
		"Entities":   {"&lt;b&gt; &#x41;", "<b> A"},
		"Nothing":    {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.text, mail.HTMLText(test.html))
		})
	}
	require.Equal(t, "Yes", mail.Unquoted(mail.HTMLText("<div>Yes</div><div>On Monday, Ada wrote:<br></div><blockquote>Hello</blockquote>")))
	deep := strings.Repeat("<div>", 100_000) + "deep" + strings.Repeat("</div>", 100_000)
	require.Equal(t, "deep", mail.HTMLText(deep))
}
