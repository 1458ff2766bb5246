package intake

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"beckon/models"
)

// SuppressionFile is what a file of addresses holds that must not be contacted. Rows = those with an input + Skipped.
type SuppressionFile struct {
	Inputs  []models.SuppressionInput // in the order of the file; a row with an e-mail address and a number has two
	Rows    int                       // without the header and blank lines
	Skipped int
	Errors  []models.ImportError // why a row was skipped, and what of another was not understood; ImportID is not set
}

// ReadSuppressions reads a file of addresses that must not be contacted, in any encoding that Read takes. Its columns are known
// by their names: address (of either kind), email or phone, of which it needs one; channel, which is all of them where it says
// nothing that is known; and reason, which is "manual" where it says nothing that is known. National numbers are read in region.
//
// Errors: *models.Error, and an empty SuppressionFile, where the file is refused whole: CodeTooManyRows beyond
// models.MaxSuppressionRows; CodeInvalid with a FileCode where it is no such file.
func ReadSuppressions(r io.ReadSeeker, region string) (SuppressionFile, error) {
	table, err := openTable(r)
	if err != nil {
		return SuppressionFile{}, err
	}
	columns, err := suppressionColumnsOf(table.header)
	if err != nil {
		return SuppressionFile{}, err
	}
	file := SuppressionFile{Inputs: []models.SuppressionInput{}, Errors: []models.ImportError{}}
	for {
		row, err := table.record()
		if errors.Is(err, io.EOF) {
			return file, nil
		}
		if err != nil {
			return SuppressionFile{}, err
		}
		if file.Rows++; file.Rows > models.MaxSuppressionRows {
			return SuppressionFile{}, tooManyRows(models.MaxSuppressionRows)
		}
		file.add(columns, row, region)
	}
}

// suppressionColumns are the places of the columns; -1 where there is none.
type suppressionColumns struct {
	addresses       []int
	names           []string // of the addresses' columns
	channel, reason int
}

func suppressionColumnsOf(header []string) (suppressionColumns, error) {
	columns := suppressionColumns{channel: -1, reason: -1}
	for i, name := range header {
		switch letters(name) {
		case "address", "contact", "email", "emailaddress", "mail", "phone", "phonenumber", "number", "mobile", "mobilephone", "mobilenumber",
			"cell", "cellphone", "telephone", "tel":
			columns.addresses, columns.names = append(columns.addresses, i), append(columns.names, name)
		case "channel":
			columns.channel = i
		case "reason":
			columns.reason = i
		}
	}
	if len(columns.addresses) == 0 {
		return columns, refuseFile(FileNoHeader, "the file needs a column named address, email or phone")
	}
	return columns, nil
}

// add reads one row.
func (f *SuppressionFile) add(columns suppressionColumns, row record, region string) {
	fault := func(field, code, detail string) {
		f.Errors = append(f.Errors, models.ImportError{Line: row.line, Field: field, Code: code, Detail: detail})
	}
	cell := func(at int) string {
		if at < 0 || at >= len(row.cells) {
			return ""
		}
		return strings.TrimFunc(strings.TrimPrefix(strings.TrimFunc(row.cells[at], trimmed), "'"), trimmed)
	}
	channel, known := suppressionChannel(cell(columns.channel))
	if !known {
		fault("channel", models.FieldUnknown, "there is no such channel: the address is suppressed on all")
	}
	reason, known := suppressionReason(cell(columns.reason))
	if !known {
		fault("reason", models.FieldUnknown, "there is no such reason: it is taken for manual")
	}
	found, given := false, false
	for i, at := range columns.addresses {
		text := cell(at)
		if text == "" {
			continue
		}
		given = true
		address, err := suppressedAddress(text, region)
		if bad, is := errors.AsType[*ValueError](err); is {
			fault(columns.names[i], string(bad.Code), bad.Detail)
			continue
		}
		if !channel.Takes(address) {
			fault(columns.names[i], models.FieldUnknown, fmt.Sprintf("the channel %s cannot use such an address", channel))
			continue
		}
		found = true
		f.Inputs = append(f.Inputs, models.SuppressionInput{Line: row.line, Channel: channel, Address: address, Reason: reason})
	}
	if !given {
		fault(columns.names[0], string(ValueNoAddress), "the row has no address")
	}
	if !found {
		f.Skipped++
	}
}

// suppressedAddress normalises an address of either kind.
func suppressedAddress(text, region string) (string, error) {
	if strings.Contains(text, "@") {
		return Email(text)
	}
	return PhoneOfCall(text, region)
}

// suppressionChannel reads a channel; all of them, and false, for what is none.
func suppressionChannel(text string) (models.SuppressionChannel, bool) {
	switch letters(text) {
	case "", "all", "any":
		return models.SuppressAll, true
	case "email", "mail":
		return models.SuppressionChannel(models.ChannelEmail), true
	case "text", "sms", "mms":
		return models.SuppressionChannel(models.ChannelText), true
	case "phone", "call", "calls", "voice":
		return models.SuppressionChannel(models.ChannelPhone), true
	default:
		return models.SuppressAll, false
	}
}

// suppressionReason reads a reason; "manual", and false, for what is none.
func suppressionReason(text string) (models.SuppressionReason, bool) {
	reason := models.SuppressionReason(strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(text)))
	if text == "" {
		return models.SuppressedManual, true
	}
	if slices.Contains(models.SuppressionReasons(), reason) {
		return reason, true
	}
	return models.SuppressedManual, false
}
