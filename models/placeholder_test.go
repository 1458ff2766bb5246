package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func TestPlaceholder(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Hi {{first_name}}, hello":             "{{first_name}}",
		"Hi {{ contact.firstname }}":           "{{ contact.firstname }}",
		"{% if name %}Hi{% endif %}":           "{% if name %}",
		"Hi <%= name %>":                       "<%= name %>",
		"Hi {name}, hello":                     "{name}",
		"Hi {First Name}":                      "{First Name}",
		"Call ${company}":                      "${company}",
		"Hi #{name}":                           "#{name}",
		"Hi *|FNAME|*":                         "*|FNAME|*",
		"Hi %FIRSTNAME%,":                      "%FIRSTNAME%",
		"Hi %%FIRST_NAME%%,":                   "%%FIRST_NAME%%",
		"Hi %name%,":                           "%name%,",
		"Sincerely, [Your Name]":               "[Your Name]",
		"Sincerely, [your name / title]":       "[your name / title]",
		"Hi [Name],":                           "[Name]",
		"See [link]":                           "[link]",
		"On [insert date] we meet":             "[insert date]",
		"Hi <first name>,":                     "<first name>",
		"Hi <<name>>,":                         "<<name>>",
		"Bonjour «name»":                       "«name»",
		"From [COMPANY NAME]":                  "[COMPANY NAME]",
		"From [SALES_REP]":                     "[SALES_REP]",
		"Meet us (insert date here).":          "(insert date here)",
		"Dear ,\nwe write":                     "Dear ,",
		"Hello\nDear,\nwe write":               "Dear,",
		"Hi ,":                                 "Hi ,",
		"Hi undefined,\nhello":                 "Hi undefined,",
		"Hello null!":                          "Hello null!",
		"Hi NaN,":                              "Hi NaN",
		"Hi First Name,":                       "Hi First Name,",
		"Hi ____,":                             "Hi ____,",
		"Lorem ipsum dolor sit amet":           "Lorem ipsum",
		"Hi Ava,\nDr. Lee [DATE TBD] at three": "[DATE TBD]",

		"":                                "",
		"Hi,\nwould Tuesday work?":        "",
		"Hello,\nthis is Harbour Dental.": "",
		"Dear Ava,\nall is well":          "",
		"Hi Nan, it is time":              "",
		"Dear Mr. Null, hello":            "",
		"Bonjour !\nÇa va ?":              "",
		"Save 50% on cleaning and 20% on whitening":       "",
		"100%, as we said (20% off)":                      "",
		"We <3 our patients; 3 < 5 and 7 > 2":             "",
		"The rules [1] say so":                            "",
		"[sic] and [...] and [they] stay":                 "",
		"Write to <lee@example.com> or <contact@x.com>":   "",
		"Between 9 and 5 (add a day for shipping)":        "",
		"Their names: Ava, Ben (your choice)":             "",
		"Call me on the first [or second] of the month":   "",
		"Unknown numbers call; undefined words are funny": "",
		"{ } and {1} and {}":                              "",
		"Sold for $100 {net}":                             "{net}", // braces have no use in a message to a person
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, models.Placeholder(text))
		})
	}
}

// Whoever wrote a text, an AI or an operator, nothing of it stays unfilled.
func TestCheckTextsRefusesPlaceholders(t *testing.T) {
	t.Parallel()
	for _, texts := range [][3]string{
		{"Hi {{name}}", "fine", ""}, {"fine", "Hi {{name}}", ""}, {"", "fine", "This is [Your Name]."},
	} {
		channel := models.ChannelEmail
		if texts[2] != "" {
			channel = models.ChannelPhone
		}
		err := models.CheckTexts(channel, texts[0], texts[1], texts[2])
		require.Equal(t, models.CodeInvalid, models.ErrorCode(err))
		require.ErrorContains(t, err, "placeholder")
	}
}
