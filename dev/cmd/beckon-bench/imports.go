package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"beckon/intake"
	"beckon/models"
	"beckon/store"
)

// importReport are the figures of imports into one database.
type importReport struct {
	Database string  `json:"database"`
	Rows     int     `json:"rows"`
	Columns  int     `json:"columns"`
	Rounds   int     `json:"rounds"`
	Created  float64 `json:"createdSeconds"` // median, reading the file included
	Updated  float64 `json:"updatedSeconds"`
	// The heap that an import takes at its most, above what is there before, for a tenth of the rows and for all.
	TenthMiB float64     `json:"heapMiBOfTenth"`
	WholeMiB float64     `json:"heapMiB"`
	Calls    *callReport `json:"calls,omitempty"`
}

// imports measures on SQLite, and on Postgres where a server is given.
func imports(ctx context.Context, rows, rounds, calls int, postgresURL string, report *report) error {
	for _, database := range []string{"sqlite", "postgres"} {
		address := postgresURL
		if database == "sqlite" {
			dir, err := os.MkdirTemp("", "beckon-bench-")
			if err != nil {
				return fmt.Errorf("make a directory: %w", err)
			}
			defer func() { _ = os.RemoveAll(dir) }()
			address = "sqlite:" + filepath.Join(dir, "beckon.db")
		}
		if address == "" {
			continue
		}
		result, err := importsOn(ctx, address, rows, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
		result.Database = database
		if calls > 0 {
			if result.Calls, err = callsOn(ctx, address, calls); err != nil {
				return fmt.Errorf("%s: calls: %w", database, err)
			}
		}
		report.Imports = append(report.Imports, *result)
	}
	return nil
}

// importsOn measures on one database, which is to be empty.
func importsOn(ctx context.Context, address string, rows, rounds int) (result *importReport, err error) {
	db, err := store.Open(ctx, store.Options{URL: address})
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	b := &importBench{db: db}
	created, updated := []float64{}, []float64{}
	for range rounds {
		campaign, err := b.campaign(ctx)
		if err != nil {
			return nil, err
		}
		for _, list := range []*[]float64{&created, &updated} {
			began := time.Now()
			if err := b.run(ctx, campaign, rows); err != nil {
				return nil, err
			}
			*list = append(*list, time.Since(began).Seconds())
		}
	}
	result = &importReport{
		Rows: rows, Columns: sampleColumns, Rounds: rounds, Created: quantile(created, 50), Updated: quantile(updated, 50),
	}
	if result.TenthMiB, err = b.heap(ctx, rows/10); err != nil { //nolint:mnd // a tenth
		return nil, err
	}
	result.WholeMiB, err = b.heap(ctx, rows)
	return result, err
}

const sampleColumns = 10 // of a sample file

// importBench imports sample files.
type importBench struct {
	db    *store.Store
	files map[int][]byte // by rows
}

func (b *importBench) campaign(ctx context.Context) (string, error) {
	c := models.NewCampaign(models.CampaignOneTime)
	c.Name = "Imports"
	if err := b.db.CreateCampaign(ctx, c); err != nil {
		return "", fmt.Errorf("make campaign: %w", err)
	}
	return c.ID, nil
}

// file is a sample file of so many rows.
func (b *importBench) file(rows int) ([]byte, error) {
	if b.files[rows] == nil {
		file := bytes.Buffer{}
		if err := intake.WriteSample(&file, rows, 1); err != nil {
			return nil, fmt.Errorf("write contacts: %w", err)
		}
		if b.files == nil {
			b.files = map[int][]byte{}
		}
		b.files[rows] = file.Bytes()
	}
	return b.files[rows], nil
}

// run reads a file with all of its columns, and stores it.
func (b *importBench) run(ctx context.Context, campaignID string, rows int) error {
	file, err := b.file(rows)
	if err != nil {
		return err
	}
	reader, err := intake.NewReader(bytes.NewReader(file), intake.Mapping{
		FirstName: "First Name", LastName: "Last Name", Email: "Email", Phone: []string{"Phone"}, Timezone: "Time Zone", KeepUnmapped: true,
	}, intake.Options{DefaultRegion: "US"})
	if err != nil {
		return fmt.Errorf("read contacts: %w", err)
	}
	entry := &models.Import{CampaignID: campaignID, Source: models.SourceCSV, FileName: "contacts.csv"}
	if _, err := b.db.ImportContacts(ctx, entry, reader); err != nil {
		return fmt.Errorf("import contacts: %w", err)
	}
	if entry.Created+entry.Updated != rows {
		return fmt.Errorf("%d of %d rows were taken", entry.Created+entry.Updated, rows)
	}
	return nil
}

// heap is how much the heap grows while a file is imported, the collector running often, so that what could be freed hardly
// counts; in MiB.
func (b *importBench) heap(ctx context.Context, rows int) (float64, error) {
	campaign, err := b.campaign(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := b.file(rows); err != nil {
		return 0, err
	}
	const often = 5 // per cent
	defer debug.SetGCPercent(debug.SetGCPercent(often))
	runtime.GC()
	before, most := heapBytes(), atomic.Uint64{}
	done := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		ticker := time.NewTicker(2 * time.Millisecond) //nolint:mnd // often
		defer ticker.Stop()
		for {
			most.Store(max(most.Load(), heapBytes()))
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	}()
	err = b.run(ctx, campaign, rows)
	close(done)
	<-watched
	const mebi = 1 << 20
	return float64(most.Load()-min(before, most.Load())) / mebi, err
}

func heapBytes() uint64 {
	stats := runtime.MemStats{}
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
