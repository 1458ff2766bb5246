package intake_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"

	"beckon/intake"
	"beckon/models"
)

func TestReadSuppressions(t *testing.T) {
	t.Parallel()
	text := "Email,Phone,Channel,Reason,Note\n" +
		" ADA@Example.com ,,email,Opt out,x\n" +
		",(202) 555-0143,sms,,\n" +
		"bea@example.com,'+442079460958,,unsubscribe,\n" +
		",,,,nothing\n" +
		"no address,12,,,\n" +
		"carl@example.com,,fax,annoyed,\n" +
		"dora@example.com,,text,,\n"
	want := []string{
		"2 email ada@example.com opt_out", "3 text +12025550143 manual", "4 all bea@example.com unsubscribe",
		"4 all +442079460958 unsubscribe", "7 all carl@example.com manual",
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	require.NoError(t, err)
	for name, file := range map[string]string{
		"UTF-8": text, "UTF-16": utf16, "semicolons, CRLF": strings.ReplaceAll(strings.ReplaceAll(text, ",", ";"), "\n", "\r\n"),
	} {
		read, err := intake.ReadSuppressions(strings.NewReader(file), "US")
		require.NoError(t, err, name)
		have := []string{}
		for _, in := range read.Inputs {
			have = append(have, fmt.Sprint(in.Line, " ", in.Channel, " ", in.Address, " ", in.Reason))
		}
		require.Equal(t, want, have, name)
		require.Equal(t, []int{7, 3}, []int{read.Rows, read.Skipped}, name)
		faults := []string{}
		for _, fault := range read.Errors {
			faults = append(faults, fmt.Sprint(fault.Line, " ", fault.Field, " ", fault.Code))
			require.NotContains(t, fault.Detail, "example.com")
		}
		require.Equal(t, []string{
			"5 Email no_address", "6 Email invalid_phone", "6 Phone invalid_phone", "7 channel unknown_value", "7 reason unknown_value",
			"8 Email unknown_value",
		}, faults, name)
	}
}

func TestReadSuppressionsRefuses(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"no column": "Name,City\nAda,Springfield\n", "no header": "ada@example.com\nbea@example.com\n", "nothing": "",
	} {
		_, err := intake.ReadSuppressions(strings.NewReader(file), "US")
		require.Equal(t, models.CodeInvalid, models.ErrorCode(err), name)
	}
	rows := strings.Repeat("ada@example.com\n", models.MaxSuppressionRows)
	read, err := intake.ReadSuppressions(strings.NewReader("email\n"+rows), "US")
	require.NoError(t, err)
	require.Equal(t, models.MaxSuppressionRows, read.Rows)
	_, err = intake.ReadSuppressions(strings.NewReader("email\n"+rows+"bea@example.com\n"), "US")
	require.Equal(t, models.CodeTooManyRows, models.ErrorCode(err))
}
