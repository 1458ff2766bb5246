package mailin_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/intake/mailin"
	"beckon/models"
)

// memory counts what is imported and keeps none of it.
type memory struct {
	imported, refused int
}

// noDNS knows nothing of any name.
func noDNS(tb testing.TB) mailin.Resolver {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "dns.txt")
	require.NoError(tb, os.WriteFile(file, nil, 0o600))
	resolver, err := mailin.NewTextFile(file)
	require.NoError(tb, err)
	return resolver
}

func (m *memory) importer(resolver mailin.Resolver) *mailin.Importer {
	return &mailin.Importer{
		Store: m, Workflows: &teller{}, Authentication: mailin.Authentication{Resolver: resolver}, Domain: domain,
		Log: slog.New(slog.DiscardHandler),
	}
}

func (m *memory) EmailImportByToken(context.Context, string) (*models.EmailImport, error) {
	return &models.EmailImport{
		Enabled: true, AuthorizedSender: sender, Token: token,
		Mapping: `{"firstName":"First Name","email":"Email","phone":["Phone"],"keepUnmapped":true}`,
	}, nil
}

func (m *memory) Settings(context.Context, string) (*models.Campaign, error) {
	return models.NewCampaign(models.CampaignOneTime), nil
}

func (m *memory) ImportContacts(_ context.Context, _ *models.Import, rows models.ImportRows) (models.AddResult, error) {
	if err := rows.Rewind(); err != nil {
		return models.AddResult{}, err
	}
	for {
		_, err := rows.Next()
		if errors.Is(err, io.EOF) {
			m.imported++
			return models.AddResult{}, nil
		}
		if err != nil {
			return models.AddResult{}, err
		}
	}
}

func (m *memory) RefuseImport(context.Context, *models.Import) error {
	m.refused++
	return nil
}

// seeds are the vendor's mails, where there are any.
func seeds(tb testing.TB) [][]byte {
	tb.Helper()
	dir := os.Getenv("BECKON_VENDOR_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "vendor")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "eml", "built", "*.eml"))
	require.NoError(tb, err)
	found := [][]byte{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(tb, err)
		found = append(found, text)
	}
	return found
}
