package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// verdict says whether a finding may stay.
type verdict string

const (
	verdictFound     verdict = "found"
	verdictExpired   verdict = "expired"
	verdictException verdict = "exception"
)

// exceptions say until when findings may stay, by id.
type exceptions map[string]time.Time

// readExceptions reads lines of id, day (YYYY-MM-DD) and reason, with blanks between; lines that begin with # are comments.
// An exception without a reason, or twice, is an error.
func readExceptions(file io.Reader) (exceptions, error) {
	found := exceptions{}
	scanner := bufio.NewScanner(file)
	for number := 1; scanner.Scan(); number++ {
		line := strings.TrimSpace(scanner.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		const least = 3
		if len(fields) < least {
			return nil, fmt.Errorf("exceptions, line %d: an exception has an id, a day and a reason", number)
		}
		until, err := time.Parse(time.DateOnly, fields[1])
		if err != nil {
			return nil, fmt.Errorf("exceptions, line %d: %q is no day", number, fields[1])
		}
		if _, twice := found[fields[0]]; twice {
			return nil, fmt.Errorf("exceptions, line %d: %s is there twice", number, fields[0])
		}
		found[fields[0]] = until
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("read exceptions: %w", err)
	}
	return found, nil
}

// judge says whether the finding may stay now. An exception holds to the end of its day, UTC.
func (e exceptions) judge(id string, now time.Time) verdict {
	until, known := e[id]
	switch {
	case !known:
		return verdictFound
	case now.UTC().Format(time.DateOnly) > until.Format(time.DateOnly):
		return verdictExpired
	default:
		return verdictException
	}
}
