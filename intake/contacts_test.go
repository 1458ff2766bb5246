package intake_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/intake"
	"beckon/models"
)

func TestFromAPI(t *testing.T) {
	t.Parallel()
	var contacts []intake.APIContact
	require.NoError(t, json.Unmarshal([]byte(`[
		{"firstName": " Ava ", "lastName": "", "email": "AVA@example.com", "phone": "12025550101", "status": "planning",
		 "timezone": "America/New_York", "contactMetadata": {"plan": "Team", "seats": 4, "tags": ["a\u0000b", true, null]},
		 "externalIdKey": "crm", "externalIdValue": "42", "somethingElse": 1},
		{"phone": "442079460123", "status": "Completed"},
		{"email": "liam@example.org", "status": "disqualified", "phone": "nope", "timezone": "PST"},
		{"email": "mia@example.com", "status": "won"},
		{"firstName": "Noah", "email": "not an address"},
		{}
	]`), &contacts))
	inputs, faults := intake.FromAPI(contacts, "US")
	completed, disqualified := models.ContactCompleted, models.ContactDisqualified
	require.Equal(t, []models.ContactInput{
		{
			Line: 0, FirstName: new("Ava"), Email: new("ava@example.com"), Phone: new("+12025550101"),
			Timezone: new("America/New_York"), ExternalIDKey: new("crm"), ExternalIDValue: new("42"),
			Properties: map[string]any{"plan": "Team", "seats": 4.0, "tags": []any{"ab", true, nil}},
		},
		{Line: 1, Phone: new("+442079460123"), Status: &completed},
		{Line: 2, Email: new("liam@example.org"), Status: &disqualified},
	}, inputs)
	list := []string{}
	for _, fault := range faults {
		list = append(list, fmt.Sprintf("%d %s %s %t", fault.Index, fault.Field, fault.Code, fault.Taken))
		require.NotContains(t, fault.Message, "not an address")
		require.NotEmpty(t, fault.Message)
	}
	require.Equal(t, []string{
		"2 phone invalid_phone true", "2 timezone invalid_timezone true", "3 status invalid_status false",
		"4 email invalid_email false", "4  no_address false", "5  no_address false",
	}, list)
}

func TestFromAPIKnowsEveryStatus(t *testing.T) {
	t.Parallel()
	for _, status := range models.ContactStatuses {
		inputs, faults := intake.FromAPI([]intake.APIContact{{Email: new("a@example.com"), Status: new(string(status))}}, "US")
		require.Empty(t, faults)
		require.Equal(t, status.Finished(), inputs[0].Status != nil, status)
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	nest := func(depth int) map[string]any {
		value := any("x")
		for range depth {
			value = map[string]any{"k": value}
		}
		return value.(map[string]any)
	}
	members := func(n int, value any) map[string]any {
		object := map[string]any{}
		for i := range n {
			object[fmt.Sprint("k", i)] = value
		}
		return object
	}
	for _, metadata := range []map[string]any{
		nil, nest(intake.MaxMetadataDepth), members(intake.MaxMetadataKeys, 1.5),
		{"n": json.Number("12345678901234567890")}, {"list": make([]any, intake.MaxMetadataKeys-1)},
	} {
		_, err := intake.Metadata(metadata)
		require.NoError(t, err)
	}
	for _, c := range []struct {
		metadata map[string]any
		code     intake.ValueCode
	}{
		{nest(intake.MaxMetadataDepth + 1), intake.ValueTooDeep},
		{members(intake.MaxMetadataKeys+1, 1.5), intake.ValueTooMany},
		{map[string]any{"list": make([]any, intake.MaxMetadataKeys)}, intake.ValueTooMany},
		{members(5, strings.Repeat("y", intake.MaxPropertyRunes)), intake.ValueTooLong},
		{map[string]any{"k": strings.Repeat("y", intake.MaxPropertyRunes+1)}, intake.ValueTooLong},
		{map[string]any{strings.Repeat("k", intake.MaxKeyRunes+1): 1.0}, intake.ValueTooLong},
		{map[string]any{" ": 1.0}, intake.ValueInvalidName},
		{map[string]any{"a": 1.0, "a\t": 2.0}, intake.ValueInvalidName},
		{map[string]any{"a": make(chan int)}, intake.ValueInvalidType},
	} {
		_, err := intake.Metadata(c.metadata)
		requireValueError(t, err, c.code, "")
		inputs, faults := intake.FromAPI([]intake.APIContact{{Email: new("a@example.com"), ContactMetadata: c.metadata}}, "US")
		require.Len(t, inputs, 1, "the contact is taken without")
		require.Nil(t, inputs[0].Properties)
		require.Equal(t, c.code, faults[0].Code)
		require.True(t, faults[0].Taken)
	}
	metadata := map[string]any{" Company\x00 ": "Line\r\nBreak \u202eStudio"}
	cleaned, err := intake.Metadata(metadata)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"Company": "Line\nBreak Studio"}, cleaned)
	require.Contains(t, metadata, " Company\x00 ", "the input is not changed")
}

// TestFromAPIProperties: every contact is either taken or has an error that says it is not, whatever is posted.
func TestFromAPIProperties(t *testing.T) {
	t.Parallel()
	text := rapid.Ptr(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"ava@example.com", "2025550101", "completed", "UTC", "", " ",
	})), true)
	contact := rapid.Custom(func(t *rapid.T) intake.APIContact {
		return intake.APIContact{
			FirstName: text.Draw(t, "first"), Email: text.Draw(t, "email"), Phone: text.Draw(t, "phone"),
			Status: text.Draw(t, "status"), Timezone: text.Draw(t, "zone"), ExternalIDValue: text.Draw(t, "id"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		contacts := rapid.SliceOfN(contact, 0, 10).Draw(t, "contacts")
		inputs, faults := intake.FromAPI(contacts, "US")
		refused := map[int]bool{}
		for _, fault := range faults {
			if !fault.Taken {
				refused[fault.Index] = true
			}
		}
		require.Equal(t, len(contacts), len(inputs)+len(refused))
		for _, input := range inputs {
			require.False(t, refused[input.Line])
			require.True(t, input.Email != nil || input.Phone != nil)
		}
	})
}
