package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// sizes are bytes on disk, of a contact or of all.
type sizes struct {
	Beckon   int64 `json:"beckonBytesPerContact"`
	Temporal int64 `json:"temporalBytesPerContact"`
}

// since is what was added for each of the contacts.
func (z sizes) since(before sizes, contacts int) sizes {
	return sizes{Beckon: (z.Beckon - before.Beckon) / int64(contacts), Temporal: (z.Temporal - before.Temporal) / int64(contacts)}
}

// sizes are those of both databases with their write-ahead logs. They are SQLite's.
func (s *stack) sizes() (z sizes, err error) {
	if z.Beckon, err = s.fileSize("beckon.db"); err == nil {
		z.Temporal, err = s.fileSize("temporal.db")
	}
	return z, err
}

func (s *stack) fileSize(name string) (int64, error) {
	size := int64(0)
	for _, file := range []string{name, name + "-wal"} {
		info, err := os.Stat(filepath.Join(s.dir, file))
		if err != nil {
			return 0, fmt.Errorf("look at a database: %w", err)
		}
		size += info.Size()
	}
	return size, nil
}
