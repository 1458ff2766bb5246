package sendgrid_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/providers/internal/providertest"
	"beckon/providers/sendgrid"
)

const outreach = "0198c0de-0000-7000-8000-000000000001"

func TestParseEventsOfTheDocumentation(t *testing.T) {
	t.Parallel()
	batch, err := sendgrid.ParseBatch(providertest.VendorFile(t, "sendgrid", "events_docs_reference.json"))
	require.NoError(t, err)
	require.Equal(t, 2, batch.Skipped, "group_resubscribe, account_status_change")
	at := time.Unix(1513299569, 0).UTC()
	const message = "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88"
	expected := []models.ProviderEvent{
		{Type: models.EventProcessed, DedupeKey: message + ".000000000000000000000|processed|1513299569"},
		{Type: models.EventDeferred, Detail: "400 try again later", DedupeKey: message + ".0|deferred|1513299569"},
		{Type: models.EventDelivered, Detail: "250 OK", DedupeKey: message + ".0|delivered|1513299569"},
		{
			Type: models.EventBounced, Code: "5.0.0", Detail: "bounce: Invalid Address: 500 unknown recipient",
			DedupeKey: message + ".0|bounce|1513299569",
		},
		{
			Type: models.EventFailed, Code: "5.0.0", Detail: "blocked: Invalid Address: 500 unknown recipient",
			DedupeKey: message + ".0|bounce|1513299569",
		},
		{
			Type: models.EventDropped, Code: "5.0.0", Detail: "Bounced Address", Suppress: models.SuppressedBounce,
			DedupeKey: message + ".0|dropped|1513299569",
		},
		{Type: models.EventOpened, DedupeKey: message + ".0|open|1513299569"},
		{
			Type: models.EventClicked, ProviderID: "sendgrid_internal_message_id", At: time.Unix(1249948800, 0).UTC(),
			DedupeKey: "sendgrid_internal_message_id|click|1249948800",
		},
		{Type: models.EventComplained, DedupeKey: message + ".0|spamreport|1513299569"},
		{Type: models.EventUnsubscribed, DedupeKey: message + ".0|unsubscribe|1513299569"},
		{Type: models.EventUnsubscribed, DedupeKey: message + ".0|group_unsubscribe|1513299569"},
	}
	for i := range expected {
		if expected[i].ProviderID == "" {
			expected[i].ProviderID, expected[i].At = "14c5d75ce93", at
		}
	}
	require.Equal(t, expected, batch.Events)
	for _, event := range batch.Events {
		_, says := event.Type.State()
		require.True(t, says)
	}
}

func TestParseEventsOfTheVendorsOtherFiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file    string
		types   []models.EventType
		skipped int
	}{
		{
			"events_test_integration.json",
			[]models.EventType{
				models.EventProcessed, models.EventDeferred, models.EventDelivered, models.EventOpened, models.EventClicked,
				models.EventBounced, models.EventDropped, models.EventComplained, models.EventUnsubscribed,
				models.EventUnsubscribed,
			},
			1,
		},
		{"signed_single.body", []models.EventType{models.EventDropped}, 0},
		{"signed_multi.body", []models.EventType{models.EventProcessed, models.EventFailed}, 0}, // a block
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			body := providertest.VendorFile(t, "sendgrid", test.file)
			batch, err := sendgrid.ParseBatch(body)
			require.NoError(t, err)
			types := make([]models.EventType, len(batch.Events))
			for i, event := range batch.Events {
				types[i] = event.Type
				require.NotEmpty(t, event.ProviderID)
				require.NotContains(t, event.ProviderID, ".")
			}
			require.Equal(t, test.types, types)
			require.Equal(t, test.skipped, batch.Skipped)

			events, err := sendgrid.ParseEvents(body)
			require.NoError(t, err)
			require.Equal(t, batch.Events, events)
		})
	}
}

// event is an event with the members given as pairs of name and JSON.
func event(t *testing.T, changes ...string) []byte {
	t.Helper()
	members := map[string]json.RawMessage{
		"event": json.RawMessage(`"delivered"`), "timestamp": json.RawMessage(`1795545000`),
		"sg_message_id": json.RawMessage(`"abc.recvd-1-2.0"`), "outreach_id": json.RawMessage(`"` + outreach + `"`),
	}
	for i := 0; i < len(changes); i += 2 {
		members[changes[i]] = json.RawMessage(changes[i+1])
		if changes[i+1] == "" {
			delete(members, changes[i])
		}
	}
	body, err := json.Marshal([]any{members})
	require.NoError(t, err)
	return body
}

