package mail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"beckon/mail"
	"beckon/models"
)

const outreachID = "0198c0de-0000-7000-8000-000000000001"

func newSecret(t require.TestingT) *models.Secret {
	secret, err := models.NewSecret("the-secret-key-of-the-tests-of-letters")
	require.NoError(t, err)
	return secret
}

func letterhead(t require.TestingT, domain string) mail.Letterhead {
	return mail.Letterhead{
		PublicURL: "https://beckon.example", Inbox: mail.Inbox{Domain: domain, Secret: newSecret(t)},
	}
}

func email(text string) *models.Email {
	return &models.Email{
		OutreachID: outreachID, ReplyTo: "desk@harbour.example", Text: text,
		BusinessName: "Harbour & Sons", PostalAddress: "1 Main St\nSpringfield",
	}
}

func TestLetter(t *testing.T) {
	t.Parallel()
	l := letterhead(t, "in.beckon.example")
	link := l.UnsubscribeURL(outreachID)
	require.Regexp(t, `^https://beckon\.example/u/[a-z2-7]{48}$`, link)
	letter := l.Letter(email("Hello Ada,\nwould Tuesday do?\n\nSee https://harbour.example/book?a=1&b=2.\n"))
	require.Equal(t, "Hello Ada,\nwould Tuesday do?\n\nSee https://harbour.example/book?a=1&b=2.\n\n"+
		"-- \nHarbour & Sons\n1 Main St\nSpringfield\nUnsubscribe: "+link+"\n", letter.Text)
	require.Contains(t, letter.HTML, `<p style="margin:0 0 16px 0;">Hello Ada,<br>`+"\nwould Tuesday do?</p>")
	require.Contains(t, letter.HTML, `See <a href="https://harbour.example/book?a=1&amp;b=2">https://harbour.example/book?a=1&amp;b=2</a>.`)
	require.Contains(t, letter.HTML, "Harbour &amp; Sons<br>\n1 Main St<br>\nSpringfield<br>\n")
	require.Contains(t, letter.HTML, `<a clicktracking=off href="`+link+`" style="color:#595959;">Unsubscribe</a>`)
	require.NotContains(t, letter.HTML, "<img")
	require.Equal(t, map[string]string{
		"List-Unsubscribe":      "<" + link + ">, <mailto:" + l.Inbox.UnsubscribeAddress(outreachID) + ">",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
	}, letter.Headers)
	require.Equal(t, []string{l.Inbox.ReplyAddress(outreachID), "desk@harbour.example"}, letter.ReplyTo)
	require.Equal(t, letter, l.Letter(email("Hello Ada,\nwould Tuesday do?\n\nSee https://harbour.example/book?a=1&b=2.\n")))
}

// Without a domain whose mail comes in, answers go where the campaign says, and only the link unsubscribes.
func TestLetterWithoutAnInbox(t *testing.T) {
	t.Parallel()
	l := letterhead(t, "")
	given := email("Hello")
	require.Equal(t, []string{"desk@harbour.example"}, l.Letter(given).ReplyTo)
	require.Equal(t, "<"+l.UnsubscribeURL(outreachID)+">", l.Letter(given).Headers["List-Unsubscribe"])
	given.ReplyTo, given.BusinessName, given.PostalAddress = "", "", ""
	require.Empty(t, l.Letter(given).ReplyTo)
	require.Equal(t, "Hello\n\n-- \nUnsubscribe: "+l.UnsubscribeURL(outreachID)+"\n", l.Letter(given).Text)
}

