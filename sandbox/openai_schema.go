package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxSchemaDepth ends schemas that contain themselves; OpenAI takes ten levels too.
const maxSchemaDepth = 10

// schemaNode is a JSON schema, as far as OpenAI's structured outputs know it.
type schemaNode struct {
	Type                 typeList               `json:"type"`
	Enum                 []json.RawMessage      `json:"enum"`
	Const                json.RawMessage        `json:"const"`
	Properties           propertyList           `json:"properties"`
	Required             []string               `json:"required"`
	AdditionalProperties json.RawMessage        `json:"additionalProperties"`
	Items                *schemaNode            `json:"items"`
	MinItems             int                    `json:"minItems"`
	AnyOf                []schemaNode           `json:"anyOf"`
	Ref                  string                 `json:"$ref"`
	Defs                 map[string]*schemaNode `json:"$defs"`
	Definitions          map[string]*schemaNode `json:"definitions"`
	Minimum              *float64               `json:"minimum"`
	MinLength            int                    `json:"minLength"`
	MaxLength            *int                   `json:"maxLength"`
	Format               string                 `json:"format"`
}

// typeList is a schema's type: one name or several.
type typeList []string

// UnmarshalJSON reads both forms.
func (t *typeList) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = typeList{one}

		return nil
	}
	var several []string
	if err := json.Unmarshal(data, &several); err != nil {
		return fmt.Errorf("type is a name or a list of names: %w", err)
	}
	*t = several

	return nil
}

// property is a named part of an object's schema.
type property struct {
	name   string
	schema *schemaNode
}

// propertyList keeps the order of the properties, in which models answer.
type propertyList []property

// UnmarshalJSON reads an object in its order.
func (p *propertyList) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return errors.New("properties is not an object")
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("read a property: %w", err)
		}
		entry := property{schema: &schemaNode{}}
		if text, ok := name.(string); ok {
			entry.name = text
		}
		if err := decoder.Decode(entry.schema); err != nil {
			return fmt.Errorf("property %s: %w", entry.name, err)
		}
		*p = append(*p, entry)
	}

	return nil
}

// has says whether there is a property of that name.
func (p propertyList) has(name string) bool {
	return slices.ContainsFunc(p, func(entry property) bool { return entry.name == name })
}

// parseSchema reads a schema.
func parseSchema(data []byte) (*schemaNode, error) {
	root := &schemaNode{}
	if err := json.Unmarshal(data, root); err != nil {
		return nil, badSchemaf("the schema is not a valid JSON schema object")
	}

	return root, nil
}

// schemaError says what is wrong with a schema, in OpenAI's words.
type schemaError string

// Error is the message.
func (e schemaError) Error() string { return string(e) }

// badSchemaf makes a schemaError.
func badSchemaf(format string, args ...any) error {
	return schemaError(fmt.Sprintf(format, args...))
}

// checkStrict applies OpenAI's rules for strict schemas: objects are closed and all their properties required.
func (s *schemaNode) checkStrict() error {
	if !s.allows("object") {
		return badSchemaf("schema must be a JSON Schema of 'type: \"object\"', got 'type: \"%s\"'.", strings.Join(s.Type, ","))
	}

	return s.strictAt(nil, 0)
}

// strictAt checks one place of the schema.
func (s *schemaNode) strictAt(path []string, depth int) error {
	if depth > maxSchemaDepth {
		return badSchemaf("In context=(%s), the schema is nested too deeply", quoted(path))
	}
	if s.allows("object") {
		if string(s.AdditionalProperties) != "false" {
			return badSchemaf("In context=(%s), 'additionalProperties' is required to be supplied and to be false.", quoted(path))
		}
		for _, entry := range s.Properties {
			if !slices.Contains(s.Required, entry.name) {
				return badSchemaf("In context=(%s), 'required' is required to be supplied and to be an array including every "+
					"key in properties. Missing '%s'.", quoted(path), entry.name)
			}
		}
	}
	for _, name := range s.Required {
		if !s.Properties.has(name) {
			return badSchemaf("In context=(%s), 'required' includes '%s', which is not in properties.", quoted(path), name)
		}
	}
	for _, part := range s.parts() {
		if err := part.schema.strictAt(append(slices.Clone(path), part.name), depth+1); err != nil {
			return err
		}
	}

	return nil
}

// parts are the schemas directly inside this one, with the words that OpenAI uses for the way to them.
func (s *schemaNode) parts() []property {
	var parts []property
	for _, entry := range s.Properties {
		parts = append(parts, property{name: "properties', '" + entry.name, schema: entry.schema})
	}
	if s.Items != nil {
		parts = append(parts, property{name: "items", schema: s.Items})
	}
	for i := range s.AnyOf {
		parts = append(parts, property{name: fmt.Sprintf("anyOf', '%d", i), schema: &s.AnyOf[i]})
	}
	for name, definition := range s.Defs {
		parts = append(parts, property{name: "$defs', '" + name, schema: definition})
	}

	return parts
}

// quoted joins a path as OpenAI's errors show it.
func quoted(path []string) string {
	if len(path) == 0 {
		return ""
	}

	return "'" + strings.Join(path, "', '") + "'"
}

