package models

import (
	"regexp"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// phoneSet is a set of numbers (E.164), and the region in which national ones are read.
type phoneSet struct {
	region string
	e164   []string
}

func (s *phoneSet) add(number string) { s.e164 = append(s.e164, number) }

func (s *phoneSet) has(number string) bool { return slices.Contains(s.e164, number) }

// phoneNumber is a number as it stands in a text, and in E.164.
type phoneNumber struct{ text, e164 string }

// What may be a phone number: digits behind a plus, or grouped as people group them.
var (
	plusForm     = regexp.MustCompile(`\+\(?\d[\d \t().\-/\x{00A0}]{5,22}\d`)
	nationalForm = regexp.MustCompile(`\(?\d{2,5}\)?(?:[ \t().\-/\x{00A0}]{1,2}\d{2,5}){1,4}`)
)

// phoneNumbers finds the phone numbers of a text: valid ones with a plus, or, of at least nine digits, in the region's
// national form. Digits in one run are left alone: they are more often the number of an order.
func phoneNumbers(text, region string) []phoneNumber {
	const shortest = 9
	var numbers []phoneNumber
	for _, form := range []*regexp.Regexp{plusForm, nationalForm} {
		text = form.ReplaceAllStringFunc(linkable(text), func(found string) string {
			digits := len(strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r
				}
				return -1
			}, found))
			number, err := phonenumbers.Parse(found, region)
			if err != nil || !phonenumbers.IsValidNumber(number) || (form == nationalForm && digits < shortest) {
				return found
			}
			numbers = append(numbers, phoneNumber{found, phonenumbers.Format(number, phonenumbers.E164)})
			return " "
		})
	}
	return numbers
}