// What a model or a contact's file wrote is text, whatever it looks like.
func TestLetterEscapes(t *testing.T) {
	t.Parallel()
	l := letterhead(t, "")
	for text, shown := range map[string]string{
		`<script>alert(1)</script>`:             `&lt;script&gt;alert(1)&lt;/script&gt;`,
		`<a href="x">y</a>`:                     `&lt;a href=&#34;x&#34;&gt;y&lt;/a&gt;`,
		`http://a.example/"onmouseover="x`:      `<a href="http://a.example/">http://a.example/</a>&#34;onmouseover=&#34;x`,
		`http://a.example/'x'`:                  `<a href="http://a.example/&#39;x">http://a.example/&#39;x</a>&#39;`,
		`javascript:alert(1)`:                   `javascript:alert(1)`,
		`(see https://a.example/b_(c)).`:        `(see <a href="https://a.example/b_(c)">https://a.example/b_(c)</a>).`,
		`https://a.example, https://b.example!`: `<a href="https://a.example">https://a.example</a>, <a href="https://b.example">https://b.example</a>!`,
		`HTTPS://A.example/ü`:                   `<a href="HTTPS://A.example/ü">HTTPS://A.example/ü</a>`,
		`http://`:                               `http://`,
		`https://%zz`:                           `https://%zz`,
	} {
		letter := l.Letter(email(text))
		require.Contains(t, letter.HTML, ">"+shown+"</p>", text)
		require.Contains(t, letter.Text, text)
	}
}

// Whatever the text: the only elements are ours, links lead to what the text names, and a person reads the same words.
func TestLetterOfAnything(t *testing.T) {
	t.Parallel()
	l := letterhead(t, "in.beckon.example")
	allowed := map[string]bool{"html": true, "head": true, "meta": true, "body": true, "div": true, "p": true, "br": true, "a": true}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`(<[a-z/!]+|https?://[a-z"'<>&]{1,9}|["'&;\n ]{1,3}|[a-z]{1,5}){0,20}`)).Draw(t, "text")
		letter := l.Letter(email(text))
		tokens := html.NewTokenizer(strings.NewReader(letter.HTML))
		for tokens.Next() != html.ErrorToken {
			token := tokens.Token()
			if token.Type != html.StartTagToken && token.Type != html.EndTagToken {
				continue
			}
			require.True(t, allowed[token.Data], "%q", token.Data)
			for _, attribute := range token.Attr {
				if attribute.Key == "href" {
					require.Regexp(t, `(?i)^https?://`, attribute.Val)
				}
				require.False(t, strings.HasPrefix(attribute.Key, "on"), attribute.Key)
			}
		}
		words := func(text string) string { return strings.Join(strings.Fields(mail.Clean(text)), " ") }
		require.Contains(t, words(mail.HTMLText(letter.HTML)), words(strings.ReplaceAll(text, "\u00A0", " ")))
	})
}

func TestInbox(t *testing.T) {
	t.Parallel()
	inbox := mail.Inbox{Domain: "in.beckon.example", Secret: newSecret(t)}
	id := uuid.Must(uuid.NewV7()).String()
	reply, unsubscribe := inbox.ReplyAddress(id), inbox.UnsubscribeAddress(id)
	for _, address := range []string{reply, unsubscribe} {
		local, _, _ := strings.Cut(address, "@")
		require.LessOrEqual(t, len(local), 64, "RFC 5321, 4.5.3.1.1")
	}
	found, ok := inbox.Answered([]string{"x@y.example", strings.ToUpper(reply)})
	require.True(t, ok)
	require.Equal(t, id, found)
	_, ok = inbox.Answered([]string{unsubscribe, "", "reply+", "reply+@", "reply+" + strings.Repeat("a", 48) + "@x"})
	require.False(t, ok)
	found, ok = inbox.Unsubscribed([]string{reply, unsubscribe})
	require.True(t, ok)
	require.Equal(t, id, found)
	_, ok = inbox.Unsubscribed([]string{reply})
	require.False(t, ok)
}

// A letter of the longest text is made in no time.
func TestLetterOfTheLongestText(t *testing.T) {
	t.Parallel()
	l := letterhead(t, "")
	began := time.Now()
	for _, unit := range []string{"x", "\n", "<", "http://a.example/ ", "http://a", "(", "ü"} {
		l.Letter(email(strings.Repeat(unit, models.MaxBodyBytes/len(unit))))
	}
	require.Less(t, time.Since(began), 10*time.Second)
}
