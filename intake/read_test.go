package intake_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/intake"
	"beckon/models"
)

// simple maps the columns that most files of these tests have.
func simple() intake.Mapping {
	return intake.Mapping{FirstName: "First Name", Email: "Email", Phone: []string{"Phone"}}
}

// slow gives a file three bytes at a time.
type slow struct{ io.ReadSeeker }

func (s slow) Read(to []byte) (int, error) { return s.ReadSeeker.Read(to[:min(len(to), 3)]) }

// torn is a file that fails at its end.
type torn struct {
	io.ReadSeeker

	err error
}

func (f *torn) Read(to []byte) (int, error) {
	n, err := f.ReadSeeker.Read(to)
	if errors.Is(err, io.EOF) {
		err = f.err
	}
	return n, err
}

func us() intake.Options { return intake.Options{DefaultRegion: "US"} }

// faults lists the errors of a result as "line field code".
func faults(result intake.Result) []string {
	list := make([]string, len(result.Errors))
	for i, fault := range result.Errors {
		list[i] = strings.TrimSpace(fmt.Sprintf("%d %s %s", fault.Line, fault.Field, fault.Code))
	}
	return list
}

func TestRead(t *testing.T) {
	t.Parallel()
	const file = "\ufeffRecord ID;First Name;Last Name;Email;Mobile;Phone;Zone;Company;Note;Empty\r\n" +
		"7;Ava; Nguyen ;AVA@example.com;n/a;202-555-0101;America/New_York;\"Lotus; Inc.\";\"two\r\nlines\";\r\n" +
		"\r\n" +
		";;;;;;;;;\r\n" +
		"8;Liam;;bad address;;555;Nowhere;x;;\r\n" +
		"9;;;mia@example.com;;;;;;\r\n" +
		"10;Noah;;;+44 20 7946 0123;202-555-0102;;;;\r\n"
	mapping := intake.Mapping{
		FirstName: "First Name", LastName: "Last Name", Email: "Email", Phone: []string{"Mobile", "Phone"}, Timezone: "Zone",
		ExternalIDValue: "Record ID", Properties: map[string]string{"company": "Company"}, KeepUnmapped: true,
	}
	result, err := intake.Read(slow{strings.NewReader(file)}, mapping, us())
	require.NoError(t, err)
	require.Equal(t, 4, result.Rows)
	require.Equal(t, 2, result.Skipped)
	require.Equal(t, []models.ContactInput{
		{
			Line: 2, FirstName: new("Ava"), LastName: new("Nguyen"), Email: new("ava@example.com"), Phone: new("+12025550101"),
			Timezone: new("America/New_York"), ExternalIDKey: new("Record ID"), ExternalIDValue: new("7"),
			Properties: map[string]any{"company": "Lotus; Inc.", "Note": "two\nlines"},
		},
		{
			Line: 8, FirstName: new("Noah"), Phone: new("+442079460123"),
			ExternalIDKey: new("Record ID"), ExternalIDValue: new("10"),
		},
	}, result.Inputs)
	require.Equal(t, []string{
		"2 phone invalid_phone", "6 email invalid_email", "6 phone invalid_phone", "6  no_address", "7  no_name",
	}, faults(result))
	require.Contains(t, result.Errors[0].Detail, `column "Mobile"`)
}

func TestReadDelimiters(t *testing.T) {
	t.Parallel()
	for _, delimiter := range []string{",", ";", "\t", "|"} {
		for _, end := range []string{"\n", "\r\n", "\r"} {
			rows := []string{
				strings.Join([]string{"First Name", "Email", "Phone", "Company, with; all|of them"}, delimiter),
				strings.Join([]string{"", "x@example.com", "", ""}, delimiter),
				strings.Join([]string{"Ava", "ava@example.com", "", `"a, b; c | d"`}, delimiter),
			}
			if delimiter != "\t" {
				rows[0] = strings.Join([]string{"First Name", "Email", "Phone", "Company"}, delimiter)
			}
			file := strings.Join(rows, end)
			preview, err := intake.ReadPreview(strings.NewReader(file))
			require.NoError(t, err)
			require.Equal(t, delimiter, preview.Delimiter)
			require.Equal(t, 2, preview.Rows)
			result, err := intake.Read(strings.NewReader(file), simple(), us())
			require.NoError(t, err)
			require.Equal(t, []string{"2  no_name"}, faults(result))
			require.Len(t, result.Inputs, 1)
			require.Equal(t, 3, result.Inputs[0].Line)
			require.Equal(t, "ava@example.com", *result.Inputs[0].Email)
		}
	}
}

func TestReadRefusesFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file string
		code       intake.FileCode
	}{
		{"empty", "", intake.FileEmpty},
		{"only white space", " \r\n\n\t\n", intake.FileEmpty},
		{"only a byte order mark", "\xef\xbb\xbf\r\n", intake.FileEmpty},
		{"only delimiters", ",,,\n", intake.FileEmpty},
		{"a workbook", "PK\x03\x04\x14\x00", intake.FileNotText},
		{"an old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", intake.FileNotText},
		{"a PDF", "%PDF-1.7\n", intake.FileNotText},
		{"a web page", "\n<!DOCTYPE html>\n<table><tr><td>First Name</td></tr></table>", intake.FileNotCSV},
		{"a vCard", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ava\r\n", intake.FileNotCSV},
		{"JSON", "[{\"name\": \"Ava\"}]", intake.FileNotCSV},
		{"a picture", "\x89\x01\x02\x03\x04\x00\x00,\x05\x06", intake.FileNotText},
		{"UTF-8 with a stray byte", "First Name,Email,Phone\nZo\xeb,a@example.com,\nAmélie,b@example.com,\n", intake.FileNotUTF8},
		{"a mark, and a stray byte", "\xef\xbb\xbfFirst Name,Email,Phone\nZo\xeb,a@example.com,\n", intake.FileNotUTF8},
		{"unclosed quote", "First Name,Email,Phone\nAva,a@example.com,\n\"Liam,b@example.com,\nMia,c@example.com,\n", intake.FileUnclosedQuote},
		{"unclosed quote in the header", "First Name,\"Email,Phone\nAva,a@example.com,\n", intake.FileUnclosedQuote},
		{"unclosed quote at the end", "First Name,Email,Phone\nAva,a@example.com,\"", intake.FileUnclosedQuote},
		{"no header", "Ava,ava@example.com,202-555-0101\n", intake.FileNoHeader},
		{"no header, phones", "Ava,+1 202 555 0101\nLiam,+1 202 555 0102\n", intake.FileNoHeader},
		{"too wide", strings.Repeat("c,", intake.MaxColumns) + "c\n", intake.FileTooManyColumns},
	} {
		result, err := intake.Read(strings.NewReader(c.file), simple(), us())
		require.Zero(t, result, c.name)
		requireFields(t, err, models.CodeInvalid, "/file "+string(c.code))
		_, err = intake.ReadPreview(strings.NewReader(c.file))
		requireFields(t, err, models.CodeInvalid, "/file "+string(c.code))
	}
	_, err := intake.Read(strings.NewReader("\ufeffa,b\n1,2\n3,\xff\n"), intake.Mapping{Name: "a", Email: "b"}, us())
	require.ErrorContains(t, err, "line 3")
	_, err = intake.Read(strings.NewReader("First,Second\nAva,x\n"), simple(), us())
	requireFields(t, err, models.CodeInvalid,
		"/mapping/firstName unknown_column", "/mapping/phone/0 unknown_column", "/mapping/email unknown_column")
}

func TestReadKeepsErrorsOfItsReader(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost") //nolint:err113 // of this test alone
	for _, head := range []string{"", "First Name,Email,Phone\nAva,a@exa", strings.Repeat("First Name,Email,Phone\n", 5_000)} {
		result, err := intake.Read(&torn{strings.NewReader(head), broken}, simple(), us())
		require.ErrorIs(t, err, broken)
		require.Zero(t, result)
	}
}

func TestReadLimitsRows(t *testing.T) {
	t.Parallel()
	file := func(rows int) io.ReadSeeker {
		return strings.NewReader("First Name,Email,Phone\n" + strings.Repeat("Ava,ava@example.com,\n\n", rows))
	}
	result, err := intake.Read(file(models.MaxImportRows), simple(), us())
	require.NoError(t, err)
	require.Len(t, result.Inputs, 10_000)
	result, err = intake.Read(file(models.MaxImportRows+1), simple(), us())
	require.Zero(t, result)
	requireFields(t, err, models.CodeTooManyRows, "/file too_many_rows")
	_, err = intake.Read(file(4), simple(), intake.Options{MaxRows: 3})
	requireFields(t, err, models.CodeTooManyRows, "/file too_many_rows")
	preview, err := intake.ReadPreview(file(models.MaxImportRows + 1))
	require.NoError(t, err)
	require.Equal(t, 10_001, preview.Rows)
	require.Len(t, preview.Sample, 5)
}

