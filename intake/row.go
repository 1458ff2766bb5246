package intake

import (
	"fmt"
	"slices"
	"strings"

	"beckon/models"
)

// Fields of a contact as errors name them; properties are "properties.<key>", and an error of the whole row has none.
const (
	fieldFirstName  = "firstName"
	fieldLastName   = "lastName"
	fieldName       = "name"
	fieldEmail      = "email"
	fieldPhone      = "phone"
	fieldTimezone   = "timezone"
	fieldExternalID = "externalIdValue"
	fieldProperties = "properties"
	fieldOptOut     = "optOut"
)

// none is the index of a column that is not mapped.
const none = -1

// property is a column that becomes a property.
type property struct {
	key    string
	column int
}

// rowReader turns the rows of one file into contacts.
type rowReader struct {
	header []string
	region string

	name, firstName, lastName, email, timezone, externalID int
	phones                                                 []int
	properties                                             []property
	optOuts                                                []optOutColumn
	last                                                   int // the rightmost mapped column

	zones map[string]string // what Timezone said, since it reads files: "" for a name that is none
}

// newRowReader looks the columns of a valid mapping up.
func newRowReader(mapping Mapping, header []string, region string) *rowReader {
	index := func(column string) int {
		if column == "" {
			return none
		}
		return slices.Index(header, column)
	}
	r := &rowReader{
		header: header, region: region, zones: map[string]string{},
		name: index(mapping.Name), firstName: index(mapping.FirstName), lastName: index(mapping.LastName),
		email: index(mapping.Email), timezone: index(mapping.Timezone), externalID: index(mapping.ExternalIDValue),
	}
	mapped := []int{r.name, r.firstName, r.lastName, r.email, r.timezone, r.externalID}
	for _, column := range mapping.Phone {
		r.phones = append(r.phones, index(column))
	}
	mapped = append(mapped, r.phones...)
	for _, key := range sortedKeys(mapping.Properties) {
		r.properties = append(r.properties, property{key, index(mapping.Properties[key])})
		mapped = append(mapped, index(mapping.Properties[key]))
	}
	for _, channel := range sortedKeys(mapping.OptOut) {
		r.optOuts = append(r.optOuts, optOutColumn{channel, index(mapping.OptOut[channel])})
		mapped = append(mapped, index(mapping.OptOut[channel]))
	}
	r.last = slices.Max(mapped)
	if mapping.KeepUnmapped {
		for i, name := range header {
			if _, taken := mapping.Properties[name]; !taken && !slices.Contains(mapped, i) {
				r.properties = append(r.properties, property{name, i})
			}
		}
	}
	return r
}

// row is one row while it is read.
type row struct {
	record

	faults []models.ImportError
}

// cell is what a column holds, without what a spreadsheet put around it; "" where the row is too short.
func (r *row) cell(column int) string {
	if column == none || column >= len(r.cells) {
		return ""
	}
	return unguard(strings.TrimFunc(r.cells[column], trimmed))
}

func (r *row) fault(field string, code ValueCode, detail string) {
	r.faults = append(r.faults, models.ImportError{Line: r.line, Field: field, Code: string(code), Detail: detail})
}

func (r *row) unusable(field string, err error) {
	value := asValueError(err)
	r.fault(field, value.Code, value.Detail)
}

// text reads a one-line text; nil where there is none or it cannot be read.
func (r *row) text(field string, column int) *string {
	text, err := Text(r.cell(column), MaxFieldRunes)
	if err != nil {
		r.unusable(field, err)
		return nil
	}
	return given(text)
}

// given is nil for a text that holds nothing.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// read makes a contact of a record. It reports whether the row can be taken, and all that was wrong with it.
func (r *rowReader) read(rec record) (models.ContactInput, []models.ImportError, bool) {
	current := row{record: rec}
	if !r.checkShape(&current) {
		return models.ContactInput{}, current.faults, false
	}
	input := models.ContactInput{Line: rec.line}
	input.FirstName, input.LastName = r.names(&current)
	input.Email = r.readEmail(&current)
	input.Phone = r.readPhone(&current)
	if input.FirstName == nil && input.LastName == nil {
		current.fault("", ValueNoName, "the row was skipped: it has no name")
		return models.ContactInput{}, current.faults, false
	}
	if input.Email == nil && input.Phone == nil {
		current.fault("", ValueNoAddress, "the row was skipped: it has no e-mail address or phone number that can be used")
		return models.ContactInput{}, current.faults, false
	}
	input.Timezone = r.readTimezone(&current)
	if input.ExternalIDValue = current.text(fieldExternalID, r.externalID); input.ExternalIDValue != nil {
		key := r.header[r.externalID]
		input.ExternalIDKey = &key
	}
	input.Properties = r.readProperties(&current)
	input.Blocked = r.readOptOuts(&current)
	return input, current.faults, true
}

