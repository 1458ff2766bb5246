package integration_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// exportedRow is what the vendors' manifest says about one row of a file, whatever Beckon makes of it.
type exportedRow struct {
	First string  `json:"first"`
	Last  string  `json:"last"`
	Email *string `json:"email"`
	Phone *string `json:"phone_e164_default_US"`
}

func (r exportedRow) named() bool { return r.First != "" || r.Last != "" }

// exportedRows reads what the manifest says about a file.
func exportedRows(t *testing.T, file string) []exportedRow {
	t.Helper()
	text, err := os.ReadFile(vendorFile(t, "csv", "manifest.json"))
	require.NoError(t, err)
	var manifest struct {
		Files []struct {
			File     string        `json:"file"`
			Expected []exportedRow `json:"expected"`
		} `json:"files"`
	}
	require.NoError(t, json.Unmarshal(text, &manifest))
	for _, entry := range manifest.Files {
		if entry.File == file {
			require.NotEmpty(t, entry.Expected)
			return entry.Expected
		}
	}
	require.FailNow(t, "the manifest has no file "+file)
	return nil
}

// TestHubSpotExport runs a campaign with a file that nobody here wrote. Every row is accounted for; exactly the contacts
// with a usable address get one message, and the others end unreachable.
func TestHubSpotExport(t *testing.T) {
	t.Parallel()
	const name = "exports/hubspot_all_contacts.csv"
	expected := exportedRows(t, name)
	file, err := os.ReadFile(vendorFile(t, "csv", name))
	require.NoError(t, err)
	s := newStack(t, options{})
	id := s.createCampaign(settings("HubSpot", "automatic"))

	result := s.importFile(id, file, map[string]any{
		"firstName": "First Name", "lastName": "Last Name", "email": "Email", "phone": []string{"Phone Number"},
	})

	// Rows of the same person make one contact; rows without a name make none.
	emails, phones, wantMail, unreachable, nameless := map[string]bool{}, map[string]bool{}, map[string]int{}, map[string]bool{}, 0
	repeated := 0
	for _, row := range expected {
		switch {
		case !row.named():
			nameless++
			continue
		case row.Phone != nil && phones[*row.Phone], row.Email != nil && emails[*row.Email]:
			repeated++
			continue
		case row.Email == nil:
			unreachable[*row.Phone] = true
		default:
			wantMail[*row.Email] = 1
		}
		if row.Email != nil {
			emails[*row.Email] = true
		}
		if row.Phone != nil {
			phones[*row.Phone] = true
		}
	}
	require.Equal(t, len(expected), result.Rows)
	require.Equal(t, len(wantMail)+len(unreachable), result.Created)
	require.Equal(t, repeated, result.Updated)
	require.Equal(t, nameless, result.Skipped)
	require.NotEmpty(t, unreachable)
	listed := map[string]int{}
	for _, fault := range result.Errors {
		listed[fault.Field]++
	}
	require.Equal(t, map[string]int{"email": 1, "phone": 3, "": nameless}, listed,
		"what cannot be read is listed, and so is each row that makes no contact")

	s.control(id, "go-live")
	s.untilFinished(id, patient)
	require.Equal(t, wantMail, s.sandbox.recipients())
	for _, c := range s.contacts(id, "") {
		if c.Email == nil {
			require.True(t, unreachable[*c.Phone])
			require.Equal(t, "disqualified", c.Status)
			require.Equal(t, "unreachable", *c.StatusReason)
			require.Zero(t, c.Attempts)
			continue
		}
		require.Equal(t, "completed", c.Status)
		require.Equal(t, 1, c.Attempts)
		sent := s.sandbox.to(*c.Email)
		require.Len(t, sent, 1)
		require.Contains(t, sent[0].Text, c.FirstName, "the message is personal")
	}
}