func TestParseEventsTellsOpensByMachines(t *testing.T) {
	t.Parallel()
	for given, byPerson := range map[string]bool{"": true, `false`: true, `null`: true, `true`: false} {
		batch, err := sendgrid.ParseBatch(event(t, "event", `"open"`, "sg_machine_open", given))
		require.NoError(t, err, given)
		require.Len(t, batch.Events, 1, given)
		if !byPerson {
			require.Equal(t, models.EventMachineOpened, batch.Events[0].Type)
			require.Equal(t, "abc.recvd-1-2.0|machine_open|1795545000", batch.Events[0].DedupeKey)
			continue
		}
		require.Equal(t, models.EventOpened, batch.Events[0].Type)
		require.Equal(t, "abc.recvd-1-2.0|open|1795545000", batch.Events[0].DedupeKey)
	}

	events, err := sendgrid.ParseEvents(event(t, "event", `"click"`, "sg_machine_open", `true`))
	require.NoError(t, err)
	require.Len(t, events, 1, "it speaks of opens alone")
}

// What SendGrid does not even try is not tried by us again either, where that is because of the address.
func TestParseEventsTellsWhyItWasDropped(t *testing.T) {
	t.Parallel()
	for reason, suppress := range map[string]models.SuppressionReason{
		`"Bounced Address"`: models.SuppressedBounce, `"Unsubscribed Address"`: models.SuppressedUnsubscribe,
		`"Spam Reporting Address"`: models.SuppressedComplaint, `"spam reporting address "`: models.SuppressedComplaint,
		`"Spam Content (if Spam Checker app is enabled)"`: "", `"Invalid SMTPAPI header"`: "",
		`"Recipient List over Package Quota"`: "", `7`: "", "": "",
	} {
		events, err := sendgrid.ParseEvents(event(t, "event", `"dropped"`, "reason", reason))
		require.NoError(t, err, reason)
		require.Len(t, events, 1)
		require.Equal(t, models.EventDropped, events[0].Type)
		require.Equal(t, suppress, events[0].Suppress, reason)
	}
	events, err := sendgrid.ParseEvents(event(t, "event", `"deferred"`, "reason", `"Bounced Address"`))
	require.NoError(t, err)
	require.Empty(t, events[0].Suppress)
}

func TestParseEventsTellsBlocksFromBounces(t *testing.T) {
	t.Parallel()
	tests := []struct {
		event, kind string
		expected    models.EventType
	}{
		{`"bounce"`, `"bounce"`, models.EventBounced},
		{`"bounce"`, "", models.EventBounced},
		{`"bounce"`, `7`, models.EventBounced},
		{`"bounce"`, `"blocked"`, models.EventFailed},
		{`"blocked"`, "", models.EventFailed},
		{`"blocked"`, `"bounce"`, models.EventFailed},
		{`"delivered"`, `"blocked"`, models.EventDelivered},
	}
	for _, test := range tests {
		events, err := sendgrid.ParseEvents(event(t,
			"event", test.event, "type", test.kind, "status", `"5.7.1"`, "reason", `"554 5.7.1 Poor reputation"`))
		require.NoError(t, err)
		require.Len(t, events, 1)
		require.Equal(t, test.expected, events[0].Type, "%s %s", test.event, test.kind)
		require.Equal(t, "5.7.1", events[0].Code)
		require.Contains(t, events[0].Detail, "554 5.7.1 Poor reputation")
	}

	// That of a domain without a mail server has no status.
	events, err := sendgrid.ParseEvents(event(t, "event", `"bounce"`, "type", `"blocked"`, "reason", `"unable to get mx info"`))
	require.NoError(t, err)
	require.Equal(t, models.EventFailed, events[0].Type)
	require.Empty(t, events[0].Code)
	require.Equal(t, "blocked: unable to get mx info", events[0].Detail)
}

func TestParseEventsReadsTheOutreachID(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`"` + outreach + `"`:                  outreach,
		`"` + strings.ToUpper(outreach) + `"`: "",
		`"{` + outreach + `}"`:                "",
		`"urn:uuid:` + outreach + `"`:         "",
		`"' OR 1=1 --"`:                       "",
		`""`:                                  "",
		`12`:                                  "",
		`{"a": 1}`:                            "",
		`null`:                                "",
		"":                                    "",
	}
	for given, expected := range tests {
		events, err := sendgrid.ParseEvents(event(t, "outreach_id", given))
		require.NoError(t, err, given)
		require.Len(t, events, 1)
		require.Equal(t, expected, events[0].OutreachID, given)
		require.Equal(t, "abc", events[0].ProviderID)
	}
}

func TestParseEventsWithoutMessageID(t *testing.T) {
	t.Parallel()
	batch, err := sendgrid.ParseBatch(event(t, "sg_message_id", "", "event", `"bounce"`))
	require.NoError(t, err)
	require.Len(t, batch.Events, 1)
	require.Empty(t, batch.Events[0].ProviderID)
	require.Equal(t, outreach+"|bounce|1795545000", batch.Events[0].DedupeKey)

	batch, err = sendgrid.ParseBatch(event(t, "sg_message_id", "", "outreach_id", ""))
	require.NoError(t, err)
	require.Empty(t, batch.Events, "it names nothing of ours")
	require.Equal(t, 1, batch.Skipped)
}