// allows says whether values of that type fit.
func (s *schemaNode) allows(name string) bool {
	return slices.Contains(s.Type, name)
}

// fill makes a value that fits the schema, with what the planner has to say.
func (s *schemaNode) fill(plan *planner) (any, error) {
	return filler{root: s, plan: plan}.value(s, "", 0)
}

// filler walks a schema and makes a value that fits it.
type filler struct {
	root *schemaNode
	plan *planner
}

// value makes the value of a property of that name.
func (f filler) value(s *schemaNode, name string, depth int) (any, error) {
	if depth > maxSchemaDepth {
		return nil, badSchemaf("the schema is nested too deeply")
	}
	switch {
	case s.Ref != "":
		target, err := f.resolve(s.Ref)
		if err != nil {
			return nil, err
		}

		return f.value(target, name, depth+1)
	case len(s.Const) > 0:
		return s.Const, nil
	case len(s.Enum) > 0:
		return f.plan.choose(name, s.Enum), nil
	case len(s.AnyOf) > 0:
		return f.anyOf(s, name, depth)
	case s.allows("null") && !f.plan.wants(name):
		return nil, nil //nolint:nilnil // the value null
	case s.allows("object") || len(s.Properties) > 0:
		return f.object(s, depth)
	case s.allows("array"):
		return f.array(s, name, depth)
	}

	return f.scalar(s, name), nil
}

// scalar makes a string, number or boolean.
func (f filler) scalar(s *schemaNode, name string) any {
	switch {
	case s.allows("boolean"):
		return f.plan.yes(name)
	case s.allows("integer"):
		return int(f.plan.number(name, s.Minimum))
	case s.allows("number"):
		return f.plan.number(name, s.Minimum)
	case s.allows("null"):
		if !s.allows("string") {
			return nil
		}
	}

	return fit(f.plan.text(name, s.Format), s.MinLength, s.MaxLength)
}

// anyOf takes null where the planner has nothing to say, else the first form that is not null.
func (f filler) anyOf(s *schemaNode, name string, depth int) (any, error) {
	isNull := func(form schemaNode) bool { return len(form.Type) == 1 && form.allows("null") }
	if !f.plan.wants(name) && slices.ContainsFunc(s.AnyOf, isNull) {
		return nil, nil //nolint:nilnil // the value null
	}
	for i := range s.AnyOf {
		if !isNull(s.AnyOf[i]) {
			return f.value(&s.AnyOf[i], name, depth+1)
		}
	}

	return nil, nil //nolint:nilnil // the value null
}

// object makes an object with all its properties, in the schema's order.
func (f filler) object(s *schemaNode, depth int) (any, error) {
	// The channel decides about the other values, wherever it stands.
	for _, entry := range s.Properties {
		if entry.name == "channel" && len(entry.schema.Enum) > 0 {
			f.plan.choose(entry.name, entry.schema.Enum)
		}
	}

	made := orderedObject{}
	for _, entry := range s.Properties {
		value, err := f.value(entry.schema, entry.name, depth+1)
		if err != nil {
			return nil, err
		}
		made = append(made, member{name: entry.name, value: value})
	}

	return made, nil
}

// array makes the shortest list that fits.
func (f filler) array(s *schemaNode, name string, depth int) (any, error) {
	list := []any{}
	for range s.MinItems {
		item := s.Items
		if item == nil {
			item = &schemaNode{Type: typeList{"string"}}
		}
		value, err := f.value(item, strings.TrimSuffix(name, "s"), depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}

	return list, nil
}

// resolve finds what a reference means.
func (f filler) resolve(ref string) (*schemaNode, error) {
	if ref == "#" {
		return f.root, nil
	}
	for prefix, definitions := range map[string]map[string]*schemaNode{
		"#/$defs/": f.root.Defs, "#/definitions/": f.root.Definitions,
	} {
		if name, found := strings.CutPrefix(ref, prefix); found && definitions[name] != nil {
			return definitions[name], nil
		}
	}

	return nil, badSchemaf("reference '%s' cannot be resolved", ref)
}

// fit makes a text neither shorter nor longer than allowed, in characters.
func fit(text string, shortest int, longest *int) string {
	runes := []rune(text)
	for len(runes) < shortest {
		runes = append(runes, '.')
	}
	if longest != nil && len(runes) > *longest {
		runes = runes[:*longest]
	}

	return string(runes)
}

// member is a named value of an orderedObject.
type member struct {
	name  string
	value any
}

// orderedObject is a JSON object whose members keep their order.
type orderedObject []member

// MarshalJSON writes the members in their order.
func (o orderedObject) MarshalJSON() ([]byte, error) {
	var buffer bytes.Buffer
	buffer.WriteByte('{')
	for i, entry := range o {
		if i > 0 {
			buffer.WriteByte(',')
		}
		name, err := json.Marshal(entry.name)
		if err != nil {
			return nil, fmt.Errorf("encode a name: %w", err)
		}
		value, err := json.Marshal(entry.value)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", entry.name, err)
		}
		buffer.Write(name)
		buffer.WriteByte(':')
		buffer.Write(value)
	}
	buffer.WriteByte('}')

	return buffer.Bytes(), nil
}
