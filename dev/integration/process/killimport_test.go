package process_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// TestKillAmidImport kills Beckon with SIGKILL while it stores a file of 10,000 contacts, at several points: after each start
// either nothing of the file is there, neither contacts nor history, or all of it. Afterwards the file is imported whole.
func TestKillAmidImport(t *testing.T) {
	t.Parallel()
	d := newDev(t, beckonDev())
	d.start()
	var made struct {
		ID string `json:"id"`
	}
	d.api.call(http.MethodPost, "/api/v1/campaigns", settings("Killed import"), http.StatusCreated, &made)
	file := sampleFile(t, models.MaxImportRows)

	const kills = 3
	nothing := 0
	for kill := range kills {
		begun := d.logSize()
		ended := make(chan int, 1)
		go func() { ended <- d.upload(made.ID, file) }()
		// Pages that do not fit into the cache go into the write-ahead log before the transaction commits.
		under := int64(kill+1) * 256 << 10
		until(t, patient, "rows are being written", func() int64 { return d.logSize() - begun }, func(grown int64) bool { return grown > under })
		d.process.kill()
		answered := <-ended
		stored := d.stored()
		if stored == 0 {
			require.NotEqual(t, http.StatusCreated, answered, "what was answered is there")
			require.Equal(t, []string{"0"}, d.rows("SELECT count(*) FROM imports"))
			require.Equal(t, []string{"0"}, d.rows("SELECT count(*) FROM import_errors"))
			nothing++
		}
		d.start()
		require.Contains(t, []int{0, models.MaxImportRows}, d.stored(), "all of a file, or nothing of it")
	}
	require.Positive(t, nothing, "at least one kill was amid the import")
	require.Equal(t, http.StatusCreated, d.upload(made.ID, file))
	require.Equal(t, models.MaxImportRows, d.stored())
	require.Equal(t, models.MaxImportRows, d.api.progress(made.ID).Total)
}

// stored is how many contacts the database has.
func (d *dev) stored() int {
	d.t.Helper()
	n, err := strconv.Atoi(d.rows("SELECT count(*) FROM contacts")[0])
	require.NoError(d.t, err)
	return n
}

// logSize is the size in bytes of the database's write-ahead log.
func (d *dev) logSize() int64 {
	info, err := os.Stat(filepath.Join(d.data, "beckon.db-wal"))
	if err != nil {
		return 0
	}
	return info.Size()
}

// upload uploads a contact file, and returns the answer's status; 0 where none came.
func (d *dev) upload(campaignID string, file []byte) int {
	form := bytes.Buffer{}
	writer := multipart.NewWriter(&form)
	err := writer.WriteField("mapping", sampleMapping)
	if err != nil {
		return 0
	}
	part, err := writer.CreateFormFile("file", "contacts.csv")
	if err != nil {
		return 0
	}
	if _, err := part.Write(file); err != nil {
		return 0
	}
	if err := writer.Close(); err != nil {
		return 0
	}
	status, _, err := d.api.send(http.MethodPost, "/api/v1/campaigns/"+campaignID+"/imports", writer.FormDataContentType(), &form)
	if err != nil {
		return 0
	}
	return status
}
