package worker

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

// The present code goes on with every workflow that a release began: with those that are saved beside it, and with those of
// an installation in mid-life. `make release-fixture` writes them.
func TestReplayReleases(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("../testdata/releases/*/histories.tar.gz")
	require.NoError(t, err)
	require.NotEmpty(t, archives, "there are no releases")
	for _, archive := range archives {
		t.Run(filepath.Base(filepath.Dir(archive)), func(t *testing.T) {
			t.Parallel()
			file, err := os.Open(archive)
			require.NoError(t, err)
			defer func() { require.NoError(t, file.Close()) }()
			compressed, err := gzip.NewReader(file)
			require.NoError(t, err)
			replayed, midLife := 0, 0
			for reader := tar.NewReader(compressed); ; replayed++ {
				header, err := reader.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err)
				history, err := client.HistoryFromJSON(reader, client.HistoryJSONOptions{})
				require.NoError(t, err, header.Name)
				require.NoError(t, replay(history), header.Name)
				if is, _ := filepath.Match("mid-life-*.json", header.Name); is {
					midLife++
				}
			}
			require.Greater(t, midLife, 10)
			require.Greater(t, replayed-midLife, 10)
		})
	}
}
