package process_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The README's walk: how many blocks of commands it has, which are what a newcomer types first and the numbered steps, and
// how many contacts it imports.
const (
	walkSteps    = 9
	walkContacts = 500
)

// TestReadmeWalk runs the walk of the README, as it is written there, beside a beckon-dev that was started as `make run`
// does, and looks at what each step prints.
func TestReadmeWalk(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the walk needs %s", tool)
		}
	}
	text, err := os.ReadFile(filepath.Join(repository(t), "README.md"))
	require.NoError(t, err)
	blocks := walkBlocks(string(text))
	require.Len(t, blocks, walkSteps, "the checks below are those of the walk's steps")

	d := newDev(t, beckonDev())
	d.args, d.variables = d.args[1:], nil // with its sample, and as patient as it is for everybody
	d.start()
	printed := d.walk(blocks)

	require.Empty(t, printed[0].values(t))

	sample := printed[1].values(t)
	require.Len(t, sample, 1)
	require.Equal(t, "draft", sample[0]["status"])
	require.EqualValues(t, 20, sample[0]["contactCount"])

	require.Equal(t, []map[string]any{{"status": "draft", "executionMode": "automatic", "goLiveProblems": []any{}}},
		printed[2].values(t))

	require.Equal(t, []map[string]any{{
		"status": "completed", "rows": float64(walkContacts), "created": float64(walkContacts), "updated": 0.0, "skipped": 0.0,
	}}, printed[3].values(t))

	live := printed[4].values(t)
	require.Len(t, live, 2)
	require.Contains(t, []any{"told", "pending"}, live[0]["workflow"], "a machine that is busy tells it after the answer")
	delete(live[0], "workflow")
	require.Equal(t, map[string]any{"status": "active", "changed": true}, live[0])
	require.Equal(t, "active", live[1]["status"])
	require.Contains(t, live[1], "counts")
	require.Contains(t, live[1], "waiting")

	pause := printed[5].values(t)
	require.Len(t, pause, 3)
	require.Equal(t, "paused", pause[0]["status"])
	require.LessOrEqual(t, pause[0]["inFlight"], float64(sendsAtOnce))
	require.Positive(t, pause[1]["total"], "two seconds are too short for all contacts")
	waits, ok := pause[1]["first"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "campaign_paused", waits["status"])
	require.Contains(t, waits, "waiting")
	require.Equal(t, map[string]any{"status": "active"}, pause[2])

	sent := printed[6].values(t)
	require.Len(t, sent, 2)
	require.EqualValues(t, walkContacts, sent[0]["total"])
	message, ok := sent[0]["first"].(map[string]any)
	require.True(t, ok)
	require.NotEmpty(t, message["to"])
	require.NotEmpty(t, message["subject"])
	require.NotEmpty(t, message["text"])
	require.Equal(t, "completed", sent[1]["status"])
	require.Len(t, sent[1]["outreachHistory"], 1)
	require.Contains(t, sent[1]["workflow"], "url")

	require.Equal(t, strconv.Itoa(walkContacts), strings.TrimSpace(string(printed[7])), "each contact is a child of the campaign")

	faults := printed[8].values(t)
	require.Len(t, faults, 2)
	require.Contains(t, faults[0], "email")
	require.Empty(t, faults[1])
}

// walkBlocks are the blocks of commands that are marked as the walk's.
func walkBlocks(readme string) []string {
	blocks := []string{}
	for _, found := range regexp.MustCompile("(?s)<!-- walk -->\n```sh\n(.*?)```").FindAllStringSubmatch(readme, -1) {
		blocks = append(blocks, found[1])
	}
	return blocks
}

// walk runs the blocks in one shell, as in one terminal, and returns what each of them printed. Any command that fails ends
// it, and the test.
func (d *dev) walk(blocks []string) []printed {
	d.t.Helper()
	const mark = "-- the next step --"
	scratch := d.t.TempDir()
	here := strings.NewReplacer(
		"http://127.0.0.1:8080", d.api.url, "http://127.0.0.1:8085", d.sandbox.url, "http://127.0.0.1:8233", d.ui,
		".beckon/", d.data+"/", "/tmp/", scratch+"/",
	)
	script := strings.Builder{}
	script.WriteString("set -euo pipefail\n")
	for i, block := range blocks {
		if i > 0 {
			script.WriteString("printf '\\n%s\\n' '" + mark + "'\n")
		}
		script.WriteString(here.Replace(block))
	}
	shell := startProcess(d.t, "the walk", "bash", nil, "-c", script.String())
	require.Zero(d.t, shell.untilEnd(), "%s\n%s", &shell.out, &shell.log)
	steps := []printed{}
	for step := range strings.SplitSeq(shell.out.String(), mark) {
		steps = append(steps, printed(step))
	}
	require.Len(d.t, steps, len(blocks))
	return steps
}

// printed is what a step printed: JSON values, one after the other.
type printed string

// values are the printed objects.
func (p printed) values(t *testing.T) []map[string]any {
	t.Helper()
	all := []map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader([]byte(p)))
	for {
		var value map[string]any
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err, "the step printed %s", p)
		all = append(all, value)
	}
}
