package intake_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"
	"github.com/stretchr/testify/require"

	"beckon/intake"
	"beckon/models"
)

func sample(t *testing.T, rows int, seed int64) string {
	t.Helper()
	var file bytes.Buffer
	require.NoError(t, intake.WriteSample(&file, rows, seed))
	return file.String()
}

// TestWriteSample imports a sample as a user would, with the mapping that is suggested, in a region that is none of its own.
func TestWriteSample(t *testing.T) {
	t.Parallel()
	file := sample(t, models.MaxImportRows, 7)
	preview, err := intake.ReadPreview(strings.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, models.MaxImportRows, preview.Rows)
	preview.SuggestedMapping.KeepUnmapped = true
	result, err := intake.Read(strings.NewReader(file), preview.SuggestedMapping, intake.Options{DefaultRegion: "NZ"})
	require.NoError(t, err)
	require.Empty(t, result.Errors)
	require.Zero(t, result.Skipped)

	emails, phones, names, zones := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, input := range result.Inputs {
		requireReservedEmail(t, *input.Email)
		requireReservedPhone(t, *input.Phone)
		emails[*input.Email], phones[*input.Phone], zones[*input.Timezone] = true, true, true
		names[*input.FirstName+" "+*input.LastName] = true
		for _, key := range []string{"company", "jobTitle", "city", "Plan"} {
			require.NotEmpty(t, input.Properties[key])
		}
	}
	require.Len(t, emails, models.MaxImportRows)
	require.Len(t, phones, models.MaxImportRows)
	require.Greater(t, len(names), 800)
	require.Greater(t, len(zones), 8)
}

func requireReservedEmail(t *testing.T, email string) {
	t.Helper()
	local, domain, _ := strings.Cut(email, "@")
	for _, magic := range []string{"bounce-", "block-", "complain-", "unsub-", "defer-", "reply-", "optout-",
		"open-", "click-", "machine-"} {
		require.False(t, strings.HasPrefix(local, magic), email)
	}
	labels := strings.Split(domain, ".")
	top := labels[len(labels)-1]
	reserved := top == "example" || top == "test" ||
		labels[len(labels)-2] == "example" && slices.Contains([]string{"com", "org", "net"}, top)
	require.True(t, reserved, email)
}

func requireReservedPhone(t *testing.T, phone string) {
	t.Helper()
	require.Regexp(t, `^(\+1[2-9][0-9]{2}55501[0-9]{2}|\+442079460[0-9]{3})$`, phone)
	require.NotRegexp(t, `019[0-7]$`, phone)
}

// TestWriteSampleZones: the time zone of each row is one that its number may have.
func TestWriteSampleZones(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(strings.NewReader(sample(t, intake.SamplePhones(), 1))).ReadAll()
	require.NoError(t, err)
	areas := map[string]bool{}
	for _, row := range rows[1:] {
		phone := compact(row[3])
		if areas[phone[:5]] {
			continue
		}
		areas[phone[:5]] = true
		number, err := phonenumbers.Parse(phone, "")
		require.NoError(t, err)
		zones, err := phonenumbers.GetTimezonesForNumber(number)
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(zones, func(zone string) bool { return sameClock(t, zone, row[4]) }),
			"%s rings in %v, not in %s", phone, zones, row[4])
	}
	require.Greater(t, len(areas), 100)
}

// compact is a number of the sample without its separators, which is E.164.
func compact(phone string) string { return strings.NewReplacer(" ", "", "-", "").Replace(phone) }

// sameClock says that two zones have the same time in winter and in summer.
func sameClock(t *testing.T, one, other string) bool {
	t.Helper()
	for _, month := range []time.Month{time.January, time.July} {
		at := time.Date(2025, month, 15, 12, 0, 0, 0, time.UTC)
		first, err := time.LoadLocation(one)
		require.NoError(t, err)
		second, err := time.LoadLocation(other)
		require.NoError(t, err)
		if at.In(first).Format(time.DateTime) != at.In(second).Format(time.DateTime) {
			return false
		}
	}
	return true
}

func TestWriteSampleBeyondTheReservedNumbers(t *testing.T) {
	t.Parallel()
	numbers := intake.SamplePhones()
	require.Greater(t, numbers, models.MaxImportRows)
	rows, err := csv.NewReader(strings.NewReader(sample(t, numbers+50, 3))).ReadAll()
	require.NoError(t, err)
	emails, phones := map[string]bool{}, map[string]bool{}
	for i, row := range rows[1:] {
		require.Equal(t, i < numbers, row[3] != "", "row %d", i)
		email, err := intake.Email(row[2])
		require.NoError(t, err)
		require.False(t, emails[email])
		emails[email] = true
		if row[3] != "" {
			phone := compact(row[3])
			require.False(t, phones[phone])
			phones[phone] = true
		}
	}
}

func TestWriteSampleIsRepeatable(t *testing.T) {
	t.Parallel()
	first, again := sample(t, 200, 5), sample(t, 200, 5)
	require.Equal(t, first, again)
	require.NotEqual(t, sample(t, 200, 5), sample(t, 200, 6))
	require.True(t, strings.HasPrefix(sample(t, 200, 5), sample(t, 20, 5)), "more rows only come after")
	require.Len(t, strings.Split(sample(t, 0, 5), "\n"), 2, "the header alone")
}

func TestWriteSampleErrors(t *testing.T) {
	t.Parallel()
	require.Equal(t, models.CodeInvalid, models.ErrorCode(intake.WriteSample(io.Discard, -1, 1)))
	full := errors.New("disk full") //nolint:err113 // of this test alone
	require.ErrorIs(t, intake.WriteSample(brokenWriter{full}, 10, 1), full)
	require.ErrorIs(t, intake.WriteSample(brokenWriter{full}, 10_000, 1), full)
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }
