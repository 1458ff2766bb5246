package sandbox

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxTwiMLBytes is Twilio's limit for a document: 64 kB.
const maxTwiMLBytes = 64 << 10

// verb is one instruction of a TwiML document.
type verb struct {
	name  string
	attrs map[string]string
	// text is all the text inside, words apart by one space.
	text string
	// verbs are the instructions inside a <Gather>.
	verbs []verb
}

// attr is an attribute's value, or fallback where there is none.
func (v verb) attr(name, fallback string) string {
	if value, ok := v.attrs[name]; ok {
		return value
	}

	return fallback
}

// number is an attribute that counts something.
func (v verb) number(name string, fallback int) int {
	number, err := strconv.Atoi(v.attr(name, ""))
	if err != nil || number < 0 {
		return fallback
	}

	return number
}

// errNotTwiML says that a document has no <Response> at its root.
var errNotTwiML = errors.New("the document is not a TwiML response")

// parseTwiML reads a document.
func parseTwiML(document []byte) ([]verb, error) {
	decoder := xml.NewDecoder(bytes.NewReader(document))
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errNotTwiML, err)
		}
		start, isStart := token.(xml.StartElement)
		if !isStart {
			continue
		}
		if start.Name.Local != "Response" {
			return nil, errNotTwiML
		}
		root, err := parseVerb(decoder, start)
		if err != nil {
			return nil, err
		}
		if err := parseEnd(decoder); err != nil {
			return nil, err
		}

		return root.verbs, nil
	}
}

// parseVerb reads an element up to its end. What lies inside counts as instructions and as text alike: a <Gather> has the
// ones, a <Say> the other, with marks for the voice that are no instructions.
func parseVerb(decoder *xml.Decoder, start xml.StartElement) (verb, error) {
	made := verb{name: start.Name.Local, attrs: map[string]string{}}
	for _, attr := range start.Attr {
		made.attrs[attr.Name.Local] = attr.Value
	}
	var words []string
	for {
		token, err := decoder.Token()
		if err != nil {
			return verb{}, fmt.Errorf("%w: %w", errNotTwiML, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inner, err := parseVerb(decoder, token)
			if err != nil {
				return verb{}, err
			}
			made.verbs = append(made.verbs, inner)
			words = append(words, inner.text)
		case xml.CharData:
			words = append(words, string(token))
		case xml.EndElement:
			made.text = strings.Join(strings.Fields(strings.Join(words, " ")), " ")

			return made, nil
		}
	}
}

// parseEnd makes sure that nothing but space and comments follows.
func parseEnd(decoder *xml.Decoder) error {
	for {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", errNotTwiML, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			return errNotTwiML
		case xml.CharData:
			if strings.TrimSpace(string(token)) != "" {
				return errNotTwiML
			}
		}
	}
}

// speakingTime is how long a voice takes for a text: 150 words a minute.
func speakingTime(text string) time.Duration {
	const perWord = time.Minute / 150

	return time.Duration(len(strings.Fields(text))) * perWord
}
