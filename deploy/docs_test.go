package deploy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// TestConfigurationTable compares the documented variables and their defaults with those that the code reads.
func TestConfigurationTable(t *testing.T) {
	t.Parallel()
	documented := map[string]string{}
	for name, cells := range rows(t, "docs/configuration.md", "Beckon's variables") {
		require.Len(t, cells, 3, name)
		require.NotEmpty(t, cells[2], "%s is not explained", name)
		documented[name] = strings.Trim(cells[0], "`")
	}
	require.Equal(t, variables(), documented)
}

// TestTemporalVariables holds that Temporal's own envconfig, as it is built in, reads the documented variables.
func TestTemporalVariables(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(read(t, "docs/configuration.md"), "\n## Temporal's variables\n")
	section, _, _ = strings.Cut(section, "\n## ")
	names := regexp.MustCompile("`(TEMPORAL_[A-Z_]+)`").FindAllStringSubmatch(section, -1)
	require.NotEmpty(t, names)
	loader := moduleFile(t, "go.temporal.io/sdk/contrib/envconfig", "client_config_load.go")
	for _, name := range names {
		require.Contains(t, loader, `LookupEnv("`+name[1]+`")`)
	}
}

// TestWaitingReasonsTable compares the documented waiting reasons with those that the code gives.
func TestWaitingReasonsTable(t *testing.T) {
	t.Parallel()
	names := reasonNames(t)
	documented := map[string]bool{}
	for reason, cells := range rows(t, "docs/stuck-contact.md", "Waiting reasons") {
		require.Len(t, cells, 3, reason)
		for _, cell := range cells {
			require.NotEmpty(t, cell, reason)
		}
		require.NotEqual(t, reason, models.WaitingReason(reason).Details(), "there is no such reason")
		documented[reason] = true
	}

	given := map[string]bool{}
	for _, directory := range []string{"models", "store", "activities", "workflows", "api", "intake"} {
		for name := range identifiers(t, directory) {
			if reason, is := names[name]; is {
				given[reason] = true
			}
		}
	}
	require.Equal(t, given, documented)
}

// reasonNames maps the constants of models/waiting.go to their values.
func reasonNames(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "models/waiting.go"), nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	names := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, is := node.(*ast.ValueSpec)
		if !is {
			return true
		}
		if kind, named := spec.Type.(*ast.Ident); named && kind.Name == "WaitingReason" {
			names[spec.Names[0].Name] = strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)
		}
		return false
	})
	require.NotEmpty(t, names)
	return names
}

// identifiers are those that a package's code uses, tests and the reasons' own file left out.
func identifiers(t *testing.T, directory string) map[string]bool {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, directory, "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, paths, directory)
	found := map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "models/waiting.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			if name, is := node.(*ast.Ident); is {
				found[name.Name] = true
			}
			return true
		})
	}
	return found
}

// TestLinks holds that every relative link of the documentation leads to a file, and its fragment to a heading.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, path := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(read(t, path), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			target, fragment, _ := strings.Cut(match[1], "#")
			where := filepath.Join(filepath.Dir(path), target)
			if target == "" {
				where = path
			}
			require.FileExists(t, filepath.Join(root, where), "%s links to %s", path, match[1])
			if fragment != "" {
				require.Contains(t, headings(read(t, where)), fragment, "%s links to %s", path, match[1])
			}
		}
	}
}

// documents are the Markdown files of the root and of docs.
func documents(t *testing.T) []string {
	t.Helper()
	found := []string{}
	for _, directory := range []string{".", "docs"} {
		paths, err := fs.Glob(os.DirFS(root), filepath.Join(directory, "*.md"))
		require.NoError(t, err)
		found = append(found, paths...)
	}
	require.Contains(t, found, "README.md")
	require.Contains(t, found, "docs/operations.md")
	return found
}

// headings are a document's, as links name them.
func headings(text string) []string {
	found := []string{}
	drop := regexp.MustCompile(`[^a-z0-9 _-]`)
	for _, match := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		name := drop.ReplaceAllString(strings.ToLower(match[1]), "")
		found = append(found, strings.ReplaceAll(name, " ", "-"))
	}
	return found
}

// TestRoutes holds that every route that the documentation names is one that the API has.
func TestRoutes(t *testing.T) {
	t.Parallel()
	described := map[string]bool{}
	spec := read(t, "api/openapi.yaml")
	for _, match := range regexp.MustCompile(`(?m)^  (/[^:\s]*):$`).FindAllStringSubmatch(spec, -1) {
		described[parameters(match[1])] = true
	}
	require.NotEmpty(t, described)
	route := regexp.MustCompile(`\$API((?:/(?:\$\([^)]*\)|[A-Za-z0-9$_.-])+)+)|(?:GET|POST|PATCH|PUT|DELETE) (/[a-z][A-Za-z0-9/{}._-]*)`)
	for _, path := range documents(t) {
		for _, match := range route.FindAllStringSubmatch(read(t, path), -1) {
			named := parameters(strings.TrimSuffix(match[1]+match[2], "."))
			require.True(t, described[named] || described["/api/v1"+named], "%s: the API has no route %s", path, match[0])
		}
	}
}

// parameters writes a route with all its parameters alike.
func parameters(route string) string {
	return regexp.MustCompile(`\{[^}]*\}|\$\([^)]*\)|\$[A-Z_]+`).ReplaceAllString(route, "{}")
}
