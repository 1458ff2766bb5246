package process_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// built holds the binaries of this run; TestMain removes them.
//
//nolint:gochecknoglobals // one a run
var built binaries

// TestMain makes a folder for the binaries, and removes it.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "beckon-process-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	built.dir = dir
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// build is one binary: a command, and the tags that it is built with.
type build struct {
	command string // a package
	tags    string
}

// The binaries that are tested.
func beckonDev() build        { return build{command: "beckon/dev/cmd/beckon-dev"} }
func beckonDevNoClaim() build { return build{command: "beckon/dev/cmd/beckon-dev", tags: "noclaim"} }
func beckonBinary() build     { return build{command: "beckon/cmd/beckon"} }

// binaries builds each binary when it is first asked for.
type binaries struct {
	dir string

	mu   sync.Mutex
	made map[build]func() (string, error)
}

// path is where the binary lies. It is built as `make run` does.
func (b *binaries) path(t *testing.T, wanted build) string {
	t.Helper()
	b.mu.Lock()
	if b.made == nil {
		b.made = map[build]func() (string, error){}
	}
	once, ok := b.made[wanted]
	if !ok {
		path := filepath.Join(b.dir, fmt.Sprintf("%d-%s", len(b.made), filepath.Base(wanted.command)))
		once = sync.OnceValues(func() (string, error) { return path, wanted.make(path) })
		b.made[wanted] = once
	}
	b.mu.Unlock()
	path, err := once()
	require.NoError(t, err)
	return path
}

func (w build) make(path string) error {
	command := exec.Command("go", "build", "-ldflags=-s -w", "-tags", w.tags, "-o", path, w.command)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", w.command, err, output)
	}
	return nil
}

// repository is the path of the repository's root.
func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(root, "go.work"))
	return root
}