// checkShape lists a row that is not as wide as the header. One that covers several lines of the file as well has most
// likely swallowed other rows behind a stray quotation mark: it is not taken.
func (r *rowReader) checkShape(current *row) bool {
	width := len(current.cells)
	tooLong := width > len(r.header) && !isBlank(current.cells[len(r.header):])
	tooShort := width <= r.last
	if !tooLong && !tooShort {
		return true
	}
	if current.lines > 1 {
		current.fault("", ValueBrokenQuotes, fmt.Sprintf(
			"lines %d to %d were skipped: a stray quotation mark joins them into one row of %d columns, and the header has %d",
			current.line, current.line+current.lines-1, width, len(r.header)))
		return false
	}
	detail := "the columns beyond the header were ignored"
	if tooShort {
		detail = "the missing columns were taken as empty"
	}
	current.fault("", ValueRaggedRow, fmt.Sprintf(
		"the row has %d columns and the header %d: %s", width, len(r.header), detail))
	return true
}

func (r *rowReader) names(current *row) (*string, *string) {
	if r.name == none {
		return current.text(fieldFirstName, r.firstName), current.text(fieldLastName, r.lastName)
	}
	whole := current.text(fieldName, r.name)
	if whole == nil {
		return nil, nil
	}
	first, last := SplitName(*whole)
	return given(first), given(last)
}

func (r *rowReader) readEmail(current *row) *string {
	cell := current.cell(r.email)
	if cell == "" {
		return nil
	}
	email, err := Email(cell)
	if err != nil {
		current.unusable(fieldEmail, err)
		return nil
	}
	return &email
}

// readPhone takes the first column that holds a valid number, and lists those before it that hold something else.
func (r *rowReader) readPhone(current *row) *string {
	for _, column := range r.phones {
		cell := current.cell(column)
		if cell == "" {
			continue
		}
		phone, err := Phone(cell, r.region)
		if err == nil {
			return &phone
		}
		value := asValueError(err)
		if len(r.phones) > 1 {
			value = &ValueError{Code: value.Code, Detail: fmt.Sprintf("column %q: %s", r.header[column], value.Detail)}
		}
		current.unusable(fieldPhone, value)
	}
	return nil
}

func (r *rowReader) readTimezone(current *row) *string {
	cell := current.cell(r.timezone)
	if cell == "" {
		return nil
	}
	zone, known := r.zones[cell]
	if !known {
		zone, _ = Timezone(cell)
		r.zones[cell] = zone
	}
	if zone == "" {
		current.unusable(fieldTimezone, invalidTimezone())
		return nil
	}
	return &zone
}

// readProperties takes what fits the limits of a contact, in the order of the mapping.
func (r *rowReader) readProperties(current *row) map[string]any {
	var properties map[string]any
	size := 0
	for _, p := range r.properties {
		field := fieldProperties + "." + p.key
		text, err := Note(current.cell(p.column), MaxPropertyRunes)
		if err != nil {
			current.unusable(field, err)
			continue
		}
		if text == "" {
			continue
		}
		if len(properties) == MaxProperties {
			current.fault(fieldProperties, ValueTooMany,
				fmt.Sprintf("only the first %d properties were taken", MaxProperties))
			break
		}
		if size += len(p.key) + len(text); size > MaxPropertiesBytes {
			current.fault(field, ValueTooLong, fmt.Sprintf(
				"this property and those after it were left out: together they are over %d bytes", MaxPropertiesBytes))
			break
		}
		if properties == nil {
			properties = make(map[string]any, len(r.properties))
		}
		properties[p.key] = text
	}
	return properties
}
