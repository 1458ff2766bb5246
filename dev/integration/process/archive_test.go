package process_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// largestUnpacked bounds what an archive is unpacked to.
const largestUnpacked = 256 << 20

// pack writes all files of a folder into a compressed archive, without owners and times.
func pack(t *testing.T, folder, archive string) {
	t.Helper()
	file, err := os.Create(archive)
	require.NoError(t, err)
	compressed, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	require.NoError(t, err)
	writer := tar.NewWriter(compressed)
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		header := &tar.Header{Typeflag: tar.TypeReg, Name: filepath.ToSlash(name), Mode: 0o600, Size: int64(len(content))}
		if err := writer.WriteHeader(header); err != nil {
			return err
		}
		_, err = writer.Write(content)
		return err
	}))
	require.NoError(t, writer.Close())
	require.NoError(t, compressed.Close())
	require.NoError(t, file.Close())
}

// unpack writes an archive's files into a folder.
func unpack(t *testing.T, archive, folder string) {
	t.Helper()
	file, err := os.Open(archive)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	compressed, err := gzip.NewReader(file)
	require.NoError(t, err)
	reader := tar.NewReader(io.LimitReader(compressed, largestUnpacked))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		require.True(t, filepath.IsLocal(header.Name), header.Name)
		content, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, header.Name), content, 0o600))
	}
}

// pgDump dumps a database of Postgres as SQL.
func pgDump(t *testing.T, database, file string) {
	t.Helper()
	runTool(t, "pg_dump", "--format=plain", "--no-owner", "--no-privileges", "--file="+file, "--dbname="+database)
}

// psql reads a file of SQL into a database of Postgres.
func psql(t *testing.T, database, file string) {
	t.Helper()
	runTool(t, "psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--file="+file, "--dbname="+database)
}

// runTool runs a program of Postgres, which comes with its server.
func runTool(t *testing.T, name string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		// Debian keeps some of them out of PATH.
		found, err := exec.Command(filepath.Join(repository(t), "scripts/postgres-bindir")).Output()
		require.NoError(t, err)
		path = filepath.Join(strings.TrimSpace(string(found)), name)
	}
	output, err := exec.Command(path, args...).CombinedOutput()
	require.NoError(t, err, string(output))
}
