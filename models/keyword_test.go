package models_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/models"
)

func TestKeywordsOfTwilio(t *testing.T) {
	t.Parallel()
	dir, set := os.LookupEnv("BECKON_VENDOR_DIR")
	if !set {
		dir = filepath.Join("..", "..", "shared", "vendor")
	}
	content, err := os.ReadFile(filepath.Join(dir, "twilio", "optout_keywords.json"))
	if os.IsNotExist(err) && !set {
		t.Skip("the vendors' material is not there; set BECKON_VENDOR_DIR")
	}
	require.NoError(t, err)
	var file struct {
		OptOut []string            `json:"opt_out"`
		OptIn  []string            `json:"opt_in"`
		Help   []string            `json:"help"`
		Others map[string][]string `json:"opt_out_other_languages_seen"`
	}
	require.NoError(t, json.Unmarshal(content, &file))
	require.NotEmpty(t, file.OptOut)
	require.NotEmpty(t, file.OptIn)
	require.NotEmpty(t, file.Help)

	optOut := file.OptOut
	for _, words := range file.Others {
		optOut = append(optOut, words...)
	}
	check := func(words []string, out, in bool) {
		for _, word := range words {
			lower := strings.ToLower(word)
			for _, text := range []string{word, lower, word[:1] + lower[1:], " " + word + ".\r\n", "\"" + lower + "!!\""} {
				require.Equal(t, out, models.OptOutWord(text), text)
				require.Equal(t, in, models.OptInWord(text), text)
			}
			for _, text := range []string{word + " please", "please " + word, word + word, word + " 1"} {
				require.False(t, models.OptOutWord(text), text)
				require.False(t, models.OptInWord(text), text)
			}
		}
	}
	check(optOut, true, false)
	check(file.OptIn, false, true)
	check(file.Help, false, false)
	for _, word := range file.Help {
		require.True(t, models.HelpWord(" "+strings.ToLower(word)+"?"), word)
		require.False(t, models.HelpWord("I need "+word), word)
	}
	for _, word := range file.OptOut {
		require.True(t, models.KnownToTwilio(word+"."), word)
		require.False(t, models.HelpWord(word), word)
	}
	require.False(t, models.KnownToTwilio("opt out"))
}

func TestOptOutWord(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Opt out", "OPT-OUT", "opt  out.", "Stop all", "STOP 😡", "\u200bstop\ufe0f", "\u00a0Stop\u00a0", "¡Stop!", "Arrêt", "ARRÊTE", "Arre\u0302t",
		"ＳＴＯＰ", "stop🛑", "\u2060STOP\u00a0\u00a0.", "opt\u00a0out", "STOP 🙏🏽",
	} {
		require.True(t, models.OptOutWord(text), "%q", text)
	}
	for _, text := range []string{
		"", " ", "...", "I can stop by on Friday", "please stop texting me", "STOP PLEASE", "don't stop", "stopp", "s t o p", "st-op",
		"opt in", "out opt", "endless", "The end", "opt, out",
	} {
		require.False(t, models.OptOutWord(text), "%q", text)
	}
}

func TestOptInWord(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Yes", "yes!", "start", "UNSTOP."} {
		require.True(t, models.OptInWord(text), "%q", text)
	}
	for _, text := range []string{"", "yes please", "Yes, Tuesday", "restart", "un stop", "start stop"} {
		require.False(t, models.OptInWord(text), "%q", text)
	}
}

// Whatever surrounds a word without being a letter or a digit changes nothing, and nothing is both.
func TestKeywordsProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		around := rapid.StringMatching(`[\s\p{P}\p{S}]{0,5}`)
		before, after := around.Draw(r, "before"), around.Draw(r, "after")
		word := rapid.SampledFrom([]string{"stop", "Unsubscribe", "QUIT", "start", "Yes", "hello", ""}).Draw(r, "word")
		require.Equal(r, models.OptOutWord(word), models.OptOutWord(before+word+after))
		require.Equal(r, models.OptInWord(word), models.OptInWord(before+word+after))

		text := rapid.String().Draw(r, "text")
		require.False(r, models.OptOutWord(text) && models.OptInWord(text))
	})
}
