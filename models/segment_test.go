package models_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/models"
)

func TestSegments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text     string
		segments int
	}{
		"nothing":                       {"", 0},
		"one GSM":                       {strings.Repeat("a", 160), 1},
		"two GSM":                       {strings.Repeat("a", 161), 2},
		"two full GSM":                  {strings.Repeat("a", 2*153), 2},
		"three GSM":                     {strings.Repeat("a", 2*153+1), 3},
		"six full GSM":                  {strings.Repeat("a", 918), 6},
		"seven GSM":                     {strings.Repeat("a", 919), 7},
		"the longest of Twilio":         {strings.Repeat("a", 1600), 11},
		"extension takes two":           {strings.Repeat("€", 80), 1},
		"extension over":                {strings.Repeat("€", 81), 2},
		"extension never divided":       {strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), 3},
		"extension at the end fits":     {strings.Repeat("a", 151) + "€" + strings.Repeat("a", 153), 2},
		"accents of GSM":                {strings.Repeat("äöüßñéèàùìòÇØøÅåÆæÉÄÖÑÜ§¿¡", 6), 1},
		"Greek capitals of GSM":         {strings.Repeat("ΔΦΓΛΩΠΨΣΘΞ", 16), 1},
		"small c cedilla is no GSM":     {strings.Repeat("a", 70) + "ç", 2},
		"back-tick is no GSM":           {strings.Repeat("a", 70) + "`", 2},
		"tab is no GSM":                 {strings.Repeat("a", 70) + "\t", 2},
		"line ends are GSM":             {strings.Repeat("a\r\n", 53), 1},
		"curly quote makes UCS-2":       {strings.Repeat("a", 69) + "’", 1},
		"curly quote, one more":         {strings.Repeat("a", 70) + "’", 2},
		"two full UCS-2":                {strings.Repeat("я", 134), 2},
		"three UCS-2":                   {strings.Repeat("я", 135), 3},
		"emoji takes two":               {strings.Repeat("🦷", 35), 1},
		"emoji over":                    {strings.Repeat("🦷", 36), 2},
		"surrogates never divided":      {strings.Repeat("я", 66) + "🦷" + strings.Repeat("я", 66), 3},
		"surrogates at the end fit":     {strings.Repeat("я", 65) + "🦷" + strings.Repeat("я", 67), 2},
		"33 emoji fill a joined one":    {strings.Repeat("🦷", 66), 2},
		"67 emoji want a third":         {strings.Repeat("🦷", 67), 3},
		"bytes that are no UTF-8":       {"a\xff", 1},
		"escape is not a character":     {strings.Repeat("a", 70) + "\x1b", 2},
		"all of the extension, 2 each":  {"\f^{}\\[~]|€", 1},
		"16 times the extension is 320": {strings.Repeat("\f^{}\\[~]|€", 16), 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.segments, models.Segments(c.text))
		})
	}
}

func TestCheckSegments(t *testing.T) {
	t.Parallel()
	require.NoError(t, models.CheckSegments(strings.Repeat("a", 918)))
	err := models.CheckSegments(strings.Repeat("a", 919))
	require.Equal(t, models.CodeInvalid, models.ErrorCode(err))
	require.ErrorContains(t, err, "7 segments")
	require.NoError(t, models.CheckSegments(strings.Repeat("я", 402)))
	require.Error(t, models.CheckSegments(strings.Repeat("я", 403)))
}

// A text never takes fewer segments than its length needs, nor more than one for each joined one's worth but for what is
// never divided; and to add to it never takes one away.
func TestSegmentsProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		part := rapid.OneOf(rapid.SampledFrom([]string{"a", "€", "я", "🦷", "\n"}), rapid.String())
		text := strings.ToValidUTF8(strings.Join(rapid.SliceOfN(part, 0, 400).Draw(r, "text"), ""), "")
		segments := models.Segments(text)
		units := len(utf16.Encode([]rune(text)))
		require.LessOrEqual(r, segments, (units+65)/66+1)
		require.GreaterOrEqual(r, segments*160, units)
		more := part.Draw(r, "more")
		require.GreaterOrEqual(r, models.Segments(text+more), segments)
	})
}
