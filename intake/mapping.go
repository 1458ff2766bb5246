package intake

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"beckon/models"
)

// Limits of a mapping.
const (
	MaxPhoneColumns = 10
	MaxProperties   = 100 // of a contact from a file, mapped and unmapped ones together
)

// MappingPointer is the pointer of a mapping in errors; its members are below it, as in "/mapping/phone/0".
const MappingPointer = "/mapping"

// codeUnknownColumn is the code of a member that names a column which the file has not.
const codeUnknownColumn = "unknown_column"

// Mapping says which column of a contact file holds what. Values are names of columns; "" means that there is none.
type Mapping struct {
	Name            string            `json:"name,omitempty"` // whole name, split into first and last; instead of those two
	FirstName       string            `json:"firstName,omitempty"`
	LastName        string            `json:"lastName,omitempty"`
	Email           string            `json:"email,omitempty"`
	Phone           []string          `json:"phone"` // the first that holds a valid number is taken
	Timezone        string            `json:"timezone,omitempty"`
	ExternalIDValue string            `json:"externalIdValue,omitempty"` // the column's name becomes the external id's key
	Properties      map[string]string `json:"properties"`                // key of the property to column
	KeepUnmapped    bool              `json:"keepUnmapped"`              // other columns become properties by their names
	// OptOut names the column that says who must not be contacted on the channel.
	OptOut map[models.Channel]string `json:"optOut,omitempty"`
}

// blocks maps the column that says who opted out of a channel.
func blocks(m *Mapping, channel models.Channel, column string) {
	if m.OptOut == nil {
		m.OptOut = map[models.Channel]string{}
	}
	m.OptOut[channel] = column
}

// ParseMapping reads a mapping from JSON in the shape of the API.
//
// Errors: *models.Error that names each faulty member by its pointer. CodeMalformed where it is no JSON object, or has an
// unknown member or one of a wrong type. CodeInvalid where a limit is broken.
func ParseMapping(jsonText []byte) (Mapping, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(jsonText, &members); err != nil || members == nil {
		// The error of json may quote the text.
		return Mapping{}, mappingError(models.CodeMalformed, models.FieldError{
			Pointer: MappingPointer, Code: "not_an_object", Detail: "the mapping is not a JSON object",
		})
	}
	p := mappingParser{mapping: Mapping{Phone: []string{}, Properties: map[string]string{}}}
	for _, key := range sortedKeys(members) {
		p.member(key, members[key])
	}
	switch {
	case len(p.malformed) > 0:
		return Mapping{}, mappingError(models.CodeMalformed, append(p.malformed, p.invalid...)...)
	case len(p.invalid) > 0:
		return Mapping{}, mappingError(models.CodeInvalid, p.invalid...)
	}
	return p.mapping, nil
}

// mappingParser reads one member after the other and collects what is wrong.
type mappingParser struct {
	mapping   Mapping
	malformed []models.FieldError
	invalid   []models.FieldError
}

func (p *mappingParser) member(key string, value json.RawMessage) {
	pointer := memberPointer(MappingPointer, key)
	switch key {
	case "name":
		p.column(pointer, value, &p.mapping.Name)
	case "firstName":
		p.column(pointer, value, &p.mapping.FirstName)
	case "lastName":
		p.column(pointer, value, &p.mapping.LastName)
	case "email":
		p.column(pointer, value, &p.mapping.Email)
	case "timezone":
		p.column(pointer, value, &p.mapping.Timezone)
	case "externalIdValue":
		p.column(pointer, value, &p.mapping.ExternalIDValue)
	case "phone":
		p.phone(pointer, value)
	case "properties":
		p.properties(pointer, value)
	case "keepUnmapped":
		if err := json.Unmarshal(value, &p.mapping.KeepUnmapped); err != nil {
			p.wrongType(pointer, "true or false")
		}
	case "optOut":
		p.optOut(pointer, value)
	default:
		p.malformed = append(p.malformed, models.FieldError{
			Pointer: pointer, Code: "unknown_field", Detail: "a mapping has no such member",
		})
	}
}

// column reads the name of one column; null is none.
func (p *mappingParser) column(pointer string, value json.RawMessage, column *string) {
	if err := json.Unmarshal(value, column); err != nil {
		p.wrongType(pointer, "the name of a column")
		return
	}
	*column = columnName(*column, MaxKeyRunes)
}

func (p *mappingParser) phone(pointer string, value json.RawMessage) {
	var items []json.RawMessage
	if err := json.Unmarshal(value, &items); err != nil {
		p.wrongType(pointer, "a list of columns")
		return
	}
	if len(items) > MaxPhoneColumns {
		p.tooMany(pointer, MaxPhoneColumns)
		return
	}
	for i, item := range items {
		var column string
		p.column(pointer+"/"+strconv.Itoa(i), item, &column)
		if column != "" {
			p.mapping.Phone = append(p.mapping.Phone, column)
		}
	}
}

