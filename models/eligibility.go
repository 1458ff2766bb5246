package models

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// Eligibility says who a campaign is to contact: whoever meets all rules and, where there is a prompt, whom the AI finds to
// meet that too.
type Eligibility struct {
	Rules  []EligibilityRule `json:"rules"`
	Prompt *string           `json:"prompt"`
}

// EligibilityOp compares a contact's field with a rule's value.
type EligibilityOp string

// Operations of eligibility rules.
const (
	OpEqual    EligibilityOp = "eq"       // the texts are the same, in any case
	OpIn       EligibilityOp = "in"       // the text is one of a list
	OpContains EligibilityOp = "contains" // the text has the value in it
	OpExists   EligibilityOp = "exists"   // there is a value that is not empty; with the value false: there is none
	OpBefore   EligibilityOp = "before"   // a date or time before the value's
	OpAfter    EligibilityOp = "after"    // a date or time after the value's
	OpRegion   EligibilityOp = "region"   // the phone number belongs to one of the countries (ISO 3166-1 alpha-2)
)

// EligibilityRule is one condition. Field is `firstName`, `lastName`, `email`, `phone`, `timezone`, or a key of the contact's
// properties.
type EligibilityRule struct {
	Field string        `json:"field"`
	Op    EligibilityOp `json:"op"`
	Value any           `json:"value"` // a text, number or truth value; a list of those for `in` and `region`
}

// Limits of eligibility rules; they are Beckon's.
const (
	MaxEligibilityRules  = 50
	MaxEligibilityValues = 500
	MaxEligibilityPrompt = 5_000 // characters
)

// Meets says whether a contact meets all rules. What a rule cannot be compared with does not meet it.
func (e Eligibility) Meets(c *Contact) bool {
	return e.Unmet(c) == ""
}

func (r EligibilityRule) meets(c *Contact) bool {
	value, there := r.field(c)
	switch r.Op {
	case OpExists:
		wanted, isBool := r.Value.(bool)
		return there == (wanted || !isBool)
	case OpEqual:
		return there && fold(value) == fold(r.Value)
	case OpIn:
		return there && slices.ContainsFunc(list(r.Value), func(v any) bool { return fold(v) == fold(value) })
	case OpContains:
		return there && strings.Contains(fold(value), fold(r.Value))
	case OpBefore, OpAfter:
		return there && r.compares(value)
	case OpRegion:
		return there && inRegion(fmt.Sprint(value), list(r.Value))
	default:
		return false
	}
}

// field is the contact's value that the rule is about, and whether there is one that is not empty.
func (r EligibilityRule) field(c *Contact) (value any, there bool) {
	text := func(s *string) any {
		if s == nil {
			return ""
		}
		return *s
	}
	switch r.Field {
	case "firstName":
		value = c.FirstName
	case "lastName":
		value = c.LastName
	case "email":
		value = text(c.Email)
	case "phone":
		value = text(c.Phone)
	case "timezone":
		value = text(c.Timezone)
	default:
		value = c.Properties[r.Field]
	}
	return value, value != nil && strings.TrimSpace(fmt.Sprint(value)) != ""
}

func (r EligibilityRule) compares(value any) bool {
	is, known := moment(value)
	bound, right := moment(r.Value)
	if !known || !right {
		return false
	}
	if r.Op == OpBefore {
		return is.Before(bound)
	}
	return is.After(bound)
}

// moment reads a day or an RFC 3339 time; a day is its beginning in UTC.
func moment(value any) (time.Time, bool) {
	text, ok := value.(string)
	if !ok {
		return time.Time{}, false
	}
	text = strings.TrimSpace(text)
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

func fold(value any) string { return strings.ToLower(strings.TrimSpace(fmt.Sprint(value))) }

// list is a rule's list; a single value is a list of one.
func list(value any) []any {
	if values, ok := value.([]any); ok {
		return values
	}
	return []any{value}
}

// RegionOf is the country of an E.164 number, as ISO 3166-1 alpha-2; "" where it has none, or is no number.
func RegionOf(number string) string {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil {
		return ""
	}
	return phonenumbers.GetRegionCodeForNumber(parsed)
}

func inRegion(number string, regions []any) bool {
	region := RegionOf(number)
	return region != "" && slices.ContainsFunc(regions, func(r any) bool { return strings.EqualFold(fmt.Sprint(r), region) })
}

// eligibility checks the form of the rules.
func (f *findings) eligibility(e Eligibility) {
	if len(e.Rules) > MaxEligibilityRules {
		f.add("/eligibility/rules", FieldTooLong, fmt.Sprintf("at most %d rules", MaxEligibilityRules))
	}
	for i, rule := range e.Rules {
		f.rule(fmt.Sprintf("/eligibility/rules/%d", i), rule)
	}
	if e.Prompt != nil {
		f.text("/eligibility/prompt", *e.Prompt, MaxEligibilityPrompt)
	}
}

func (f *findings) rule(pointer string, rule EligibilityRule) {
	if blank(rule.Field) || utf8.RuneCountInString(rule.Field) > MaxNameLength {
		f.add(pointer+"/field", FieldFormat, "the name of a field or property")
	}
	values, isList := rule.Value.([]any)
	if !isList {
		values = []any{rule.Value}
	}
	if len(values) == 0 || len(values) > MaxEligibilityValues {
		f.add(pointer+"/value", FieldOutOfRange, fmt.Sprintf("between 1 and %d values", MaxEligibilityValues))
	}
	for _, value := range values {
		switch value.(type) {
		case string, float64, bool, int:
		case nil:
			if rule.Op != OpExists {
				f.add(pointer+"/value", FieldRequired, "a value to compare with")
			}
		default:
			f.add(pointer+"/value", FieldFormat, "a text, a number or a truth value")
		}
	}
	switch rule.Op {
	case OpIn, OpRegion:
	case OpEqual, OpContains, OpExists:
		if isList {
			f.add(pointer+"/value", FieldFormat, "one value")
		}
	case OpBefore, OpAfter:
		if _, ok := moment(rule.Value); !ok {
			f.add(pointer+"/value", FieldFormat, "a day as YYYY-MM-DD, or a time as RFC 3339 has it")
		}
	default:
		f.add(pointer+"/op", FieldUnknown, "eq, in, contains, exists, before, after or region")
	}
}
