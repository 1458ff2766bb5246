package intake

import "errors"

// ValueCode names why one value cannot be used. It is what an import's list of errors shows as `code`.
type ValueCode string

// Codes of values that cannot be used.
const (
	ValueEmpty            ValueCode = "empty"             // nothing but white space
	ValueTooLong          ValueCode = "too_long"          // over the limit of its field
	ValueNotUTF8          ValueCode = "not_utf8"          // bytes that are no UTF-8 text
	ValueControl          ValueCode = "control_character" // a line break, or another control character, inside an address
	ValueInvalidEmail     ValueCode = "invalid_email"
	ValueDisplayName      ValueCode = "display_name"      // "Name <address>": more than the address
	ValueSeveralAddresses ValueCode = "several_addresses" // more than one address in one field
	ValueInvalidPhone     ValueCode = "invalid_phone"
	ValueScientific       ValueCode = "scientific_notation" // a spreadsheet has rounded the phone number
	ValueInvalidTimezone  ValueCode = "invalid_timezone"
	ValueInvalidStatus    ValueCode = "invalid_status"
	ValueInvalidOptOut    ValueCode = "invalid_opt_out" // neither yes, no nor a date: taken for an opt-out
	ValueTooMany          ValueCode = "too_many"        // more members than a contact may have
	ValueTooDeep          ValueCode = "too_deep"        // nested deeper than a contact's properties may be
	ValueInvalidType      ValueCode = "invalid_type"    // a Go value that JSON has no form for
	ValueInvalidName      ValueCode = "invalid_name"    // a property without a name, or named twice
	ValueNoName           ValueCode = "no_name"         // a row without a name, which is skipped
	ValueNoAddress        ValueCode = "no_address"      // a contact without any usable address, which is not taken
	ValueRaggedRow        ValueCode = "ragged_row"      // a row with another number of columns than the header
	ValueBrokenQuotes     ValueCode = "broken_quotes"   // a row that a stray quotation mark has joined with others
)

// ValueError says why one value cannot be used. It never holds the value.
type ValueError struct {
	Code   ValueCode
	Detail string // for the person who brought the value, in words
}

// Error renders code and detail.
func (e *ValueError) Error() string { return string(e.Code) + ": " + e.Detail }

// asValueError returns the ValueError in err. Whatever else err may be is shown by its kind alone, since its text could
// quote the value.
func asValueError(err error) *ValueError {
	if value, ok := errors.AsType[*ValueError](err); ok {
		return value
	}
	return &ValueError{Code: ValueInvalidType, Detail: "the value cannot be read"}
}
