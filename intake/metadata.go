package intake

import (
	"encoding/json"
	"fmt"
	"math"
)

// Limits of a contact's properties (contactMetadata), which go into every plan's prompt.
const (
	MaxPropertiesBytes = 16 << 10 // as JSON
	MaxMetadataKeys    = 200      // on all levels together
	MaxMetadataDepth   = 4        // objects and lists inside each other, the outermost included
)

// Metadata checks and cleans the contactMetadata of the contacts endpoint: keys as Text cleans them, texts as Note does;
// numbers, booleans and null stay as they are. The input is not changed.
//
// Errors: *ValueError with ValueTooLong (a key, a text or the whole), ValueTooMany, ValueTooDeep, ValueInvalidName (a key
// that is empty, or the same as another once cleaned) or ValueInvalidType.
func Metadata(metadata map[string]any) (map[string]any, error) {
	if len(metadata) == 0 {
		return nil, nil //nolint:nilnil // nothing given is nothing, and no error
	}
	c := metadataCleaner{keys: 0}
	cleaned, err := c.object(metadata, 1)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(cleaned)
	if err != nil {
		return nil, invalidType()
	}
	if len(text) > MaxPropertiesBytes {
		return nil, &ValueError{
			Code: ValueTooLong, Detail: fmt.Sprintf("together they are over %d bytes of JSON", MaxPropertiesBytes),
		}
	}
	return cleaned, nil
}

// metadataCleaner counts what it has seen.
type metadataCleaner struct{ keys int }

func (c *metadataCleaner) value(value any, depth int) (any, error) {
	switch v := value.(type) {
	case nil, bool, json.Number, int, int64:
		return v, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, invalidType()
		}
		return v, nil
	case string:
		return Note(v, MaxPropertyRunes)
	case map[string]any:
		return c.object(v, depth+1)
	case []any:
		return c.list(v, depth+1)
	default:
		return nil, invalidType()
	}
}

func (c *metadataCleaner) object(object map[string]any, depth int) (map[string]any, error) {
	if err := c.enter(len(object), depth); err != nil {
		return nil, err
	}
	cleaned := make(map[string]any, len(object))
	for raw, value := range object {
		key, err := Text(raw, MaxKeyRunes)
		if err != nil {
			return nil, err
		}
		if _, twice := cleaned[key]; key == "" || twice {
			return nil, &ValueError{Code: ValueInvalidName, Detail: "a property needs a name, each a different one"}
		}
		if cleaned[key], err = c.value(value, depth); err != nil {
			return nil, err
		}
	}
	return cleaned, nil
}

func (c *metadataCleaner) list(list []any, depth int) ([]any, error) {
	if err := c.enter(len(list), depth); err != nil {
		return nil, err
	}
	cleaned := make([]any, len(list))
	for i, value := range list {
		var err error
		if cleaned[i], err = c.value(value, depth); err != nil {
			return nil, err
		}
	}
	return cleaned, nil
}

// enter counts members; those of a list count as keys do.
func (c *metadataCleaner) enter(members, depth int) error {
	if c.keys += members; c.keys > MaxMetadataKeys {
		return &ValueError{
			Code: ValueTooMany, Detail: fmt.Sprintf("there are more than %d properties", MaxMetadataKeys),
		}
	}
	if depth > MaxMetadataDepth {
		return &ValueError{
			Code: ValueTooDeep, Detail: fmt.Sprintf("they are nested more than %d levels deep", MaxMetadataDepth),
		}
	}
	return nil
}

func invalidType() *ValueError {
	return &ValueError{Code: ValueInvalidType, Detail: "a value is neither text, number, true, false, null, object nor list"}
}
