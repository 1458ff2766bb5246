package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/service"
)

// root is the repository's.
const root = ".."

// read reads a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(text)
}

// variables maps the environment variables that the code reads to their defaults.
func variables() map[string]string {
	found := map[string]string{}
	for field := range reflect.TypeFor[service.Config]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
		found[name] = field.Tag.Get("envDefault")
	}
	return found
}

// tableRow is a row of a Markdown table that begins with a name in code, and has more cells.
var tableRow = regexp.MustCompile("(?m)^\\| `([A-Za-z_]+)`[^|]*\\|(.*)\\|$")

// rows reads the tables of a section of a Markdown file: the rest of the cells by the name in the first one.
func rows(t *testing.T, path, heading string) map[string][]string {
	t.Helper()
	_, section, there := strings.Cut(read(t, path), "\n## "+heading+"\n")
	require.True(t, there, "%s has no section %q", path, heading)
	section, _, _ = strings.Cut(section, "\n## ")
	found := map[string][]string{}
	for _, match := range tableRow.FindAllStringSubmatch(section, -1) {
		name := match[1]
		require.NotContains(t, found, name, "%s names %s twice", path, name)
		for cell := range strings.SplitSeq(match[2], "|") {
			found[name] = append(found[name], strings.TrimSpace(cell))
		}
	}
	require.NotEmpty(t, found, "%s has no table under %q", path, heading)
	return found
}

// moduleFile reads a file of a module that the build uses.
func moduleFile(t *testing.T, module, file string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), file))
	require.NoError(t, err)
	return string(text)
}
