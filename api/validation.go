package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"beckon/models"
)

// Codes of members that do not match the specification.
const (
	fieldWrongType = "wrong_type"
	fieldUnknown   = "unknown_field"
	fieldInvalid   = "invalid"
)

// validate holds a request against the specification, and refuses everything that does not match it at once. It comes
// after authenticate and limitBody.
func (s *server) validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		route := s.routeOf(c)
		if route == nil || route.raw {
			return next(c)
		}
		if err := knownIDs(c); err != nil {
			return err
		}
		if err := route.readBody(c); err != nil {
			return err
		}
		if err := route.check(c); err != nil {
			return err
		}
		return next(c)
	}
}

// knownIDs answers ids that cannot be anybody's as unknown, without asking the database.
func knownIDs(c echo.Context) error {
	for _, value := range c.ParamValues() {
		if !isID(value) {
			return models.Errorf(models.CodeNotFound, "there is nothing with this id")
		}
	}
	return nil
}

// isID says whether a text is an id as Beckon writes them.
func isID(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && id.String() == text
}

// readBody checks the body's type and, but for a form, reads it.
func (r *route) readBody(c echo.Context) error {
	request := c.Request()
	accepted := r.accepts()
	if accepted == nil {
		return nil
	}
	if r.form {
		return checkMediaType(request.Header, accepted)
	}
	if request.ContentLength != 0 && request.Header.Get(echo.HeaderContentType) != "" {
		if err := checkMediaType(request.Header, accepted); err != nil {
			return err
		}
	}
	body, err := readJSON(request)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		return nil
	}
	return checkMediaType(request.Header, accepted)
}

// check holds parameters and body against the specification.
func (r *route) check(c echo.Context) error {
	fields, err := r.parameters(c.Request().URL)
	if err != nil {
		return err
	}
	fields = append(fields, r.headers(c.Request().Header)...)
	input := &openapi3filter.RequestValidationInput{
		Request: c.Request(), PathParams: pathParameters(c), Route: r.spec,
		Options: &openapi3filter.Options{
			MultiError: true, ExcludeRequestBody: r.form, KeepValidatedValue: true,
		},
	}
	err = openapi3filter.ValidateRequest(c.Request().Context(), input)
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("validate request: %w", err)
	}
	fields = append(fields, fieldErrors(err)...)
	if err == nil && len(fields) == 0 {
		return nil
	}
	return &models.Error{
		Code: models.CodeMalformed, Detail: "the request does not match the API's description", Fields: distinct(fields),
	}
}

// parameters names query parameters that the operation does not have, since a filter that is misspelt must not be passed
// over, and those with characters that the database cannot look for.
func (r *route) parameters(target *url.URL) ([]models.FieldError, error) {
	// Not echo's reading of them: it is kept, and the validator has yet to add the defaults.
	given, err := url.ParseQuery(target.RawQuery)
	if err != nil {
		return nil, models.Errorf(models.CodeMalformed, "the query of the URL cannot be read")
	}
	fields := []models.FieldError{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		pointer := "/query/" + escapePointer(name)
		if r.spec.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			fields = append(fields, models.FieldError{
				Pointer: pointer, Code: fieldUnknown, Detail: "there is no such parameter",
			})
			continue
		}
		if slices.ContainsFunc(given[name], func(text string) bool {
			return !utf8.ValidString(text) || strings.ContainsRune(text, 0)
		}) {
			fields = append(fields, models.FieldError{
				Pointer: pointer, Code: models.FieldControl, Detail: "only text in UTF-8 without U+0000 is allowed",
			})
		}
	}
	return fields, nil
}

func pathParameters(c echo.Context) map[string]string {
	values := map[string]string{}
	for i, name := range c.ParamNames() {
		values[name] = c.ParamValues()[i]
	}
	return values
}

// fieldErrors names each fault that the validator has found, with its place and without its value.
func fieldErrors(err error) []models.FieldError {
	if several, ok := err.(openapi3.MultiError); ok { //nolint:errorlint // it is the tree's own node
		fields := []models.FieldError{}
		for _, each := range several {
			fields = append(fields, fieldErrors(each)...)
		}
		return fields
	}
	var request *openapi3filter.RequestError
	if !errors.As(err, &request) {
		return nil
	}
	if request.Parameter != nil {
		return inside("/"+request.Parameter.In+"/"+escapePointer(request.Parameter.Name), request.Err)
	}
	return inside("", request.Err)
}

// inside names the faults of one value, which has the pointer.
func inside(pointer string, err error) []models.FieldError {
	switch err := err.(type) { //nolint:errorlint // they are the tree's own nodes
	case openapi3.MultiError:
		fields := []models.FieldError{}
		for _, each := range err {
			fields = append(fields, inside(pointer, each)...)
		}
		return fields
	case *openapi3.SchemaError:
		return schemaFaults(pointer, err)
	default:
		if errors.Is(err, openapi3filter.ErrInvalidRequired) {
			return []models.FieldError{{Pointer: pointer, Code: models.FieldRequired, Detail: "it is missing"}}
		}
		return []models.FieldError{{Pointer: pointer, Code: fieldWrongType, Detail: "the value is of another type"}}
	}
}

// schemaFaults words one fault. The validator's reasons hold no values.
func schemaFaults(pointer string, fault *openapi3.SchemaError) []models.FieldError {
	for _, name := range fault.JSONPointer() {
		pointer += "/" + escapePointer(name)
	}
	one := func(code, detail string) []models.FieldError {
		return []models.FieldError{{Pointer: pointer, Code: code, Detail: detail}}
	}
	switch fault.SchemaField {
	case "type":
		return one(fieldWrongType, fault.Reason)
	case "nullable":
		return one(fieldWrongType, "the value must not be null")
	case "required":
		return one(models.FieldRequired, "it is missing")
	case "enum":
		return one(models.FieldUnknown, fault.Reason)
	case "properties":
		return unknownMembers(pointer, fault)
	case "minimum", "maximum":
		return one(models.FieldOutOfRange, fault.Reason)
	case "maxLength":
		return one(models.FieldTooLong, fault.Reason)
	case "format", "pattern":
		return one(models.FieldFormat, "the value is not a valid "+strings.TrimSpace(fault.Schema.Format+" "))
	default:
		return one(fieldInvalid, fault.Reason)
	}
}

// unknownMembers names those members of an object that its schema does not have.
func unknownMembers(pointer string, fault *openapi3.SchemaError) []models.FieldError {
	object, _ := fault.Value.(map[string]any)
	fields := []models.FieldError{}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if fault.Schema.Properties[name] == nil {
			fields = append(fields, models.FieldError{
				Pointer: pointer + "/" + escapePointer(name), Code: fieldUnknown, Detail: "there is no such member",
			})
		}
	}
	return fields
}

// distinct leaves out what is named before: the validator reports an object's unknown members one by one, and each report
// names them all.
func distinct(fields []models.FieldError) []models.FieldError {
	seen := map[[2]string]bool{}
	return slices.DeleteFunc(fields, func(field models.FieldError) bool {
		key := [2]string{field.Pointer, field.Code}
		defer func() { seen[key] = true }()
		return seen[key]
	})
}
