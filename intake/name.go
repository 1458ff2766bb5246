package intake

import "strings"

// SplitName splits a whole name, cleaned by Text, into first and last name. "Last, First" is turned round, unless what
// stands behind the comma belongs to the last name ("Smith, Jr."). Otherwise the first word is the first name and the
// rest the last: right for "José García Márquez" and "Ada van der Berg"; no rule is right for every culture, and a file
// that knows better has two columns.
func SplitName(name string) (string, string) {
	if before, after, found := strings.Cut(name, ","); found && !strings.Contains(after, ",") {
		before, after = strings.TrimSpace(before), strings.TrimSpace(after)
		if before != "" && after != "" && !isNameSuffix(after) {
			return after, before
		}
	}
	first, last, _ := strings.Cut(name, " ")
	return strings.TrimSuffix(first, ","), strings.TrimSpace(last)
}

// isNameSuffix says that a word follows a name behind a comma without being part of another.
func isNameSuffix(word string) bool {
	switch strings.ToLower(strings.ReplaceAll(word, ".", "")) {
	case "jr", "sr", "ii", "iii", "iv", "phd", "md", "dds", "esq", "cpa", "mba", "rn", "inc", "llc", "ltd", "gmbh", "co":
		return true
	default:
		return false
	}
}
