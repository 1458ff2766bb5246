package integration_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is known of the person whom this test erases. Each word can be found again wherever it is.
const (
	erasedMark  = "zq7x"
	erasedEmail = "zq7xmailbox@zq7xhost.example"
	erasedPhone = "+12025550161"
)

// TestErasure erases a person who was planned for, sent to, and has answered, while everything runs: nothing of it is left in
// the database's files, in Temporal's, in histories, visibility or logs. Added again, the person, who opted out, is contacted
// no more.
func TestErasure(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	all := settings("Erase", "automatic")
	all["type"], all["maxAttempts"] = "follow_up", 3
	id := s.createCampaign(all)
	body := map[string]any{"contacts": []map[string]any{{
		"firstName": "Zq7xfirst", "lastName": "Zq7xlast", "email": erasedEmail, "phone": erasedPhone,
		"contactMetadata": map[string]any{"zq7xkey": "Zq7xvalue"}, "externalIdKey": "zq7xid", "externalIdValue": "zq7x-1",
	}}}
	add := func() string {
		t.Helper()
		var made added
		s.call(http.MethodPost, contactsPath(id), body, http.StatusOK, &made)
		require.Len(t, made.Success, 1)
		return made.Success[0].ContactID
	}
	contactID := add()
	s.control(id, "go-live")
	s.sandbox.untilSent(1, patient)
	responses := func(n int) {
		t.Helper()
		until(t, patient, "the answer has come", func() int { return len(s.contact(id, contactID).Responses) },
			func(seen int) bool { return seen == n })
	}
	s.sandbox.reply(s.sandbox.to(erasedEmail)[0].ID, "Zq7xanswer: who are you?")
	responses(1)
	s.sandbox.reply(s.sandbox.to(erasedEmail)[0].ID, "STOP")
	responses(2)
	s.untilClosed(contactWorkflow(id, contactID), "COMPLETED")
	var export map[string]any
	s.call(http.MethodGet, contactsPath(id)+"/"+contactID+"/export", nil, http.StatusOK, &export)
	require.NotEmpty(t, export["outreaches"])
	require.Len(t, export["replies"], 2)
	require.Contains(t, s.databaseFiles(), erasedMark, "what is looked for is there before")

	var erased struct{ Changed bool }
	s.call(http.MethodPost, contactsPath(id)+"/"+contactID+"/erase", map[string]any{"confirm": "erase"}, http.StatusOK, &erased)
	require.True(t, erased.Changed)
	gone := s.send(http.MethodGet, contactsPath(id)+"/"+contactID, "", "", nil)
	require.Equal(t, "not_found", gone.refusal(t, http.StatusNotFound).Code)
	s.requireErased()

	// The address is known again by its hash alone.
	again := add()
	require.NotEqual(t, contactID, again)
	s.untilFinished(id, patient)
	detail := s.contact(id, again)
	require.Equal(t, "disqualified", detail.Status)
	require.Equal(t, "opted_out", *detail.StatusReason)
	require.Len(t, s.sandbox.to(erasedEmail), 1, "nothing more was sent")
	s.call(http.MethodPost, contactsPath(id)+"/"+again+"/erase", map[string]any{"confirm": "erase"}, http.StatusOK, nil)
	s.untilClosed(contactWorkflow(id, again), "COMPLETED")
	s.requireErased()
}

// TestErasureInFlight erases a person while an e-mail is on its way: its workflow ends, what the provider reports later is
// recorded, and nothing of the person with it.
func TestErasureInFlight(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	id := s.createCampaign(settings("Erase", "automatic"))
	s.sandbox.faults(map[string]any{"email": map[string]any{"kind": "delay", "rate": 1, "delayMs": 1500}})
	one := person{FirstName: "Zq7xfirst", LastName: "Zq7xlast", Email: erasedEmail}
	contactID := s.add(id, []person{one}).Success[0].ContactID
	s.control(id, "go-live")
	s.untilProgress(id, soon, "it is being sent", func(p progress) bool { return p.InFlight == 1 })
	var erased struct{ InFlight int }
	s.call(http.MethodPost, contactsPath(id)+"/"+contactID+"/erase", map[string]any{"confirm": "erase"}, http.StatusOK, &erased)
	require.Equal(t, 1, erased.InFlight)
	s.sandbox.untilSent(1, soon)
	s.untilClosed(contactWorkflow(id, contactID), "CANCELED")
	s.sandbox.untilConfirmed(soon)
	s.requireErased()
	var figures struct{ Totals struct{ Outreaches int } }
	s.call(http.MethodGet, "/api/v1/campaigns/"+id+"/performance", nil, http.StatusOK, &figures)
	require.Equal(t, 1, figures.Totals.Outreaches, "it is counted all the same")
}

// databaseFiles are the bytes of Beckon's SQLite files, in lower case.
func (s *stack) databaseFiles() string {
	s.t.Helper()
	path := strings.TrimPrefix(s.config.DatabaseURL, "sqlite:")
	return s.bytesOf(path, path+"-wal", path+"-shm")
}

func (s *stack) bytesOf(files ...string) string {
	s.t.Helper()
	text := strings.Builder{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(s.t, err)
		_, _ = text.Write(content)
	}
	return strings.ToLower(text.String())
}

// requireErased says that nothing of the person is kept: in no file of the database or of Temporal, in no history, and in no
// log.
func (s *stack) requireErased() {
	s.t.Helper()
	require.NoError(s.t, s.db.Scrub(s.t.Context()))
	temporal := filepath.Join(shared.dir, "temporal.db")
	kept := s.everythingKept()
	kept["the database's files"] = s.databaseFiles()
	kept["Temporal's files"] = s.bytesOf(temporal, temporal+"-wal")
	kept["the stack's log"], kept["the server's log"] = s.log.text(), shared.log.text()
	require.Contains(s.t, kept["Temporal's files"], "campaign/", "and they can be read")
	for where, text := range kept {
		lower := strings.ToLower(text)
		for _, word := range []string{erasedMark, erasedPhone[1:]} {
			if at := strings.Index(lower, word); at >= 0 {
				require.FailNow(s.t, "something is left", "in %s: %q", where, lower[max(0, at-200):min(len(lower), at+200)])
			}
		}
	}
}
