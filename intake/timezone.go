package intake

import (
	"strings"
	"time"
	_ "time/tzdata" // names of time zones must not depend on what the host has installed
)

// maxTimezoneBytes is more than the longest name of the IANA database has.
const maxTimezoneBytes = 64

// Timezone checks the name of a time zone of the IANA database, such as "America/New_York" or "UTC". Abbreviations and
// offsets that are no such name ("PST", "GMT+2") are refused, because they say nothing about daylight saving time, and so
// is "Local".
//
// Errors: *ValueError with ValueEmpty or ValueInvalidTimezone.
func Timezone(raw string) (string, error) {
	name := strings.TrimFunc(raw, trimmed)
	if name == "" {
		return "", &ValueError{Code: ValueEmpty, Detail: "there is no time zone"}
	}
	if !isZoneName(name) {
		return "", invalidTimezone()
	}
	if _, err := time.LoadLocation(name); err != nil {
		// The error of time quotes the name.
		return "", invalidTimezone()
	}
	return name, nil
}

// isZoneName refuses what time.LoadLocation takes but is no zone of the database: "Local", and the files that some hosts
// keep beside the zones.
func isZoneName(name string) bool {
	if len(name) > maxTimezoneBytes || name == "Local" || name == "Factory" || !isASCIILetter(name[0]) {
		return false
	}
	if name == "localtime" || strings.HasPrefix(name, "posix") || strings.HasPrefix(name, "right/") {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		lower := r | ('a' - 'A')
		return !isLetterOrDigit(r) && (lower < 'a' || lower > 'z') && !strings.ContainsRune("/_+-", r)
	})
}

func isASCIILetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func invalidTimezone() *ValueError {
	return &ValueError{
		Code: ValueInvalidTimezone, Detail: "this is not a time zone of the IANA database, such as America/New_York",
	}
}
