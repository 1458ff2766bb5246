package api

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode"

	"beckon/models"
)

// Fields of an import's form.
const (
	formFile    = "file"
	formMapping = "mapping"
)

// formField is one field of a form.
type formField struct {
	fileName string
	content  []byte
}

// readForm reads a form of the fields that limits names, each with the most bytes that it may have. All of them are needed.
// Errors: CodeMalformed with the field's pointer, CodeTooLarge.
func readForm(reader *multipart.Reader, limits map[string]int64) (map[string]formField, error) {
	fields := map[string]formField{}
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, formError(err)
		}
		name := part.FormName()
		limit, known := limits[name]
		if !known {
			return nil, fieldFault(name, fieldUnknown, "the form has no such field")
		}
		if _, twice := fields[name]; twice {
			return nil, fieldFault(name, models.FieldRepeated, "the field comes more than once")
		}
		content, err := io.ReadAll(io.LimitReader(part, limit+1))
		if err != nil {
			return nil, formError(err)
		}
		if int64(len(content)) > limit {
			return nil, models.Errorf(models.CodeTooLarge, "the field %s is larger than the %d bytes that it may have",
				name, limit)
		}
		fields[name] = formField{fileName: fileName(part.FileName()), content: content}
	}
	for name := range limits {
		if _, ok := fields[name]; !ok {
			return nil, fieldFault(name, models.FieldRequired, "it is missing")
		}
	}
	return fields, nil
}

// formError keeps the error of a body over its limit; any other means that the form is broken.
func formError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fmt.Errorf("read form: %w", err)
	}
	return models.Errorf(models.CodeMalformed, "the form is broken, or ended before it was complete")
}

func fieldFault(name, code, detail string) error {
	return &models.Error{
		Code: models.CodeMalformed, Detail: "the form does not match the API's description",
		Fields: []models.FieldError{{Pointer: "/" + escapePointer(name), Code: code, Detail: detail}},
	}
}

// fileName is a file's name as it is shown: without what cannot be printed, and not too long.
func fileName(raw string) string {
	const longest = 255
	name := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(raw, "")))
	return string(name[:min(len(name), longest)])
}
