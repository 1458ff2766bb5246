package intake

import (
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// maxPhoneBytes is more than any written number has, extension and remark included.
const maxPhoneBytes = 100

// Phone normalises a phone number to E.164. A number with a plus is international; any other is read as it would be
// dialled in defaultRegion (ISO 3166-1 alpha-2), its international prefix included. An extension is dropped, since E.164
// has none. What spreadsheets put around a number to keep it a text (="…", a leading apostrophe) is taken off. Only
// numbers that the numbering plan of their country allows are valid, by the metadata of libphonenumber.
//
// This is how files are read. For the contacts endpoint see PhoneOfCall.
//
// Errors: *ValueError with ValueEmpty, ValueNotUTF8, ValueTooLong, ValueControl, ValueScientific or ValueInvalidPhone.
func Phone(raw, defaultRegion string) (string, error) {
	number, err := barePhone(raw)
	if err != nil {
		return "", err
	}
	if e164, ok := parsePhone(number, defaultRegion); ok {
		return e164, nil
	}
	return "", invalidPhone(defaultRegion)
}

// PhoneOfCall normalises a phone number that other software posts. It is read as Phone reads it and, where that fails and it
// begins with a digit, as E.164 whose plus was left out. The region comes first: about a tenth of the ten-digit numbers of
// the US would be valid numbers of other countries too.
//
// Errors: those of Phone.
func PhoneOfCall(raw, defaultRegion string) (string, error) {
	number, err := barePhone(raw)
	if err != nil {
		return "", err
	}
	if e164, ok := parsePhone(number, defaultRegion); ok {
		return e164, nil
	}
	if isDigit(number[0]) {
		if e164, ok := parsePhone("+"+number, ""); ok {
			return e164, nil
		}
	}
	return "", invalidPhone(defaultRegion)
}

// barePhone takes off what people and spreadsheets leave around a number. What it returns is not empty.
func barePhone(raw string) (string, error) {
	if !utf8.ValidString(raw) {
		return "", &ValueError{Code: ValueNotUTF8, Detail: "the number is not valid UTF-8"}
	}
	number := strings.TrimFunc(unguard(strings.TrimFunc(raw, trimmed)), trimmed)
	number = strings.TrimFunc(strings.TrimPrefix(number, "'"), trimmed)
	switch {
	case number == "":
		return "", &ValueError{Code: ValueEmpty, Detail: "there is no number"}
	case len(number) > maxPhoneBytes:
		return "", &ValueError{Code: ValueTooLong, Detail: "this is longer than a phone number"}
	case controlInside(number):
		return "", &ValueError{Code: ValueControl, Detail: "a phone number has no line breaks or control characters"}
	case isScientific(number):
		return "", &ValueError{
			Code: ValueScientific,
			Detail: "a spreadsheet has rounded the number (scientific notation): " +
				"format the column as text and export it again",
		}
	}
	return number, nil
}

func parsePhone(number, region string) (string, bool) {
	parsed, err := phonenumbers.Parse(number, region)
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return "", false
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), true
}

// isScientific recognises what Excel makes of a long number, such as 2.02556E+09, with a comma in some countries.
func isScientific(number string) bool {
	mantissa, exponent, found := strings.Cut(strings.ToUpper(number), "E")
	if !found || mantissa == "" || len(exponent) > len("+308") {
		return false
	}
	exponent = strings.TrimPrefix(exponent, "+")
	return isDigit(mantissa[0]) && exponent != "" && strings.Trim(mantissa, "0123456789.,") == "" &&
		strings.Trim(exponent, "0123456789") == ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// unguard takes off the formula ="…" with which a spreadsheet is made to keep a number as a text.
func unguard(cell string) string {
	if inner, ok := strings.CutPrefix(cell, `="`); ok {
		if inner, ok = strings.CutSuffix(inner, `"`); ok {
			return inner
		}
	}
	return cell
}

func invalidPhone(region string) *ValueError {
	detail := "this is not a valid phone number: give it with a plus and the country code"
	if phonenumbers.GetCountryCodeForRegion(region) != 0 {
		detail = "this is not a valid phone number in region " + region + ", nor one with a plus and a country code"
	}
	return &ValueError{Code: ValueInvalidPhone, Detail: detail}
}
