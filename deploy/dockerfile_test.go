package deploy_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// instruction is one of a Dockerfile.
type instruction struct {
	name string
	text string
}

// dockerfile reads the Dockerfile's instructions, lines that go on joined.
func dockerfile(t *testing.T) []instruction {
	t.Helper()
	found := []instruction{}
	line := ""
	for each := range strings.Lines(read(t, "Dockerfile")) {
		each = strings.TrimSpace(each)
		if each == "" || strings.HasPrefix(each, "#") {
			continue
		}
		rest, goesOn := strings.CutSuffix(each, "\\")
		line += rest
		if goesOn {
			continue
		}
		name, text, there := strings.Cut(line, " ")
		require.True(t, there, line)
		found = append(found, instruction{name: name, text: strings.TrimSpace(text)})
		line = ""
	}
	require.Empty(t, line)
	return found
}

// The stages of the Dockerfile, in their order.
const (
	stageDashboard = iota + 1
	stageBuild
	stageImage
)

// texts are those of all instructions of a stage with the name.
func texts(instructions []instruction, name string, of int) []string {
	stage, found := 0, []string{}
	for _, each := range instructions {
		if each.name == "FROM" {
			stage++
		}
		if each.name == name && stage == of {
			found = append(found, each.text)
		}
	}
	return found
}

// ignored says whether .dockerignore leaves a path out. It knows the patterns that the file uses: a name at the top with
// all beneath it, a path with all beneath it, `**/` before a name anywhere, and stars within a name.
func ignored(t *testing.T, path string) bool {
	t.Helper()
	for pattern := range strings.Lines(read(t, ".dockerignore")) {
		pattern = strings.TrimSpace(pattern)
		if pattern == "" || strings.HasPrefix(pattern, "#") {
			continue
		}
		require.NotContains(t, pattern, "!", "this test does not know exceptions")
		name, anywhere := strings.CutPrefix(pattern, "**/")
		if !anywhere && strings.HasPrefix(path+"/", name+"/") {
			return true
		}
		for i, part := range strings.Split(path, "/") {
			matches, err := filepath.Match(name, part)
			require.NoError(t, err)
			if matches && (anywhere || i == 0) {
				return true
			}
		}
	}
	return false
}

// buildContext copies what `docker build` would send: the repository's files but those of .dockerignore.
func buildContext(t *testing.T) string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Skip("this is no checkout of git: what would be built is not known")
	}
	directory := t.TempDir()
	for path := range strings.Lines(string(out)) {
		path = strings.TrimSpace(path)
		content, err := os.ReadFile(filepath.Join(root, path))
		if os.IsNotExist(err) || ignored(t, path) {
			continue
		}
		require.NoError(t, err)
		target := filepath.Join(directory, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(target), 0o750))
		require.NoError(t, os.WriteFile(target, content, 0o600))
	}
	return directory
}

// TestDockerfileBuilds runs the Dockerfile's own build line over what the image's build would be given, and the binary that
// comes of it: nothing that it needs is left out, and what is secret or another module's is.
func TestDockerfileBuilds(t *testing.T) {
	t.Parallel()
	context := buildContext(t)
	instructions := dockerfile(t)
	for _, stage := range []int{stageDashboard, stageBuild} {
		for _, copied := range texts(instructions, "COPY", stage) {
			paths := strings.Fields(copied)
			if strings.HasPrefix(copied, "--from=") {
				continue // of a stage before, not of the context
			}
			for _, path := range paths[:len(paths)-1] {
				_, err := os.Stat(filepath.Join(context, path))
				require.NoError(t, err, path)
			}
		}
	}
	for _, path := range []string{
		".git", ".env", ".env.example", "dev", "go.work", "tools", "bin", ".beckon", "dashboard/dist", "dashboard/node_modules",
	} {
		require.NoFileExists(t, filepath.Join(context, path))
		require.NoDirExists(t, filepath.Join(context, path))
	}

	// The dashboard comes from the stage before; its own build is tested with it.
	require.Contains(t, texts(instructions, "COPY", stageBuild), "--from=dashboard /src/dashboard/dist dashboard/dist")
	dist := filepath.Join(context, "dashboard", "dist")
	require.NoError(t, os.MkdirAll(dist, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(dist, "index.html"), []byte("<!doctype html>\n"), 0o600))

	build := texts(instructions, "RUN", stageBuild)
	line := build[len(build)-1]
	require.Contains(t, line, "GOWORK=off CGO_ENABLED=0 go build ")
	binary := filepath.Join(t.TempDir(), "beckon")
	require.Contains(t, line, " -o /out/beckon ")
	line = strings.Replace(line, "/out/beckon", binary, 1)
	command := exec.CommandContext(t.Context(), "/bin/sh", "-euc", line)
	command.Dir = context
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)

	help, err := exec.CommandContext(t.Context(), binary, "--help").CombinedOutput()
	require.NoError(t, err, "%s", help)
	for _, name := range []string{"api", "worker", "serve", "migrate"} {
		require.Contains(t, string(help), "\n  "+name+" ")
	}
}

// TestDockerfileImage holds the image's last stage: it takes the binary that the one before built, is not root, and says how
// it is seen to be well.
func TestDockerfileImage(t *testing.T) {
	t.Parallel()
	instructions := dockerfile(t)
	stages := slices.Concat(
		texts(instructions, "FROM", stageDashboard), texts(instructions, "FROM", stageBuild), texts(instructions, "FROM", stageImage))
	require.Len(t, stages, stageImage)
	require.Regexp(t, `^node:\d+-alpine AS dashboard$`, stages[0])
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "go.mod"))[1]
	require.Equal(t, "golang:"+version+"-alpine AS build", stages[1], "the Go that go.mod asks for")
	require.Regexp(t, `^alpine:3\.\d+$`, stages[2])

	require.Equal(t, []string{"--from=build /out/beckon /usr/local/bin/beckon"}, texts(instructions, "COPY", stageImage))
	require.Equal(t, []string{"10001:10001"}, texts(instructions, "USER", stageImage))
	packages := strings.Join(texts(instructions, "RUN", stageImage), " ")
	require.Contains(t, packages, "tzdata", "time zones are needed")
	require.Contains(t, packages, "ca-certificates", "providers are called over TLS")
	require.Len(t, texts(instructions, "HEALTHCHECK", stageImage), 1)
	require.Contains(t, texts(instructions, "HEALTHCHECK", stageImage)[0], "http://127.0.0.1:8080/readyz")
	require.Contains(t, texts(instructions, "ENV", stageImage), "BECKON_LISTEN=0.0.0.0:8080")
	require.Equal(t, []string{`["beckon"]`}, texts(instructions, "ENTRYPOINT", stageImage))
}

// TestDockerignoreNames holds that every line of .dockerignore that names one thing at the top names something that is, or
// may be, there.
func TestDockerignoreNames(t *testing.T) {
	t.Parallel()
	unborn := map[string]bool{".beckon": true, ".env": true, "bin": true, ".git": true} // made while one works
	scanner := bufio.NewScanner(strings.NewReader(read(t, ".dockerignore")))
	for scanner.Scan() {
		name := scanner.Text()
		if name == "" || strings.ContainsAny(name, "#*") || unborn[name] {
			continue
		}
		_, err := os.Stat(filepath.Join(root, name))
		require.NoError(t, err, name)
	}
	require.NoError(t, scanner.Err())
}
