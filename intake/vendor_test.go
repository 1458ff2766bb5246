package intake_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/intake"
	"beckon/models"
)

// vendorDir is the folder of real contact files. A clone without it skips; where the variable is set it must be there.
func vendorDir(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv("BECKON_VENDOR_DIR"); dir != "" {
		require.DirExists(tb, dir, "BECKON_VENDOR_DIR")
		return dir
	}
	dir := filepath.Join("..", "..", "shared", "vendor")
	if _, err := os.Stat(dir); err != nil {
		tb.Skip("without the vendor material: set BECKON_VENDOR_DIR to its folder")
	}
	return dir
}

func vendorFile(tb testing.TB, path ...string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{vendorDir(tb)}, path...)...))
	require.NoError(tb, err)
	return string(text)
}

// vendorSeeds gives a fuzz target the files of a vendor folder, if there are any.
func vendorSeeds(tb testing.TB, pattern ...string) []string {
	tb.Helper()
	dir := os.Getenv("BECKON_VENDOR_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "vendor")
	}
	paths, err := filepath.Glob(filepath.Join(append([]string{dir}, pattern...)...))
	require.NoError(tb, err)
	texts := make([]string, 0, len(paths))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(tb, err)
		texts = append(texts, string(text))
	}
	return texts
}

// expectedRow is what the manifest says of one row of an export.
type expectedRow struct {
	Row   int     `json:"row"`
	First string  `json:"first"`
	Last  string  `json:"last"`
	Email *string `json:"email"`
	Phone *string `json:"phone_e164_default_US"`

	EmailOptOut bool `json:"email_opt_out"`
	DoNotCall   bool `json:"do_not_call"`
}

// blocked are the channels that the row blocks, of those that the mapping reads.
func (r expectedRow) blocked(mapping intake.Mapping) []models.Channel {
	blocked := []models.Channel{}
	if r.EmailOptOut && mapping.OptOut[models.ChannelEmail] != "" {
		blocked = append(blocked, models.ChannelEmail)
	}
	if r.DoNotCall && mapping.OptOut[models.ChannelPhone] != "" {
		blocked = append(blocked, models.ChannelPhone)
	}
	return blocked
}

// expectedRows reads what the manifest expects of a file. The rows of Excel's MacRoman file are those of its UTF-8 one.
func expectedRows(tb testing.TB, file string) []expectedRow {
	tb.Helper()
	var manifest struct {
		Files []struct {
			File     string        `json:"file"`
			Expected []expectedRow `json:"expected"`
		} `json:"files"`
	}
	require.NoError(tb, json.Unmarshal([]byte(vendorFile(tb, "csv", "manifest.json")), &manifest))
	for _, entry := range manifest.Files {
		if entry.File == strings.Replace(file, "excel_mac_cr_only_macroman", "excel_csv_utf8_bom", 1) {
			require.NotEmpty(tb, entry.Expected)
			return entry.Expected
		}
	}
	require.Fail(tb, "the manifest has no file "+file)
	return nil
}

// tsvRows splits a vendor table into its cells, without comments.
func tsvRows(text string) [][]string {
	var rows [][]string
	for row := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if !strings.HasPrefix(row, "#") {
			rows = append(rows, strings.Split(row, "\t"))
		}
	}
	return rows
}
