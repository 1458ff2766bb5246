package intake

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// newTextReader gives the text of a file with the format found by detect: without a byte order mark, with "\n" as the
// only line end (a lone CR, as Excel for Mac writes it, ends a line too), and certainly valid UTF-8 without NUL bytes,
// which Postgres refuses. Its errors are those of r, or a *models.Error that names the line.
func newTextReader(r *bufio.Reader) (io.Reader, error) {
	mark, err := r.Peek(len(byteOrderMark))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	if string(mark) == byteOrderMark {
		if _, err := r.Discard(len(byteOrderMark)); err != nil {
			return nil, fmt.Errorf("read the file: %w", err)
		}
	}
	return transform.NewReader(r, &lineNormaliser{}), nil
}

// lineNormaliser makes "\n" of every line end and checks each character.
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
		if char[0] == '\n' {
			n.lines++
		}
	}
	return nDst, nSrc, nil
}

// next returns the next character as it is to be written, and how many bytes it took.
func (n *lineNormaliser) next(src []byte, atEOF bool) ([]byte, int, error) {
	switch c := src[0]; {
	case c == 0:
		return nil, 0, refuseFile(FileNotText, fmt.Sprintf("line %d has a NUL byte, which no text has", n.lines+1))
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
