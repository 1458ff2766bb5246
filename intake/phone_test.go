package intake_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/intake"
)

func TestPhone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ raw, region, want string }{
		{"(202) 555-0101", "US", "+12025550101"},
		{`="2025550109"`, "US", "+12025550109"},
		{"'2025550110", "US", "+12025550110"},
		{`="'+44 20 7946 0123"`, "US", "+442079460123"},
		{"020 7946 0123", "GB", "+442079460123"},
		{"+1 (202) 555-0110 x204", "", "+12025550110"},
		{"\u202a+1 202 555 0110\u202c", "DE", "+12025550110"}, // as copied from a contacts app
		{"1-800-FLOWERS", "US", "+18003569377"},
	} {
		phone, err := intake.Phone(c.raw, c.region)
		require.NoError(t, err, c.raw)
		require.Equal(t, c.want, phone, c.raw)
	}
}

func TestPhoneRefused(t *testing.T) {
	t.Parallel()
	for raw, code := range map[string]intake.ValueCode{
		"":                           intake.ValueEmpty,
		`=""`:                        intake.ValueEmpty,
		"'":                          intake.ValueEmpty,
		"2.02556E+09":                intake.ValueScientific,
		"2,02556E+09":                intake.ValueScientific,
		"1.20256e+10":                intake.ValueScientific,
		"2E9":                        intake.ValueScientific,
		"555-0118":                   intake.ValueInvalidPhone,
		"7700900123":                 intake.ValueInvalidPhone,
		"N/A":                        intake.ValueInvalidPhone,
		"202-555-0101\n202-555-0102": intake.ValueControl,
		"202\x00555":                 intake.ValueControl,
		"2025550101\xff":             intake.ValueNotUTF8,
		strings.Repeat("1", 101):     intake.ValueTooLong,
	} {
		_, err := intake.Phone(raw, "US")
		requireValueError(t, err, code, raw)
		_, err = intake.PhoneOfCall(raw, "US")
		requireValueError(t, err, code, raw)
	}
	for _, region := range []string{"", "XX", "us", "ZZZ"} {
		_, err := intake.Phone("202-555-0101", region)
		requireValueError(t, err, intake.ValueInvalidPhone, "202-555-0101")
	}
}

func TestPhoneOfCall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, raw, region, want string }{
		{"digits that are valid E.164", "442079460123", "US", "+442079460123"},
		{"digits that are valid E.164 and a national number: the region comes first", "6465550123", "US", "+16465550123"},
		{"digits that are national only", "2025550123", "US", "+12025550123"},
		{"digits with the country code", "12025550123", "DE", "+12025550123"},
		{"punctuation", "646-555-0123", "US", "+16465550123"},
		{"punctuation, valid as E.164 only", "44 20 7946 0123", "US", "+442079460123"},
		{"a plus decides", "+1 646 555 0123", "NZ", "+16465550123"},
	} {
		phone, err := intake.PhoneOfCall(c.raw, c.region)
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, phone, c.name)
	}
}

// TestPhoneVendor holds every vector against the reading of files. The contacts endpoint differs from them in one: eleven
// digits that are no American number are a valid Egyptian one.
func TestPhoneVendor(t *testing.T) {
	t.Parallel()
	rows := tsvRows(vendorFile(t, "phones", "phone_vectors.tsv"))
	require.Greater(t, len(rows), 40)
	for _, row := range rows {
		raw, region, want := row[0], row[1], strings.ReplaceAll(row[2], "INVALID", "")
		phone, err := intake.Phone(raw, region)
		require.Equal(t, want, phone, raw)
		require.Equal(t, want == "", err != nil, raw)
		if raw == "20255501234" {
			want = "+20255501234"
		}
		phone, err = intake.PhoneOfCall(raw, region)
		require.Equal(t, want, phone, raw)
		require.Equal(t, want == "", err != nil, raw)
	}
}

func TestPhoneProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.StringMatching(`[+=']?"?[0-9 ().E/xt-]{0,24}"?`).Draw(t, "raw")
		checkPhone(t, raw, rapid.SampledFrom([]string{"US", "GB", "DE", "IT", "AR", "", "XX"}).Draw(t, "region"))
	})
}

// checkPhone holds for any input: what is taken is E.164 and reads as itself, whatever the region.
func checkPhone(t require.TestingT, raw, region string) {
	e164 := regexp.MustCompile(`^\+[1-9][0-9]{4,16}$`)
	for _, read := range []func(string, string) (string, error){intake.Phone, intake.PhoneOfCall} {
		phone, err := read(raw, region)
		if err != nil {
			var refused *intake.ValueError
			require.ErrorAs(t, err, &refused)
			require.Empty(t, phone)
			continue
		}
		require.Regexp(t, e164, phone)
		again, err := read(phone, "")
		require.NoError(t, err)
		require.Equal(t, phone, again)
	}
}

func FuzzPhone(f *testing.F) {
	for _, text := range vendorSeeds(f, "phones", "*.tsv") {
		for _, row := range tsvRows(text) {
			f.Add(row[0], row[1])
		}
	}
	f.Add("202-555-0101", "US")
	f.Fuzz(func(t *testing.T, raw, region string) { checkPhone(t, raw, region) })
}
