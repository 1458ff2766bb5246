package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func today() time.Time { return time.Date(2030, time.May, 17, 23, 59, 0, 0, time.UTC) }

// audit reads a saved report with exceptions, and returns what is printed.
func audit(t *testing.T, kind, report, exceptions string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "exceptions.txt")
	require.NoError(t, os.WriteFile(file, []byte(exceptions), 0o600))
	content, err := os.Open(filepath.Join("testdata", report))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, content.Close()) })
	out := bytes.Buffer{}
	err = run(commands{Report: kind, Exceptions: file}, content, &out, today())
	return out.String(), err
}

func TestGovulncheck(t *testing.T) {
	t.Parallel()
	out, err := audit(t, "govulncheck", "govulncheck.json", "")
	require.ErrorIs(t, err, errFound)
	require.Equal(t, "found     GO-2030-0001: Panic on a crafted name in example.org/names\n", out,
		"what is only imported or required does not count, and what is found twice counts once")

	out, err = audit(t, "govulncheck", "govulncheck.json", "# why\n\nGO-2030-0001 2030-05-17 names come from us alone\n")
	require.NoError(t, err)
	require.Contains(t, out, "exception GO-2030-0001")
	out, err = audit(t, "govulncheck", "govulncheck.json", "GO-2030-0001 2030-05-16 names come from us alone\n")
	require.ErrorIs(t, err, errFound)
	require.Contains(t, out, "expired   GO-2030-0001")

	out, err = audit(t, "govulncheck", "govulncheck-clean.json", "")
	require.NoError(t, err)
	require.Equal(t, "0 findings, all of them exceptions\n", out)
}

func TestNPM(t *testing.T) {
	t.Parallel()
	out, err := audit(t, "npm", "npm.json", "GHSA-aaaa-bbbb-cccc 2030-12-31 only in tests\n")
	require.ErrorIs(t, err, errFound)
	require.Equal(t, "exception GHSA-aaaa-bbbb-cccc: left: Prototype pollution\nfound     GHSA-dddd-eeee-ffff: right: Path traversal\n", out)
	out, err = audit(t, "npm", "npm-clean.json", "")
	require.NoError(t, err)
	require.Equal(t, "0 findings, all of them exceptions\n", out)
}

// A tool that could not reach its database has found nothing, and that is no good sign.
func TestNoReport(t *testing.T) {
	t.Parallel()
	for report, kind := range map[string]string{
		"govulncheck-unreachable.json": "govulncheck", "npm-unreachable.json": "npm", "empty.json": "govulncheck", "cut.json": "govulncheck",
	} {
		out, err := audit(t, kind, report, "")
		require.ErrorIs(t, err, errNoReport, report)
		require.Empty(t, out)
	}
}

func TestExceptions(t *testing.T) {
	t.Parallel()
	for text, problem := range map[string]string{
		"GO-1 2030-01-01":                            "line 1: an exception has an id, a day and a reason",
		"# x\nGO-1 soon because":                     `line 2: "soon" is no day`,
		"GO-1 2030-01-01 a\nGO-1 2030-01-02 another": "line 2: GO-1 is there twice",
	} {
		_, err := readExceptions(strings.NewReader(text))
		require.ErrorContains(t, err, problem)
	}
	file, err := os.Open(filepath.Join("..", "..", "..", "scripts", "audit-exceptions.txt"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	_, err = readExceptions(file)
	require.NoError(t, err)
}
