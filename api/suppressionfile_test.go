package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func TestImportSuppressions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.suppressions = []models.Suppression{{ID: "s1", Channel: "all", Address: new("bea@example.com")}}
	text := "email;channel;reason\nada@example.com;;opt_out\nbea@example.com;;\nADA@example.com;all;\n12;;\n"
	for round := range 2 {
		object := b.request(http.MethodPost, suppressionsPath+"/import", "", withForm(t, file(text))).object(http.StatusOK)
		require.InDelta(t, 4, object["rows"], 0)
		require.InDelta(t, 1-round, object["added"], 0)
		require.InDelta(t, 2+round, object["existing"], 0)
		require.InDelta(t, 1, object["skipped"], 0)
		faults := object["errors"].([]any)
		require.Len(t, faults, 1)
		fault := faults[0].(map[string]any)
		require.Equal(t, []any{5.0, "email", "invalid_phone"}, []any{fault["line"], fault["field"], fault["code"]})
	}
	require.Len(t, b.store.suppressions, 2)
	require.Equal(t, "import", b.store.suppressions[1].Source)
	require.Eventually(t, func() bool { return b.store.timesSwept() > 0 }, 5*time.Second, time.Millisecond)

	// National numbers are read where the caller says.
	british := withForm(t, file("phone\n020 7946 0958\n"))
	b.request(http.MethodPost, suppressionsPath+"/import?defaultRegion=GB", "", british).object(http.StatusOK)
	require.Equal(t, "+442079460958", *b.store.suppressions[2].Address)
}

func TestImportSuppressionsIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	post := func(text string) *answer {
		return b.request(http.MethodPost, suppressionsPath+"/import", "", withForm(t, file(text)))
	}
	post("email\n"+strings.Repeat("ada@example.com\n", models.MaxSuppressionRows+1)).
		problem(http.StatusUnprocessableEntity, models.CodeTooManyRows)
	post("city\nSpringfield\n").problem(http.StatusUnprocessableEntity, models.CodeInvalid)
	b.request(http.MethodPost, suppressionsPath+"/import", `{}`).problem(http.StatusUnsupportedMediaType, "unsupported_media_type")
	require.Zero(t, b.store.written())
}

// A spreadsheet takes nothing in the file for a formula, and the import reads it as it was.
func TestSuppressionsCSV(t *testing.T) {
	t.Parallel()
	b := setup(t)
	at := time.Date(2030, time.March, 4, 15, 6, 7, 0, time.UTC)
	b.store.suppressions = []models.Suppression{
		{Channel: "text", Address: new("+12025550143"), Reason: models.SuppressedOptOut, Source: "reply", CreatedAt: at},
		{Channel: "all", Address: new("=ada@example.com"), Reason: models.SuppressedManual, Source: "=1+1", CreatedAt: at},
		{Channel: "email", Reason: models.SuppressedManual, Source: "erasure", CreatedAt: at},
	}
	answer := b.request(http.MethodGet, suppressionsPath+".csv?channel=text&search=555", "")
	require.Equal(t, http.StatusOK, answer.status)
	require.Equal(t, `attachment; filename="suppressions.csv"`, answer.header.Get("Content-Disposition"))
	require.Equal(t, "address,channel,reason,source,createdAt\r\n"+
		"'+12025550143,text,opt_out,reply,2030-03-04T15:06:07Z\r\n"+
		"'=ada@example.com,all,manual,'=1+1,2030-03-04T15:06:07Z\r\n"+
		",email,manual,erasure,2030-03-04T15:06:07Z\r\n", string(answer.body))
	require.Equal(t, "555", b.store.suppressionFilter.Search)
	require.Equal(t, []models.AuditRecord{{
		Action: models.AuditExportSuppressions, Detail: models.AuditDetail{Codes: map[string]string{"channel": "text"}},
	}}, b.store.recorded)

	b.store.suppressions = nil
	object := b.request(http.MethodPost, suppressionsPath+"/import", "", withForm(t, file(string(answer.body)))).
		object(http.StatusOK)
	require.Equal(t, "2 0 1", fmt.Sprint(object["added"], object["existing"], object["skipped"]))
	require.Equal(t, []string{"+12025550143", "=ada@example.com"},
		[]string{*b.store.suppressions[0].Address, *b.store.suppressions[1].Address})
}
