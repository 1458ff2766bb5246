package intake

import (
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"beckon/models"
)

// sampleHeader names the columns of a sample file as SuggestMapping knows them.
func sampleHeader() []string {
	return []string{
		"First Name", "Last Name", "Email", "Phone", "Time Zone", "Company", "Job Title", "City", "Plan", "Last Purchase",
	}
}

// WriteSample writes a contact file with a header and so many rows of invented people, for trying Beckon out. The same
// rows and seed give the same file.
//
// Nobody is behind its addresses: e-mail addresses are under the domains and top level domains that RFC 2606 reserves, and
// numbers are those that are kept for fiction and that libphonenumber takes as valid: 555-0100 to 555-0199 in American
// area codes, and +44 20 7946 0000 to 0999 (Ofcom). All are valid and international, so that the campaign's region does
// not matter. No address is one of the sandbox's magic ones.
//
// No e-mail address comes twice, and no number: once all are used, after SamplePhones rows, further rows have none.
// Errors: *models.Error with CodeInvalid for a negative number of rows; those of w.
func WriteSample(w io.Writer, rows int, seed int64) error {
	if rows < 0 {
		return models.Errorf(models.CodeInvalid, "the number of rows is negative")
	}
	out := csv.NewWriter(w)
	if err := out.Write(sampleHeader()); err != nil {
		return fmt.Errorf("write the sample's header: %w", err)
	}
	sampler := newSampler(seed)
	for i := range rows {
		if err := out.Write(sampler.row(i)); err != nil {
			return fmt.Errorf("write row %d of the sample: %w", i+1, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the sample: %w", err)
	}
	return nil
}

// SamplePhones is how many rows of a sample have a phone number: as many as there are reserved numbers.
func SamplePhones() int { return len(sampleLines()) }

// line is one reserved phone number and where it rings.
type line struct {
	phone string
	place place
}

// sampleLines lists every reserved number but the sandbox's magic ones.
func sampleLines() []line {
	const first, last = 100, 199 // 555-0100 to 555-0199
	var lines []line
	for _, p := range samplePlaces() {
		for _, area := range p.areas {
			for n := first; n <= last; n++ {
				if !isMagicNumber(n) {
					lines = append(lines, line{fmt.Sprintf("+1 %s-555-%04d", area, n), p})
				}
			}
		}
	}
	const london = 1_000 // 020 7946 0000 to 0999
	for n := range london {
		if !isMagicNumber(n) {
			lines = append(lines, line{fmt.Sprintf("+44 20 7946 %04d", n), place{"London", "Europe/London", nil}})
		}
	}
	return lines
}

// isMagicNumber says that the sandbox plays a part for numbers with these last four digits: 0190 to 0197.
func isMagicNumber(lastFour int) bool { return lastFour >= 190 && lastFour <= 197 }

// sampler invents people.
type sampler struct {
	random   *rand.Rand
	lines    []line
	cultures []culture
	places   []place
}

func newSampler(seed int64) *sampler {
	const stream = 0x6265636b6f6e // any constant: PCG takes two words
	//nolint:gosec // invented people need a repeatable generator, not an unpredictable one
	random := rand.New(rand.NewPCG(uint64(seed), stream))
	s := &sampler{random: random, lines: sampleLines(), cultures: sampleCultures(), places: samplePlaces()}
	random.Shuffle(len(s.lines), func(i, j int) { s.lines[i], s.lines[j] = s.lines[j], s.lines[i] })
	return s
}

// row invents person number i.
func (s *sampler) row(i int) []string {
	people := s.cultures[s.random.IntN(len(s.cultures))]
	first, firstASCII := spell(pick(s.random, people.first))
	last, lastASCII := spell(pick(s.random, people.last))
	at := line{place: pick(s.random, s.places)}
	if i < len(s.lines) {
		at = s.lines[i]
	}
	return []string{
		first, last, s.email(i, firstASCII, lastASCII), s.phone(at.phone), at.place.zone, s.company(last),
		pick(s.random, sampleTitles()), at.place.city, pick(s.random, samplePlans()), s.purchase(),
	}
}

// email is under a reserved domain, and different for each i: the number is the only digits in the local part.
func (s *sampler) email(i int, first, last string) string {
	local := pick(s.random, []string{first + "." + last, first[:1] + last, last + "." + first, first, first + "+" + last})
	if s.random.IntN(2) == 0 {
		local += "."
	}
	domain := pick(s.random, []string{
		"example.com", "example.org", "example.net", "mail.example.com", "northwind.example", "harbour.example", "kiosk.test",
		"team.test",
	})
	return fmt.Sprintf("%s%d@%s", local, i+1, domain)
}

// phone writes a number in one of the ways that people do, always with its country code.
func (s *sampler) phone(number string) string {
	switch s.random.IntN(3) { //nolint:mnd // three ways
	case 0:
		return number
	case 1:
		return strings.NewReplacer(" ", "", "-", "").Replace(number)
	default:
		return strings.ReplaceAll(number, "-", " ")
	}
}

func (s *sampler) company(last string) string {
	word := pick(s.random, sampleTrades())
	switch s.random.IntN(4) { //nolint:mnd // four kinds
	case 0:
		return last + " & Co"
	case 1:
		return last + " " + word
	case 2: //nolint:mnd // the third
		return word + ", Inc." // its comma must be quoted in the file
	default:
		return pick(s.random, []string{"Harbour", "Lotus", "Northwind", "Alder", "Blue Door", "Tulip"}) + " " + word
	}
}

// purchase is a day in 2024 or 2025, or empty for one person in five.
func (s *sampler) purchase() string {
	const days, oneIn = 731, 5
	day := time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, s.random.IntN(days))
	if s.random.IntN(oneIn) == 0 {
		return ""
	}
	return day.Format(time.DateOnly)
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

// spell splits an entry of a culture's names into the name and its spelling in small ASCII letters, which is either given
// behind "=" or found by taking the marks off.
func spell(entry string) (string, string) {
	name, ascii, given := strings.Cut(entry, "=")
	if !given {
		ascii = name
	}
	ascii = strings.NewReplacer("ø", "o", "Ø", "O", "ł", "l", "Ł", "L", "ß", "ss", "đ", "d", "Đ", "D", "æ", "ae", "ı", "i").
		Replace(ascii)
	ascii = strings.Map(func(r rune) rune {
		if isLetterOrDigit(r) {
			return r
		}
		return -1 // marks, spaces, apostrophes and hyphens
	}, strings.ToLower(norm.NFD.String(ascii)))
	return name, ascii
}
