package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"beckon/models"
)

func bodyTooLarge(limit int64) *models.Error {
	return models.Errorf(models.CodeTooLarge, "the body is larger than the %d bytes that this takes", limit)
}

// limitBody keeps a request's body within its route's limit. One that announces too much is refused before it is read.
func (s *server) limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		request, limit := c.Request(), int64(smallBody)
		if route := s.routeOf(c); route != nil {
			limit = max(route.maxBody, limit)
		}
		body := request.Body
		if request.ContentLength > limit {
			// One that asks first has sent nothing yet.
			if request.Header.Get("Expect") == "" {
				drain(body, limit)
			}
			return bodyTooLarge(limit)
		}
		request.Body = http.MaxBytesReader(c.Response(), body, limit)
		err := next(c)
		if err != nil && s.known(err).Code == models.CodeTooLarge {
			drain(body, limit)
		}
		return err
	}
}

// drain reads some more of what a client sends and that is refused: many do not look at an answer before they have written
// everything, and would never see why the connection was closed.
func drain(body io.Reader, limit int64) {
	const more = 8 << 20
	_, _ = io.CopyN(io.Discard, body, limit+more) // whatever comes, the answer is the same
}

// checkMediaType wants a body to be of one of the types that the operation takes. A form also needs a boundary.
func checkMediaType(header http.Header, accepted openapi3.Content) error {
	kind, parameters, err := mime.ParseMediaType(header.Get(echo.HeaderContentType))
	if err != nil || accepted[kind] == nil {
		types := make([]string, 0, len(accepted))
		for each := range accepted {
			types = append(types, each)
		}
		slices.Sort(types)
		return models.Errorf(codeMediaType, "the body must be %s, as its Content-Type", strings.Join(types, " or "))
	}
	if strings.HasPrefix(kind, "multipart/") && parameters["boundary"] == "" {
		return models.Errorf(models.CodeMalformed, "the Content-Type of the form has no boundary")
	}
	return nil
}

// readJSON reads a body of JSON and puts it back; empty where there is none. It is refused, with the place, where it is no
// JSON text in UTF-8, and where a text has the character U+0000, which the database cannot keep.
func readJSON(request *http.Request) ([]byte, error) {
	body, err := io.ReadAll(request.Body)
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if err != nil {
		return nil, models.Errorf(models.CodeMalformed, "the body ended before it was complete")
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	request.ContentLength = int64(len(body))
	if len(body) == 0 {
		return body, nil
	}
	if at := invalidUTF8(body); at >= 0 {
		return nil, models.Errorf(models.CodeMalformed, "the body is not valid UTF-8 at %s", place(body, at))
	}
	if err := wellFormed(body); err != nil {
		return nil, err
	}
	return body, nullCharacters(body)
}

// invalidUTF8 returns where a text stops being UTF-8; -1 where it does not.
func invalidUTF8(text []byte) int {
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size <= 1 {
			return at
		}
		at += size
	}
	return -1
}

// wellFormed wants exactly one JSON value.
func wellFormed(body []byte) error {
	var value json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(body))
	err := decoder.Decode(&value)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		at := int(syntax.Offset) - 1
		return models.Errorf(models.CodeMalformed, "the body is not valid JSON at %s: %s", place(body, at), syntax.Error())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return models.Errorf(models.CodeMalformed, "the body is not valid JSON: it ends at %s before it is complete",
			place(body, len(body)))
	case err != nil:
		return models.Errorf(models.CodeMalformed, "the body is not valid JSON")
	}
	end := int(decoder.InputOffset())
	if rest := bytes.TrimLeft(body[end:], " \t\r\n"); len(rest) > 0 {
		return models.Errorf(models.CodeMalformed, "the body is not valid JSON: something follows its end at %s",
			place(body, len(body)-len(rest)))
	}
	return nil
}

// place says where in a text a byte is, as editors count.
func place(text []byte, at int) string {
	before := text[:max(0, min(at, len(text)))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("line %d, column %d", line, column)
}

// nullCharacters refuses texts and names with U+0000, which JSON can only write as an escape.
func nullCharacters(body []byte) error {
	if !bytes.Contains(body, []byte(`\u0000`)) {
		return nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return models.Errorf(models.CodeMalformed, "the body is not valid JSON") // was checked before
	}
	fields := findNull(value, "")
	if len(fields) == 0 {
		return nil // what looked like it was an escaped backslash
	}
	return &models.Error{
		Code: models.CodeMalformed, Detail: "the character U+0000 is not allowed", Fields: fields,
	}
}

func findNull(value any, pointer string) []models.FieldError {
	fields := []models.FieldError{}
	found := func(at, text string) {
		if strings.ContainsRune(text, 0) {
			fields = append(fields, models.FieldError{
				Pointer: at, Code: models.FieldControl, Detail: "the character U+0000 is not allowed",
			})
		}
	}
	switch value := value.(type) {
	case string:
		found(pointer, value)
	case []any:
		for i, each := range value {
			fields = append(fields, findNull(each, fmt.Sprintf("%s/%d", pointer, i))...)
		}
	case map[string]any:
		for name, each := range value {
			found(pointer, name)
			fields = append(fields, findNull(each, pointer+"/"+escapePointer(name))...)
		}
	}
	return fields
}

// escapePointer writes a name as a part of a JSON pointer (RFC 6901, section 3).
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
