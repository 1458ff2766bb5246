package intake_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/intake"
	"beckon/models"
)

// requireFields checks a refusal's code and the pointer and code of each of its fields.
func requireFields(t require.TestingT, err error, code models.Code, want ...string) {
	var refused *models.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, code, refused.Code)
	got := make([]string, len(refused.Fields))
	for i, field := range refused.Fields {
		require.NotEmpty(t, field.Detail)
		got[i] = field.Pointer + " " + field.Code
	}
	require.Equal(t, want, got)
}

func TestParseMapping(t *testing.T) {
	t.Parallel()
	mapping, err := intake.ParseMapping([]byte(`{
		"firstName": " First  Name ", "lastName": "Last Name", "email": "Email", "phone": ["Mobile", "Phone"], "timezone": null,
		"externalIdValue": "Record ID", "properties": {"company": "Company", "a/b~c": "X", "unset": ""}, "keepUnmapped": true,
		"optOut": {"email": "Unsubscribed", "text": null, "phone": ""}
	}`))
	require.NoError(t, err)
	require.Equal(t, intake.Mapping{
		FirstName: "First Name", LastName: "Last Name", Email: "Email", Phone: []string{"Mobile", "Phone"},
		ExternalIDValue: "Record ID", Properties: map[string]string{"company": "Company", "a/b~c": "X"}, KeepUnmapped: true,
		OptOut: map[models.Channel]string{models.ChannelEmail: "Unsubscribed"},
	}, mapping)
}

func TestParseMappingRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		``:                                     {"/mapping not_an_object"},
		`null`:                                 {"/mapping not_an_object"},
		`[]`:                                   {"/mapping not_an_object"},
		`{"email": "Email"`:                    {"/mapping not_an_object"},
		`{} {}`:                                {"/mapping not_an_object"},
		`{"Email": "Email"}`:                   {"/mapping/Email unknown_field"},
		`{"a/b~": 1}`:                          {"/mapping/a~1b~0 unknown_field"},
		`{"email": 3, "name": ["N"]}`:          {"/mapping/email wrong_type", "/mapping/name wrong_type"},
		`{"phone": "Phone"}`:                   {"/mapping/phone wrong_type"},
		`{"phone": ["Phone", 2]}`:              {"/mapping/phone/1 wrong_type"},
		`{"properties": ["Company"]}`:          {"/mapping/properties wrong_type"},
		`{"properties": {"a/b": {}}}`:          {"/mapping/properties/a~1b wrong_type"},
		`{"optOut": {"all": "X", "text": 3}}`:  {"/mapping/optOut/all unknown_field", "/mapping/optOut/text wrong_type"},
		`{"keepUnmapped": "yes", "optOut": 1}`: {"/mapping/keepUnmapped wrong_type", "/mapping/optOut wrong_type"},
	} {
		_, err := intake.ParseMapping([]byte(text))
		requireFields(t, err, models.CodeMalformed, want...)
	}
	long := strings.Repeat("k", intake.MaxKeyRunes+1)
	for text, want := range map[string][]string{
		`{"properties": {" ": "A"}}`:                                {"/mapping/properties/  invalid_name"},
		`{"properties": {"a": "A", "a ": "B"}}`:                     {"/mapping/properties/a  invalid_name"},
		`{"properties": {"` + long + `": "A"}}`:                     {"/mapping/properties/" + long + " too_long"},
		`{"phone": [` + strings.Repeat(`"P",`, 10) + `"P"]}`:        {"/mapping/phone too_many"},
		`{"properties": {` + manyProperties(intake.MaxProperties+1): {"/mapping/properties too_many"},
	} {
		_, err := intake.ParseMapping([]byte(text))
		requireFields(t, err, models.CodeInvalid, want...)
	}
}

func manyProperties(n int) string {
	members := make([]string, n)
	for i := range members {
		members[i] = `"` + strings.Repeat("k", i+1) + `": "C"`
	}
	return strings.Join(members, ",") + "}}"
}

func TestMappingValidate(t *testing.T) {
	t.Parallel()
	header := []string{"Name", "First", "Last", "Email", "Mobile", "Phone"}
	for text, want := range map[string][]string{
		`{"name": "Name", "email": "Email"}`:                       nil,
		`{"lastName": "Last", "phone": ["Mobile", "Phone"]}`:       nil,
		`{"firstName": "First", "email": "Email", "timezone": ""}`: nil,
		`{}`:                            {"/mapping name_required", "/mapping address_required"},
		`{"name": "Name", "phone": []}`: {"/mapping address_required"},
		`{"email": "Email"}`:            {"/mapping name_required"},
		`{"name": "Name", "firstName": "First", "email": "Email"}`:     {"/mapping/name name_twice"},
		`{"name": "name", "email": "E-mail", "phone": ["Phone", "X"]}`: {"/mapping/name unknown_column", "/mapping/phone/1 unknown_column", "/mapping/email unknown_column"},
		`{"name": "Name", "email": "Email", "timezone": "Z", "externalIdValue": "I", "properties": {"a~": "P"}, "optOut": {"text": "T"}}`: {
			"/mapping/timezone unknown_column", "/mapping/externalIdValue unknown_column", "/mapping/properties/a~0 unknown_column",
			"/mapping/optOut/text unknown_column",
		},
	} {
		mapping, err := intake.ParseMapping([]byte(text))
		require.NoError(t, err)
		if err = mapping.Validate(header); want == nil {
			require.NoError(t, err)
			continue
		}
		requireFields(t, err, models.CodeInvalid, want...)
	}
}

// TestSuggestedMapping: what is suggested for any header is itself a mapping that the parser takes and keeps.
func TestSuggestedMapping(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		header := rapid.SliceOfDistinct(rapid.SampledFrom([]string{
			"First Name", "last_name", "E-Mail", "Mobile Phone", "PHONE", "Time Zone", "Record ID", "Company", "Name", "Fax", "x", "Do Not Call", "UNSUB_TIME",
		}), rapid.ID[string]).Draw(t, "header")
		mapping := intake.SuggestMapping(header)
		text, err := json.Marshal(mapping)
		require.NoError(t, err)
		again, err := intake.ParseMapping(text)
		require.NoError(t, err)
		require.Equal(t, mapping, again)
		require.NotContains(t, mapping.Phone, "Fax")
		var refused *models.Error
		if err := mapping.Validate(header); errors.As(err, &refused) {
			for _, field := range refused.Fields {
				require.Equal(t, intake.MappingPointer, field.Pointer, "only missing columns, no wrong ones")
			}
		}
	})
}

func FuzzParseMapping(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `{"firstName":"First Name","email":"Email","phone":["Phone"],"keepUnmapped":false,"optOut":{"email":"X"}}`,
		`{"properties":{"company":"Company","a/b":"C"}}`, `{"phone":[1]}`, `{"a":{"b":[`,
	} {
		f.Add([]byte(seed), "First Name,Email,Phone")
	}
	f.Fuzz(func(t *testing.T, text []byte, header string) {
		mapping, err := intake.ParseMapping(text)
		if err != nil {
			require.Contains(t, []models.Code{models.CodeMalformed, models.CodeInvalid}, models.ErrorCode(err))
			return
		}
		again, err := json.Marshal(mapping)
		require.NoError(t, err)
		parsed, err := intake.ParseMapping(again)
		require.NoError(t, err)
		require.Equal(t, mapping, parsed)
		if err := mapping.Validate(strings.Split(header, ",")); err != nil {
			require.Equal(t, models.CodeInvalid, models.ErrorCode(err))
		}
	})
}