func TestReadQuotes(t *testing.T) {
	t.Parallel()
	const file = "First Name,Email,Phone\n" +
		"Ava \"The Ace\" N,ava@example.com,\n" + // bare quotes are kept
		"Liam, \"liam@example.com\",\n" + // a space before quotes
		"\"Mia\" D,mia@example.com,\nNoah,\"noah@example.com\",\n" + // a stray quote swallows a row
		"Emma,emma@example.com,\n"
	result, err := intake.Read(strings.NewReader(file), simple(), us())
	require.NoError(t, err)
	require.Equal(t, []string{"4  broken_quotes"}, faults(result))
	require.Contains(t, result.Errors[0].Detail, "lines 4 to 5")
	require.Equal(t, []int{4, 1}, []int{result.Rows, result.Skipped})
	require.Equal(t, `Ava "The Ace" N`, *result.Inputs[0].FirstName)
	require.Equal(t, "liam@example.com", *result.Inputs[1].Email)
	require.Equal(t, 6, result.Inputs[2].Line)
}

func TestReadHeader(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 500)
	preview, err := intake.ReadPreview(strings.NewReader(
		"\n\nPhone, Phone ,,Phone (2),Zoe\u0308," + long + "," + long + "\n1,2,3\n4,5,6,7,8,9,10,11\n"))
	require.NoError(t, err)
	require.Equal(t, []string{"Phone", "Phone (2)", "Column 3", "Phone (2) (2)", "Zoë"}, preview.Header[:5])
	require.Equal(t, long[:180], preview.Header[5])
	require.Equal(t, long[:180]+" (2)", preview.Header[6])
	require.Equal(t, [][]string{{"1", "2", "3", "", "", "", ""}, {"4", "5", "6", "7", "8", "9", "10"}}, preview.Sample)
	mapping := intake.Mapping{Name: preview.Header[6], Phone: preview.Header[:4]}
	require.NoError(t, mapping.Validate(preview.Header))
}

func TestReadBoundsProperties(t *testing.T) {
	t.Parallel()
	var header, cells []string
	for i := range intake.MaxProperties + 5 {
		header, cells = append(header, fmt.Sprintf("c%d", i)), append(cells, "x")
	}
	text := "First Name,Email,Phone," + strings.Join(header, ",") + "\nAva,ava@example.com,," + strings.Join(cells, ",") + "\n"
	mapping := simple()
	mapping.KeepUnmapped = true
	result, err := intake.Read(strings.NewReader(text), mapping, us())
	require.NoError(t, err)
	require.Equal(t, []string{"2 properties too_many"}, faults(result))
	require.Len(t, result.Inputs[0].Properties, intake.MaxProperties)

	cell := strings.Repeat("y", intake.MaxPropertyRunes)
	text = "First Name,Email,Phone,p,q,r,s,t\nAva,ava@example.com,," + cell + "y," + strings.Repeat(cell+",", 5) + "\n"
	result, err = intake.Read(strings.NewReader(text), mapping, us())
	require.NoError(t, err)
	require.Equal(t, []string{"2  ragged_row", "2 properties.p too_long"}, faults(result))
	require.Len(t, result.Inputs[0].Properties, 4)
	mapping.Properties = map[string]string{"o": "q", "n": "q"}
	result, err = intake.Read(strings.NewReader(text), mapping, us())
	require.NoError(t, err)
	require.Equal(t, "2 properties.t too_long", faults(result)[2], "over all bytes")
}

