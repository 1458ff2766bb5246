package models

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// MaxTextSegments is how many segments a text may have, with what Beckon adds to it. A segment is what carriers count and
// bill; 6 are 918 characters of GSM-7, or 402 others. The limit is Beckon's: Twilio takes MaxTextLength characters, and
// advises to stay far below.
const MaxTextSegments = 6

// Sizes of a text's segments: 140 octets, of which a text of several segments gives 6 to the header that joins them (3GPP TS
// 23.040, sections 9.2.3.16 and 9.2.3.24.1). In septets of GSM-7, and in 16-bit units of UCS-2.
const (
	gsmSingle, gsmJoined   = 160, 153
	ucs2Single, ucs2Joined = 70, 67
)

// The characters of GSM-7's default alphabet, and those of its extension table, which take two septets each (3GPP TS 23.038,
// sections 6.2.1 and 6.2.1.1).
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtension = "\f^{}\\[~]|€"
)

// Segments is in how many segments a text travels: as GSM-7 if all its characters are in there, else as UCS-2. A character
// that takes two septets, or two 16-bit units, is never divided between two segments. What Twilio's Smart Encoding may
// replace is counted as it is written. An empty text has none.
func Segments(text string) int {
	if text == "" {
		return 0
	}
	if units, gsm := gsmUnits(text); gsm {
		return pack(units, gsmSingle, gsmJoined)
	}
	units := make([]int, 0, len(text))
	for _, r := range text {
		units = append(units, utf16.RuneLen(max(r, 0)))
	}
	return pack(units, ucs2Single, ucs2Joined)
}

// gsmUnits are the septets of each character; false where one is not in GSM-7.
func gsmUnits(text string) ([]int, bool) {
	const escaped = 2
	units := make([]int, 0, len(text))
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			units = append(units, 1)
		case strings.ContainsRune(gsmExtension, r):
			units = append(units, escaped)
		default:
			return nil, false
		}
	}
	return units, true
}

// pack says how many segments hold characters of these sizes.
func pack(units []int, single, joined int) int {
	total := 0
	for _, size := range units {
		total += size
	}
	if total <= single {
		return 1
	}
	segments, used := 1, 0
	for _, size := range units {
		if used+size > joined {
			segments, used = segments+1, 0
		}
		used += size
	}
	return segments
}

// CheckSegments says what is wrong with the length of a text, given whole as it would be sent. Error: CodeInvalid, which
// names the segments.
func CheckSegments(whole string) error {
	if segments := Segments(whole); segments > MaxTextSegments {
		return &Error{Code: CodeInvalid, Detail: fmt.Sprintf(
			"the text has %d segments, with the sender and the word on opting out that a first text carries; at most %d are allowed",
			segments, MaxTextSegments)}
	}
	return nil
}
