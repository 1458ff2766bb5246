package intake

import (
	"strings"

	"beckon/models"
)

// optOutValue reads a cell of an opt-out column: a word or number for yes, or the date on which the person opted out, is an
// opt-out; nothing, and a word or number for no, is none. What it cannot tell is taken for an opt-out, since a person must not be
// contacted by mistake; known is false then.
func optOutValue(cell string) (out, known bool) {
	switch strings.Join(strings.Fields(strings.ToLower(strings.Trim(cell, ". "))), " ") {
	case "", "no", "n", "false", "f", "0", "0.0", "-", "none", "null", "nil", "n/a", "na", "nein", "non", "falsch", "faux", "falso",
		"subscribed", "opted in", "opt in", "opt-in", "opted-in", "active", "not opted out", "never", "allowed", "allow":
		return false, true
	case "yes", "y", "true", "t", "1", "1.0", "x", "✓", "✔", "ja", "oui", "si", "sí", "wahr", "vrai", "verdadero", "opted out", "opt out",
		"opt-out", "opted-out", "unsubscribed", "do not call", "do not email", "do not text", "do not contact", "blocked", "on":
		return true, true
	}
	if isZeroDate(cell) {
		return false, true
	}
	return true, looksLikeDate(cell)
}

// isZeroDate recognises what databases export where there is no date: 0000-00-00, 00/00/0000 00:00:00.
func isZeroDate(cell string) bool {
	return strings.Contains(cell, "0") && strings.Trim(cell, "0-/.: T") == "" && looksLikeDate(cell)
}

// looksLikeDate says that a cell begins with a day in digits, in whatever order: 2025-09-01, 9/1/2025, 01.09.2025.
func looksLikeDate(cell string) bool {
	day, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(cell), "T", " "), " ")
	parts := strings.FieldsFunc(strings.TrimSuffix(day, ","), func(r rune) bool { return strings.ContainsRune("-/.", r) })
	const three, year, two = 3, 4, 2
	if len(parts) != three || strings.Count(day, "-")+strings.Count(day, "/")+strings.Count(day, ".") != two {
		return false
	}
	years := 0
	for _, part := range parts {
		if strings.Trim(part, "0123456789") != "" || len(part) > two && len(part) != year {
			return false
		}
		if len(part) == year {
			years++
		}
	}
	return years == 1 || years == 0 && len(parts[two]) == two
}

// optOutColumn is a column that says who must not be contacted on a channel.
type optOutColumn struct {
	channel models.Channel
	column  int
}

// readOptOuts lists the channels on which the person must not be contacted.
func (r *rowReader) readOptOuts(current *row) []models.Channel {
	var blocked []models.Channel
	for _, o := range r.optOuts {
		out, known := optOutValue(current.cell(o.column))
		if !known {
			current.fault(fieldOptOut+"."+string(o.channel), ValueInvalidOptOut,
				"this is neither yes, no nor a date: it was taken for an opt-out")
		}
		if out {
			blocked = append(blocked, o.channel)
		}
	}
	return blocked
}
