package models_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// TestReadmeDiagrams compares the README's diagrams with the tables of transitions that the code follows.
func TestReadmeDiagrams(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)

	for name, table := range map[string][]string{
		"campaign": arrows(models.CampaignTransitions),
		"contact":  arrows(models.ContactTransitions),
		"outreach": arrows(models.OutreachTransitions),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, table, drawn(t, string(text), name))
		})
	}
}

// arrows lists a table's transitions, and the ends of its final states, as Mermaid draws them.
func arrows[S ~string](table map[S][]S) []string {
	all := []string{}
	for from, targets := range table {
		for _, to := range targets {
			all = append(all, string(from)+" --> "+string(to))
		}
		if len(targets) == 0 {
			all = append(all, string(from)+" --> [*]")
		}
	}
	slices.Sort(all)
	return all
}

// drawn lists the arrows of the named diagram but the one to its first state.
func drawn(t *testing.T, text, name string) []string {
	t.Helper()
	pattern := regexp.MustCompile("(?s)<!-- transitions: " + name + " -->\n```mermaid\n(.*?)```")
	found := pattern.FindStringSubmatch(text)
	require.NotNil(t, found, "the README has no diagram of %s", name)
	all := []string{}
	for line := range strings.Lines(found[1]) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "-->") && !strings.HasPrefix(line, "[*]") {
			all = append(all, line)
		}
	}
	slices.Sort(all)
	return all
}
