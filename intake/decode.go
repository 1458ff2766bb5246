package intake

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// newTextReader gives the text of a file whose byte order mark was read already: with "\n" as the only line end (a lone CR,
// as Excel for Mac writes it, ends a line too), and certainly valid UTF-8 without NUL bytes, which Postgres refuses and some
// old databases leave in their exports. Its errors are those of r, or a *models.Error that names the line.
func newTextReader(r io.Reader, encoding Encoding) io.Reader {
	if decoder := encoding.decoder(); decoder != nil {
		r = transform.NewReader(r, decoder)
	}
	return transform.NewReader(r, &lineNormaliser{})
}

// decodeSample is what newTextReader gives for the beginning of a file. What the end of the sample cuts is left out.
func decodeSample(sample []byte, encoding Encoding) string {
	var text bytes.Buffer
	_, _ = io.Copy(&text, newTextReader(bytes.NewReader(sample), encoding)) // a fault is found again when the file is read
	return text.String()
}

// lineNormaliser makes "\n" of every line end, leaves NUL out and checks each character.
type lineNormaliser struct{ lines int }

// Reset begins a new text.
func (n *lineNormaliser) Reset() { n.lines = 0 }

// Transform implements transform.Transformer. Output is never longer than input.
func (n *lineNormaliser) Transform(dst, src []byte, atEOF bool) (int, int, error) {
	nDst, nSrc := 0, 0
	for nSrc < len(src) {
		char, size, err := n.next(src[nSrc:], atEOF)
		if err != nil {
			return nDst, nSrc, err
		}
		if nDst+len(char) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], char)
		nSrc += size
		if len(char) > 0 && char[0] == '\n' {
			n.lines++
		}
	}
	return nDst, nSrc, nil
}

// next returns the next character as it is to be written, and how many bytes it took.
func (n *lineNormaliser) next(src []byte, atEOF bool) ([]byte, int, error) {
	switch c := src[0]; {
	case c == 0:
		return nil, 1, nil
	case c == '\r':
		return carriageReturn(src, atEOF)
	case c < utf8.RuneSelf:
		return src[:1], 1, nil
	}
	r, size := utf8.DecodeRune(src)
	if r == utf8.RuneError && size == 1 {
		if !atEOF && !utf8.FullRune(src) {
			return nil, 0, transform.ErrShortSrc
		}
		return nil, 0, refuseFile(FileNotUTF8, fmt.Sprintf(
			"line %d is not written in UTF-8: save the file as CSV (UTF-8) and try again", n.lines+1))
	}
	return src[:size], size, nil
}

func carriageReturn(src []byte, atEOF bool) ([]byte, int, error) {
	const pair = 2
	switch {
	case len(src) == 1 && !atEOF:
		return nil, 0, transform.ErrShortSrc
	case len(src) > 1 && src[1] == '\n':
		return src[1:pair], pair, nil
	default:
		return []byte{'\n'}, 1, nil
	}
}