func (p *mappingParser) properties(pointer string, value json.RawMessage) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(value, &members); err != nil {
		p.wrongType(pointer, "an object of columns")
		return
	}
	if len(members) > MaxProperties {
		p.tooMany(pointer, MaxProperties)
		return
	}
	for _, raw := range sortedKeys(members) {
		at := memberPointer(pointer, raw)
		var column string
		p.column(at, members[raw], &column)
		key, err := Text(raw, MaxKeyRunes)
		switch {
		case err != nil:
			p.invalid = append(p.invalid, models.FieldError{
				Pointer: at, Code: string(asValueError(err).Code), Detail: asValueError(err).Detail,
			})
		case key == "" || p.mapping.Properties[key] != "":
			p.invalid = append(p.invalid, models.FieldError{
				Pointer: at, Code: string(ValueInvalidName), Detail: "a property needs a name, each a different one",
			})
		case column != "":
			p.mapping.Properties[key] = column
		}
	}
}

func (p *mappingParser) optOut(pointer string, value json.RawMessage) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(value, &members); err != nil {
		p.wrongType(pointer, "an object of columns")
		return
	}
	for _, key := range sortedKeys(members) {
		at, channel := memberPointer(pointer, key), models.Channel(key)
		switch channel {
		case models.ChannelEmail, models.ChannelText, models.ChannelPhone:
			var column string
			if p.column(at, members[key], &column); column != "" {
				blocks(&p.mapping, channel, column)
			}
		default:
			p.malformed = append(p.malformed, models.FieldError{
				Pointer: at, Code: "unknown_field", Detail: "a channel is email, text or phone",
			})
		}
	}
}

func (p *mappingParser) wrongType(pointer, want string) {
	p.malformed = append(p.malformed, models.FieldError{
		Pointer: pointer, Code: "wrong_type", Detail: "this must be " + want,
	})
}

func (p *mappingParser) tooMany(pointer string, limit int) {
	p.invalid = append(p.invalid, models.FieldError{
		Pointer: pointer, Code: string(ValueTooMany), Detail: fmt.Sprintf("at most %d are possible", limit),
	})
}

// Validate checks the mapping against the names of a file's columns, as Preview gives them: each column that it names is
// there, and it names at least one for the contact's name and one for an address.
//
// Errors: *models.Error with CodeInvalid that names each faulty member by its pointer.
func (m Mapping) Validate(header []string) error {
	var faults []models.FieldError
	for _, target := range m.targets() {
		if !slices.Contains(header, target.column) {
			faults = append(faults, models.FieldError{
				Pointer: target.pointer, Code: codeUnknownColumn, Detail: "the file has no column of this name",
			})
		}
	}
	if m.Name == "" && m.FirstName == "" && m.LastName == "" {
		faults = append(faults, models.FieldError{
			Pointer: MappingPointer, Code: "name_required", Detail: "map name, or firstName and lastName",
		})
	}
	if m.Name != "" && (m.FirstName != "" || m.LastName != "") {
		faults = append(faults, models.FieldError{
			Pointer: MappingPointer + "/name", Code: "name_twice", Detail: "map either name, or firstName and lastName",
		})
	}
	if m.Email == "" && len(m.Phone) == 0 {
		faults = append(faults, models.FieldError{
			Pointer: MappingPointer, Code: "address_required", Detail: "map email or phone",
		})
	}
	if len(faults) > 0 {
		return mappingError(models.CodeInvalid, faults...)
	}
	return nil
}

// target is one member of a mapping and the column that it names.
type target struct{ pointer, column string }

// targets lists all members that name a column, in the order of the shape.
func (m Mapping) targets() []target {
	all := []target{
		{"/name", m.Name}, {"/firstName", m.FirstName}, {"/lastName", m.LastName},
	}
	for i, column := range m.Phone {
		all = append(all, target{"/phone/" + strconv.Itoa(i), column})
	}
	all = append(all,
		target{"/email", m.Email}, target{"/timezone", m.Timezone}, target{"/externalIdValue", m.ExternalIDValue})
	for _, key := range sortedKeys(m.Properties) {
		all = append(all, target{memberPointer("/properties", key), m.Properties[key]})
	}
	for _, channel := range sortedKeys(m.OptOut) {
		all = append(all, target{memberPointer("/optOut", string(channel)), m.OptOut[channel]})
	}
	all = slices.DeleteFunc(all, func(t target) bool { return t.column == "" })
	for i := range all {
		all[i].pointer = MappingPointer + all[i].pointer
	}
	return all
}

// memberPointer is the JSON pointer (RFC 6901) of a member of the object at pointer.
func memberPointer(pointer, key string) string {
	return pointer + "/" + strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

func sortedKeys[K ~string, V any](members map[K]V) []K {
	keys := make([]K, 0, len(members))
	for key := range members {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func mappingError(code models.Code, faults ...models.FieldError) *models.Error {
	return &models.Error{Code: code, Detail: "the mapping of columns cannot be used", Fields: faults}
}

// Missing names the columns that a refusal of Validate says are not in the file.
func (m Mapping) Missing(refusal *models.Error) []string {
	missing := []string{}
	for _, fault := range refusal.Fields {
		for _, target := range m.targets() {
			if fault.Code == codeUnknownColumn && fault.Pointer == target.pointer {
				missing = append(missing, strconv.Quote(target.column))
			}
		}
	}
	return missing
}

// Complete checks a mapping without a file: it names columns for a name and for an address. Errors: those of Validate.
func (m Mapping) Complete() error {
	columns := []string{}
	for _, target := range m.targets() {
		columns = append(columns, target.column)
	}
	return m.Validate(columns)
}
