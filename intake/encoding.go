package intake

import (
	"bytes"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	utf "golang.org/x/text/encoding/unicode"
)

// Encoding names how the text of a file is written, by its IANA name.
type Encoding string

// Encodings that are read.
const (
	EncodingUTF8        Encoding = "utf-8" // with or without a byte order mark; ASCII is UTF-8 too
	EncodingUTF16LE     Encoding = "utf-16le"
	EncodingUTF16BE     Encoding = "utf-16be"
	EncodingWindows1252 Encoding = "windows-1252" // Excel and Outlook in western Europe and America
	EncodingMacintosh   Encoding = "macintosh"    // MacRoman: Excel for Mac, "CSV (Macintosh)"
)

// Byte order marks.
const (
	markUTF8    = "\xef\xbb\xbf"
	markUTF16LE = "\xff\xfe"
	markUTF16BE = "\xfe\xff"
)

// decoder makes UTF-8 of the encoding; nil where the text is UTF-8 already.
func (e Encoding) decoder() *encoding.Decoder {
	switch e {
	case EncodingUTF16LE:
		return utf.UTF16(utf.LittleEndian, utf.IgnoreBOM).NewDecoder()
	case EncodingUTF16BE:
		return utf.UTF16(utf.BigEndian, utf.IgnoreBOM).NewDecoder()
	case EncodingWindows1252:
		return charmap.Windows1252.NewDecoder()
	case EncodingMacintosh:
		return charmap.Macintosh.NewDecoder()
	case EncodingUTF8:
	}
	return nil
}

// detectEncoding says how the file is written, and how long its byte order mark is. The same bytes give the same answer. It
// looks at the whole file, since the first letter beyond ASCII may stand anywhere in it.
//
// Errors: *models.Error with FileNotUTF8 for a file that is UTF-8 in one place and not in another; those of file.
func detectEncoding(file io.ReadSeeker, sample []byte) (Encoding, int, error) {
	switch {
	case bytes.HasPrefix(sample, []byte(markUTF16LE)):
		return EncodingUTF16LE, len(markUTF16LE), nil
	case bytes.HasPrefix(sample, []byte(markUTF16BE)):
		return EncodingUTF16BE, len(markUTF16BE), nil
	}
	mark := 0
	if bytes.HasPrefix(sample, []byte(markUTF8)) {
		mark = len(markUTF8)
	} else if utf16 := utf16WithoutMark(sample); utf16 != "" {
		return utf16, 0, nil
	}
	count := censusOf(file)
	switch {
	case count.err != nil:
		return "", 0, fmt.Errorf("read the file: %w", count.err)
	case count.invalid == 0:
		return EncodingUTF8, mark, nil
	case mark > 0 || count.multibyte >= count.invalid:
		return "", 0, refuseFile(FileNotUTF8, fmt.Sprintf(
			"the file is UTF-8, but line %d has a byte that is not: save the file as CSV (UTF-8) and try again", count.line))
	default:
		return count.singleByte(), 0, nil
	}
}

// utf16WithoutMark recognises UTF-16 by text in which every other byte is zero; "" where it is not that.
func utf16WithoutMark(sample []byte) Encoding {
	const some = 4 // one in so many bytes
	var zeros [2]int
	for i, c := range sample {
		if c == 0 {
			zeros[i%2]++
		}
	}
	even, odd := zeros[0] > len(sample)/some, zeros[1] > len(sample)/some
	switch {
	case odd && !even:
		return EncodingUTF16LE
	case even && !odd:
		return EncodingUTF16BE
	default:
		return ""
	}
}

// census is what the bytes of a file say about its encoding.
type census struct {
	multibyte int // characters of several bytes that are UTF-8
	invalid   int // bytes that are not
	line      int // of the first of those
	onlyCR    bool
	windows   int // how well the text reads as Windows-1252
	macintosh int // how well it reads as MacRoman
	err       error

	beforeLast, last byte
}

// censusOf reads the whole file.
func censusOf(file io.ReadSeeker) census {
	c := census{}
	if _, c.err = file.Seek(0, io.SeekStart); c.err != nil {
		return c
	}
	const block = 64 << 10
	lines, feeds := 0, 0
	rest, buffer := 0, make([]byte, block)
	for {
		n, err := file.Read(buffer[rest:])
		text, ended := buffer[:rest+n], err != nil
		if ended && err != io.EOF { //nolint:errorlint // io.Reader returns it bare
			c.err = err
			return c
		}
		used := 0
		for used < len(text) && (ended || utf8.FullRune(text[used:])) {
			r, size := utf8.DecodeRune(text[used:])
			switch {
			case r == utf8.RuneError && size == 1:
				if c.invalid++; c.invalid == 1 {
					c.line = max(lines, feeds) + 1
				}
			case size > 1:
				c.multibyte++
			case r == '\r':
				lines++
			case r == '\n':
				feeds++
			}
			used += size
		}
		for _, b := range text[:used] {
			c.score(b)
		}
		rest = copy(buffer, text[used:])
		if ended {
			c.score(' ')
			c.onlyCR = lines > 0 && feeds == 0
			return c
		}
	}
}

// singleByte tells MacRoman from Windows-1252. Only programs of classic Mac OS, and Excel in their format, end lines with CR
// alone. Else the one counts whose letters stand where letters do; where both do, Windows-1252, which is commoner by far.
func (c *census) singleByte() Encoding {
	if c.onlyCR || c.macintosh > c.windows {
		return EncodingMacintosh
	}
	return EncodingWindows1252
}

// score looks at the byte before this one with its neighbours, in both encodings.
func (c *census) score(next byte) {
	if c.last >= utf8.RuneSelf {
		c.windows += plausible(charmap.Windows1252, c.beforeLast, c.last, next)
		c.macintosh += plausible(charmap.Macintosh, c.beforeLast, c.last, next)
	}
	c.beforeLast, c.last = c.last, next
}

// plausible says how well a byte stands between its neighbours.
func plausible(table *charmap.Charmap, before, b, after byte) int {
	const never, odd, good = -10, -2, 2
	prev, r, next := table.DecodeByte(before), table.DecodeByte(b), table.DecodeByte(after)
	inWord := unicode.IsLetter(prev) || unicode.IsLetter(next)
	switch {
	case unicode.IsControl(r) || r == utf8.RuneError:
		return never // Windows-1252 has no character there
	case unicode.IsUpper(r) && unicode.IsLower(prev), unicode.IsLower(r) && unicode.IsUpper(next):
		return odd // "zOe"
	case unicode.IsLetter(r) && inWord:
		return good
	case r == '’' && unicode.IsLetter(prev) && unicode.IsLetter(next):
		return good // L’Atelier
	case inWord && (unicode.IsSymbol(r) || unicode.IsPunct(r)):
		return odd
	default:
		return 0
	}
}
