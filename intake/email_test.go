package intake_test

import (
	"encoding/csv"
	"net/mail"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/intake"
)

// requireValueError checks a refusal: its code, and that it does not repeat the value.
func requireValueError(t *testing.T, err error, code intake.ValueCode, value string) {
	t.Helper()
	var refused *intake.ValueError
	require.ErrorAs(t, err, &refused, value)
	require.Equal(t, code, refused.Code, value)
	require.NotEmpty(t, refused.Detail)
	if value = strings.TrimSpace(value); len(value) > 2 {
		require.NotContains(t, err.Error(), value)
	}
}

func TestEmail(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"ava@example.com":                        "ava@example.com",
		"  Ava.Nguyen@EXAMPLE.com\t\r\n":         "ava.nguyen@example.com",
		"\u00a0\ufeffava@example.com\u200b":      "ava@example.com",
		"MAILTO:ava@example.com?subject=Hello":   "ava@example.com",
		"ava@example.com.":                       "ava@example.com",
		"ava@BÜCHER.example":                     "ava@xn--bcher-kva.example",
		"ava@xn--bcher-kva.example":              "ava@xn--bcher-kva.example",
		"a@b.co":                                 "a@b.co",
		"!#$%&'*+-/=?^_`{|}~@example.com":        "!#$%&'*+-/=?^_`{|}~@example.com",
		"ava@r3---cdn.example":                   "ava@r3---cdn.example",
		strings.Repeat("a", 64) + "@example.com": strings.Repeat("a", 64) + "@example.com",
	} {
		email, err := intake.Email(raw)
		require.NoError(t, err, raw)
		require.Equal(t, want, email, raw)
	}
}

func TestEmailRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a.", 42)
	for raw, code := range map[string]intake.ValueCode{
		"":                                        intake.ValueEmpty,
		" \t\u200b":                               intake.ValueEmpty,
		"mailto: ":                                intake.ValueInvalidEmail,
		"ava":                                     intake.ValueInvalidEmail,
		"ava@":                                    intake.ValueInvalidEmail,
		"@example.com":                            intake.ValueInvalidEmail,
		"ava@localhost":                           intake.ValueInvalidEmail,
		"ava@example.1":                           intake.ValueInvalidEmail,
		"ava@192.0.2.1":                           intake.ValueInvalidEmail,
		"ava@[192.0.2.1]":                         intake.ValueInvalidEmail,
		"ava@exam_ple.com":                        intake.ValueInvalidEmail,
		"ava@example.com..":                       intake.ValueInvalidEmail,
		"ava@xn--zzzzzzzzzzzz99999.example":       intake.ValueInvalidEmail,
		"ava(at)example.com":                      intake.ValueInvalidEmail,
		`"ava"@example.com`:                       intake.ValueInvalidEmail,
		"üser@example.com":                        intake.ValueInvalidEmail,
		"ava nguyen@example.com":                  intake.ValueInvalidEmail,
		"a@b@example.com":                         intake.ValueInvalidEmail,
		"a@example.com,b@example.com":             intake.ValueSeveralAddresses,
		"a@example.com b@example.com":             intake.ValueSeveralAddresses,
		"Ava <ava@example.com>":                   intake.ValueDisplayName,
		"<ava@example.com>":                       intake.ValueDisplayName,
		"ava@example.com\nBcc: x@evil.test":       intake.ValueControl,
		"ava@example.com\r\nBcc:":                 intake.ValueControl,
		"av\x00a@example.com":                     intake.ValueControl,
		"ava\u2028@example.com":                   intake.ValueControl,
		"ava@ex\xe9mple.com":                      intake.ValueNotUTF8,
		strings.Repeat("a", 65) + "@b.com":        intake.ValueTooLong,
		"ava@" + long + long + long + "a.com":     intake.ValueTooLong,
		"ava@" + strings.Repeat("a", 64) + ".com": intake.ValueInvalidEmail,
	} {
		_, err := intake.Email(raw)
		requireValueError(t, err, code, raw)
	}
}

// TestEmailVendor follows the vendor's opinion of 30 addresses, stricter where the opinion leaves a choice.
func TestEmailVendor(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(strings.NewReader(vendorFile(t, "csv", "awkward", "email_edge_cases.csv"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 31)
	choices := map[string]string{
		"user@bücher.example":          "user@xn--bcher-kva.example",
		"mailto:user@example.com":      "user@example.com",
		" user@example.com ":           "user@example.com",
		"user@example.com.":            "user@example.com",
		"üser@example.com":             "", // no provider of ours takes it
		`"quoted local"@example.com`:   "",
		"Ava Nguyen <ava@example.com>": "", // one field, one address
		"a@example.com; b@example.com": "",
		"noreply@example.com":          "noreply@example.com",
		"postmaster@example.com":       "postmaster@example.com",
	}
	for _, row := range rows[1:] {
		raw, opinion := row[0], row[1]
		email, err := intake.Email(raw)
		switch opinion {
		case "yes":
			require.NoError(t, err, raw)
			require.Equal(t, strings.ToLower(raw), email)
		case "no":
			require.Error(t, err, raw)
		default:
			want, listed := choices[raw]
			require.True(t, listed, raw)
			require.Equal(t, want, email, raw)
			require.Equal(t, want == "", err != nil, raw)
		}
	}
}

func TestEmailProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		checkEmail(t, rapid.StringMatching(`[a-zA-Z0-9.!#$%&'*+/=?^_{|}~ <>"-]{0,20}@?[a-zA-Z0-9.ü-]{0,30}\.?[a-z]{0,4}`).Draw(t, "raw"))
	})
}

// checkEmail holds for any input: what is taken is plain, stays as it is, and net/mail reads it as the same address.
func checkEmail(t require.TestingT, raw string) {
	email, err := intake.Email(raw)
	if err != nil {
		var refused *intake.ValueError
		require.ErrorAs(t, err, &refused)
		require.Empty(t, email)
		return
	}
	require.LessOrEqual(t, len(email), 254)
	require.Equal(t, strings.ToLower(email), email)
	require.Equal(t, 1, strings.Count(email, "@"))
	require.False(t, strings.ContainsFunc(email, func(r rune) bool { return r <= ' ' || r > '~' }))
	again, err := intake.Email(email)
	require.NoError(t, err)
	require.Equal(t, email, again)
	parsed, err := mail.ParseAddress(email)
	require.NoError(t, err)
	require.Equal(t, email, parsed.Address)
}

func FuzzEmail(f *testing.F) {
	for _, text := range vendorSeeds(f, "csv", "awkward", "email_edge_cases.csv") {
		for line := range strings.Lines(text) {
			f.Add(line)
		}
	}
	f.Add("ava@example.com")
	f.Fuzz(func(t *testing.T, raw string) { checkEmail(t, raw) })
}
