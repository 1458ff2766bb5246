package intake_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"beckon/intake"
)

func TestText(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                             "",
		" \r\n\t ":                     "",
		"Ava":                          "Ava",
		"  Mary   Ann ":                "Mary Ann",
		"Bob\r\nBcc: evil@example.net": "Bob Bcc: evil@example.net",
		"Bob\u2028Eve":                 "Bob Eve",
		"Zoe\u0308":                    "Zoë",
		"Zo\u200be\u0308":              "Zoë", // the mark meets its letter once the hidden character is out
		"A\x00v\x07a":                  "Ava",
		"\ufeffAva\u00ad":              "Ava",
		"\u202eavA\u202c":              "avA",
		"Ava\U000e0049\U000e0047":      "Ava", // tags: text that only a machine sees
		"می\u200cخواهم":                "می\u200cخواهم",
		"\u200dAva\u200d":              "Ava",
		"O'Brien & Sons <b>{{.}}</b>":  "O'Brien & Sons <b>{{.}}</b>",
		"👩\u200d🚀 Ava":                 "👩\u200d🚀 Ava",
	} {
		text, err := intake.Text(raw, 200)
		require.NoError(t, err, raw)
		require.Equal(t, want, text)
	}
}

func TestTextRefused(t *testing.T) {
	t.Parallel()
	_, err := intake.Text("Zo\xeb", 10)
	requireValueError(t, err, intake.ValueNotUTF8, "Zo\xeb")
	_, err = intake.Text("abcdef", 5)
	requireValueError(t, err, intake.ValueTooLong, "abcdef")
	text, err := intake.Text("  ëëëëë  ", 5)
	require.NoError(t, err, "runes are counted, not bytes, and those that are left")
	require.Equal(t, "ëëëëë", text)
}

func TestNote(t *testing.T) {
	t.Parallel()
	text, err := intake.Note("  Line \r\n Break\rStudio\n\n\n\nof  two\x00\n", 100)
	require.NoError(t, err)
	require.Equal(t, "Line\nBreak\nStudio\n\nof two", text)
}

func TestTextProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"\u0308", "e", " ", "\r\n", "\r", "\n", "\u200b", "\u200d", "\u202e", "\u1100", "\u1161", "\u0958", "\U000e0041",
		}))).Draw(t, "parts")
		raw := strings.Join(parts, "")
		text, err := intake.Text(raw, 1_000_000)
		require.NoError(t, err)
		require.True(t, utf8.ValidString(text) && norm.NFC.IsNormalString(text))
		require.False(t, strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == '\u202e' }))
		require.NotContains(t, text, "  ")
		again, err := intake.Text(text, 1_000_000)
		require.NoError(t, err)
		require.Equal(t, text, again)

		note, err := intake.Note(raw, 1_000_000)
		require.NoError(t, err)
		require.NotContains(t, note, "\n\n\n")
		require.Equal(t, strings.Fields(text), strings.Fields(note))
	})
}

func TestTimezone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"America/New_York", "UTC", "Europe/London", "Asia/Kolkata", "Etc/GMT+2", "America/Port-au-Prince"} {
		zone, err := intake.Timezone(" " + name + "\n")
		require.NoError(t, err, name)
		require.Equal(t, name, zone)
	}
	_, err := intake.Timezone(" ")
	requireValueError(t, err, intake.ValueEmpty, "")
	for _, name := range []string{
		"Local", "PST", "GMT+2", "+02:00", "Eastern Standard Time", "Mars/Olympus", "../etc/passwd", "/etc/passwd",
		"America/", "America", "posix/UTC", "posixrules", "right/UTC", "localtime", "leapseconds", "tzdata.zi", "zone.tab", "Factory",
		"America/New\x00York", "Zürich", strings.Repeat("A", 65),
	} {
		_, err := intake.Timezone(name)
		requireValueError(t, err, intake.ValueInvalidTimezone, "\x00")
	}
}

func TestSplitName(t *testing.T) {
	t.Parallel()
	for whole, want := range map[string][2]string{
		"":                    {"", ""},
		"Ava":                 {"Ava", ""},
		"Ava Nguyen":          {"Ava", "Nguyen"},
		"José García Márquez": {"José", "García Márquez"},
		"Ada van der Berg":    {"Ada", "van der Berg"},
		"Nguyen, Ava":         {"Ava", "Nguyen"},
		"Nguyen, Ava Mai":     {"Ava Mai", "Nguyen"},
		"John Smith, Jr.":     {"John", "Smith, Jr."},
		"Mia Davis, Ph.D.":    {"Mia", "Davis, Ph.D."},
		"a, b, c":             {"a", "b, c"},
		", Ava":               {"", "Ava"},
		"Ava,":                {"Ava", ""},
		"Μαρία":               {"Μαρία", ""},
	} {
		first, last := intake.SplitName(whole)
		require.Equal(t, want, [2]string{first, last}, whole)
	}
}