// TestReadAccounts builds files of rows whose fate is known, and asks for exactly that.
func TestReadAccounts(t *testing.T) {
	t.Parallel()
	type person struct{ name, email, phone, note string }
	people := rapid.Custom(func(t *rapid.T) person {
		return person{
			rapid.SampledFrom([]string{"Ava", "Zoë \"Z\" M", "O'Brien", "", " \t"}).Draw(t, "name"),
			rapid.SampledFrom([]string{"ava@example.com", "\tAVA@EXAMPLE.ORG", "", "nobody", "a@b"}).Draw(t, "email"),
			rapid.SampledFrom([]string{"202-555-0101", "+442079460123", "", "n/a", "555-0118"}).Draw(t, "phone"),
			rapid.SampledFrom([]string{"", "a, b; c|d\te", "two\nlines", "\"quoted\"", "x"}).Draw(t, "note"),
		}
	})
	usable := map[string]bool{"ava@example.com": true, "\tAVA@EXAMPLE.ORG": true, "202-555-0101": true, "+442079460123": true}
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(people, 0, 30).Draw(t, "rows")
		var file bytes.Buffer
		out := csv.NewWriter(&file)
		out.Comma = rapid.SampledFrom([]rune{',', ';', '\t', '|'}).Draw(t, "delimiter")
		out.UseCRLF = rapid.Bool().Draw(t, "crlf")
		require.NoError(t, out.Write([]string{"First Name", "Email", "Phone", "Note"}))
		wantRows, wantInputs, line, lines := 0, 0, 2, []int{}
		for _, p := range rows {
			require.NoError(t, out.Write([]string{p.name, p.email, p.phone, p.note}))
			if strings.TrimSpace(p.name+p.email+p.phone+p.note) != "" {
				wantRows++
			}
			if strings.TrimSpace(p.name) != "" && (usable[p.email] || usable[p.phone]) {
				wantInputs++
				lines = append(lines, line)
			}
			line += 1 + strings.Count(p.note, "\n")
		}
		out.Flush()
		require.NoError(t, out.Error())
		text := file.String()
		if rapid.Bool().Draw(t, "mark") {
			text = "\ufeff" + text
		}
		mapping := simple()
		mapping.KeepUnmapped = true
		result, err := intake.Read(slow{strings.NewReader(text)}, mapping, us())
		require.NoError(t, err)
		require.Equal(t, wantRows, result.Rows)
		require.Equal(t, wantRows-wantInputs, result.Skipped)
		got := []int{}
		for _, input := range result.Inputs {
			got = append(got, input.Line)
		}
		require.Equal(t, lines, got)
	})
}

// checkRead holds for any file: it is refused whole, or every row is accounted for and every skipped one explained.
func checkRead(t require.TestingT, file []byte) {
	preview, previewErr := intake.ReadPreview(bytes.NewReader(file))
	mapping := intake.Mapping{Name: "Name", Email: "Email", KeepUnmapped: true}
	if previewErr == nil {
		mapping.Name, mapping.Email = preview.Header[0], preview.Header[len(preview.Header)-1]
		mapping.Phone = preview.Header[:min(len(preview.Header), intake.MaxPhoneColumns)]
	}
	result, err := intake.Read(bytes.NewReader(file), mapping, us())
	if err != nil {
		require.Zero(t, result)
		require.Contains(t, []models.Code{models.CodeInvalid, models.CodeTooManyRows}, models.ErrorCode(err), "%v", err)
		return
	}
	require.NoError(t, previewErr)
	require.Equal(t, preview.Rows, result.Rows)
	require.Equal(t, result.Rows, len(result.Inputs)+result.Skipped)
	whySkipped := []intake.ValueCode{intake.ValueNoName, intake.ValueNoAddress, intake.ValueBrokenQuotes}
	skips, line := 0, 1
	for _, fault := range result.Errors {
		require.NotEmpty(t, fault.Detail)
		require.GreaterOrEqual(t, fault.Line, line)
		line = fault.Line
		if slices.Contains(whySkipped, intake.ValueCode(fault.Code)) {
			skips++
		}
	}
	require.Equal(t, result.Skipped, skips)
	for _, input := range result.Inputs {
		require.True(t, input.FirstName != nil || input.LastName != nil)
		require.True(t, input.Email != nil || input.Phone != nil)
		require.LessOrEqual(t, len(input.Properties), intake.MaxProperties)
	}
}

func TestReadProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.SampledFrom([]string{
			"Name,Phone,Email\n", "Ava,202-555-0101,ava@example.com\n", ",", ";", "\n", "\r", "\r\n", "\"", "\"\"", " ", "Ava",
			"ava@example.com", "\"a\nb\"", "\t", "|", "\x00", "\xff", "\ufeff", "é",
		}), rapid.StringN(0, 10, 40))).Draw(t, "parts")
		checkRead(t, []byte(strings.Join(parts, "")))
	})
}

func FuzzRead(f *testing.F) {
	for _, text := range append(vendorSeeds(f, "csv", "*", "*.csv"), vendorSeeds(f, "csv", "*", "*.txt")...) {
		f.Add([]byte(text))
	}
	f.Add([]byte("Name,Phone,Email\nAva,202-555-0101,ava@example.com\n"))
	f.Fuzz(func(t *testing.T, file []byte) { checkRead(t, file) })
}

func BenchmarkRead(b *testing.B) {
	var file bytes.Buffer
	require.NoError(b, intake.WriteSample(&file, models.MaxImportRows, 1))
	preview, err := intake.ReadPreview(bytes.NewReader(file.Bytes()))
	require.NoError(b, err)
	preview.SuggestedMapping.KeepUnmapped = true
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		result, err := intake.Read(bytes.NewReader(file.Bytes()), preview.SuggestedMapping, us())
		require.NoError(b, err)
		require.Len(b, result.Inputs, models.MaxImportRows)
	}
}