func TestParseEventsBoundsTheVendorsWords(t *testing.T) {
	t.Parallel()
	long := `"` + strings.Repeat("é", 5000) + `\u0000"`
	events, err := sendgrid.ParseEvents(event(t, "event", `"bounce"`, "reason", long, "status", long, "response", `7`))
	require.NoError(t, err)
	require.LessOrEqual(t, len(events[0].Detail), 1<<10)
	require.LessOrEqual(t, len(events[0].Code), 100)
	require.NotContains(t, events[0].Detail, "\x00")

	events, err = sendgrid.ParseEvents(event(t, "Event", `"open"`, "TIMESTAMP", `1`))
	require.NoError(t, err, "names count to the letter")
	require.Equal(t, models.EventDelivered, events[0].Type)
}

func TestParseEventsRefusesMalformed(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"Empty": "", "NoJSON": "event=delivered", "Object": `{"event": "delivered"}`, "String": `"[]"`, "Null": `null`,
		"Open": `[{"event": "delivered"}`, "Behind": `[] []`, "Commas": `[,]`, "Deep": strings.Repeat("[", 100_000),
	}
	for name, body := range bodies {
		_, err := sendgrid.ParseEvents([]byte(body))
		require.Equal(t, models.CodeMalformed, models.ErrorCode(err), name)
	}
	elements := []struct{ body, pointer string }{
		{`[1]`, "/0"}, {`[null]`, "/0"}, {`[[]]`, "/0"},
		{`[{"event": "group_resubscribe"}, {}]`, "/1/event"},
		{`[{"event": 7}]`, "/0/event"},
		{string(event(t, "timestamp", "")), "/0/timestamp"},
		{string(event(t, "timestamp", `"1795545000"`)), "/0/timestamp"},
		{string(event(t, "timestamp", `1795545000.5`)), "/0/timestamp"},
		{string(event(t, "timestamp", `0`)), "/0/timestamp"},
		{string(event(t, "timestamp", `-1`)), "/0/timestamp"},
		{string(event(t, "timestamp", `9999999999999`)), "/0/timestamp"},
		{string(event(t, "sg_message_id", `5`)), "/0/sg_message_id"},
		{string(event(t, "sg_message_id", `"`+strings.Repeat("a", 201)+`"`)), "/0/sg_message_id"},
		{string(event(t, "sg_message_id", `"a\u0000b"`)), "/0/sg_message_id"},
	}
	for _, test := range elements {
		events, err := sendgrid.ParseEvents([]byte(test.body))
		require.Equal(t, models.CodeMalformed, models.ErrorCode(err), test.body)
		require.Empty(t, events, "nothing of a malformed webhook is used")
		var malformed *models.Error
		require.ErrorAs(t, err, &malformed)
		require.Equal(t, test.pointer, malformed.Fields[0].Pointer, test.body)
	}
}

func TestParseEventsRefusesTooMuch(t *testing.T) {
	t.Parallel()
	_, err := sendgrid.ParseEvents(bytes.Repeat([]byte(" "), sendgrid.MaxWebhookBytes+1))
	require.Equal(t, models.CodeTooLarge, models.ErrorCode(err))

	body := func(n int) []byte {
		return []byte("[" + strings.TrimSuffix(strings.Repeat(`{"event":"group_resubscribe"},`, n), ",") + "]")
	}
	_, err = sendgrid.ParseEvents(body(sendgrid.MaxEvents + 1))
	require.Equal(t, models.CodeTooLarge, models.ErrorCode(err))
	batch, err := sendgrid.ParseBatch(body(sendgrid.MaxEvents))
	require.NoError(t, err)
	require.Equal(t, sendgrid.MaxEvents, batch.Skipped)
}

func FuzzParseEvents(f *testing.F) {
	f.Add([]byte(`[{"event":"delivered","timestamp":1795545000,"sg_message_id":"a.b","outreach_id":"` + outreach + `"}]`))
	f.Add([]byte(`[{"event":"bounce","timestamp":1795545000,"type":"blocked","reason":"\u0000"}]`))
	f.Add([]byte(`[{"event":"open","timestamp":1795545000,"sg_message_id":"a.b","sg_machine_open":true}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		batch, err := sendgrid.ParseBatch(body)
		if err != nil {
			var known *models.Error
			require.ErrorAs(t, err, &known)
			return
		}
		for _, event := range batch.Events {
			require.NotEmpty(t, event.DedupeKey)
			require.False(t, event.At.IsZero())
			require.LessOrEqual(t, len(event.Detail), 1<<10)
			for _, text := range []string{event.Code, event.Detail, event.DedupeKey, event.ProviderID, event.OutreachID} {
				require.NotContains(t, text, "\x00")
			}
		}
	})
}

func ExampleParseEvents() {
	events, err := sendgrid.ParseEvents([]byte(`[{"event": "bounce", "timestamp": 1795545000, "status": "5.1.1",
		"sg_message_id": "abc.recvd-1-2.0", "outreach_id": "0198c0de-0000-7000-8000-000000000001"}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(events[0].Type, events[0].OutreachID, events[0].ProviderID, events[0].Code)
	// Output: bounced 0198c0de-0000-7000-8000-000000000001 abc 5.1.1
}
