package models_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/models"
)

// linking is a request of a campaign that names a few links.
func linking() *models.PlanRequest {
	return &models.PlanRequest{
		Campaign: models.PlanCampaign{
			Objective:    "Book a check-up at https://book.harbour.example/new?clinic=7, or call (202) 555-0123.",
			Instructions: "Prices: www.harbour.example/prices. Maps: https://maps.example. Questions to help@harbour.example.",
			Region:       "US",
		},
		Sender: models.Sender{
			BusinessName: "Harbour.com", FromEmail: "lee@mail.harbour.example", ReplyTo: "desk@reply.example", FromPhone: "+12025550100",
		},
	}
}

func TestAllowedLinks(t *testing.T) {
	t.Parallel()
	allowed := linking().AllowedLinks()
	for _, text := range []string{
		"", "Would Tuesday work?", "It is 10.30 a.m., e.g. on the 1.2.2027, at $1.200,50.", "See fig.2 and node.js, p.m. or U.S.",
		"Book: https://book.harbour.example/new?clinic=7.", "(https://BOOK.harbour.example/new/?clinic=7)",
		"https://book.harbour.example/new/slot?clinic=7", "http://harbour.example/prices", "harbour.example/prices/2027?x=1",
		"Maps: maps.example/anywhere#here", "https://maps.example:443/a", "help@harbour.example", "HELP@harbour.example",
		"lee@mail.harbour.example", "https://mail.harbour.example/any/page", "reply.example", "mailto:desk@reply.example?subject=x",
		"harbour.com", "Call +1 202-555-0123 or (202) 555-0123 or 202.555.0100.", "Order 2025550199 of 2026-11-24, 10 000 000 pieces.",
		"Thank you...I am glad", "Wait,what?ok", "and/or", "24/7", "Ver.3",
	} {
		require.Empty(t, allowed.Forbidden(text), text)
	}
	for text, found := range map[string]string{
		"See https://evil.example/x.":           "https://evil.example/x",
		"See evil.example":                      "evil.example",
		"Go to bit.ly/3abc now":                 "bit.ly/3abc",
		"https://book.harbour.example/other":    "https://book.harbour.example/other",
		"https://book.harbour.example/newest":   "https://book.harbour.example/newest",
		"https://book.harbour.example/new":      "https://book.harbour.example/new",
		"book.harbour.example/new?clinic=8":     "book.harbour.example/new?clinic=8",
		"https://harbour.example":               "https://harbour.example",
		"https://maps.example@evil.example/":    "https://maps.example@evil.example/",
		"https://maps.example:pw@maps.example":  "https://maps.example:pw@maps.example",
		"https://maps.example.evil.example":     "https://maps.example.evil.example",
		"https:\\\\evil.example":                "https:\\\\evil.example",
		"HTTPS://EVIL.EXAMPLE":                  "HTTPS://EVIL.EXAMPLE",
		"hxxp://evil.example":                   "hxxp://evil.example",
		"ftp://maps.example/file":               "ftp://maps.example/file",
		"javascript:alert(1)":                   "javascript:alert(1",
		"tel:+19005550123":                      "tel:+19005550123",
		"http://203.0.113.7/x":                  "http://203.0.113.7/x",
		"203.0.113.7:8080/x":                    "203.0.113.7:8080/x",
		"http://[2001:db8::1]/":                 "http://[2001:db8::1]/",
		"xn--80ak6aa92e.com":                    "xn--80ak6aa92e.com",
		"https://mаps.example":                  "https://mаps.example", // with a Cyrillic а
		"münchen.de":                            "münchen.de",
		"evil。example":                          "evil.example",
		"evil\u200b.example":                    "evil.example",
		"ｅｖｉｌ．ｃｏｍ":                              "evil.com",
		"Write to eve@gmail.com":                "eve@gmail.com",
		"Write to eve@harbour.example":          "eve@harbour.example",
		"eve@mail.harbour.example":              "eve@mail.harbour.example",
		"Call +1 202 555 0199":                  "+1 202 555 0199",
		"Call (202) 555-0199 today":             "(202) 555-0199",
		"Call +44 20 7946 0123":                 "+44 20 7946 0123",
		"maps.example/../../x is maps.example":  "maps.example/../../x",
		"Two: maps.example and evil.example":    "evil.example",
		"Behind a bracket (evil.example), yes":  "evil.example",
		"Markdown [here](https://evil.example)": "https://evil.example",
	} {
		require.Equal(t, found, allowed.Forbidden(text), text)
	}
	require.Contains(t, allowed.Names(), "https://book.harbour.example/new?clinic=7")
	require.Contains(t, allowed.Names(), "mail.harbour.example")
}

// What a contact's data or answers hold is allowed by nothing.
func TestAllowedLinksOfAContact(t *testing.T) {
	t.Parallel()
	request := linking()
	request.Contact.Properties = map[string]any{"site": "https://evil.example"}
	request.Contact.FirstName = "evil.example"
	request.Replies = []models.PlanReply{{Text: "see evil.example"}}
	request.History = []models.PlanPast{{Body: "see evil.example"}}
	require.Equal(t, "evil.example", request.AllowedLinks().Forbidden("see evil.example"))
}

// No host that is not named passes, however it is written.
func TestAllowedLinksRefuseEveryOtherHost(t *testing.T) {
	t.Parallel()
	allowed := linking().AllowedLinks()
	rapid.Check(t, func(r *rapid.T) {
		label := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?`)
		host := label.Draw(r, "label") + "." + rapid.SampledFrom([]string{"com", "io", "co.uk", "example", "zip"}).Draw(r, "end")
		if strings.HasPrefix(host, "harbour.") || host == "maps.example" || host == "reply.example" {
			return
		}
		text := rapid.SampledFrom([]string{"", "Hi, see ", "(", "http://", "https://www.", "//", "Hi\n"}).Draw(r, "before") + host +
			rapid.SampledFrom([]string{"", "/", "/a?b=c", ".", " now", ")", "#x", ":8080"}).Draw(r, "after")
		require.NotEmpty(r, allowed.Forbidden(text), text)
	})
}
