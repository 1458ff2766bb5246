package intake

import (
	"slices"
	"strings"
	"unicode"

	"beckon/models"
)

// SuggestMapping finds the columns of well-known exports (HubSpot, Salesforce, Google, Outlook, Mailchimp) and of files
// that people write, in English and some other languages. What it does not know it leaves out.
func SuggestMapping(header []string) Mapping {
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = letters(name)
	}
	find := func(known ...string) string {
		for _, name := range known {
			if i := slices.Index(names, name); i >= 0 {
				return header[i]
			}
		}
		return ""
	}
	mapping := Mapping{
		FirstName: find(firstNames()...), LastName: find(lastNames()...), Email: find(emailColumns()...),
		Phone:           []string{},
		Timezone:        find("timezone", "tz", "ianatimezone", "zeitzone"),
		ExternalIDValue: find("recordid", "contactid", "externalid", "leadid", "customerid", "crmid", "euid"),
		Properties:      map[string]string{},
	}
	if mapping.FirstName == "" && mapping.LastName == "" {
		mapping.Name = find(wholeNames()...)
	}
	for _, known := range phoneColumns() {
		if column := find(known); column != "" && len(mapping.Phone) < MaxPhoneColumns {
			mapping.Phone = append(mapping.Phone, column)
		}
	}
	for key, known := range map[string][]string{
		"company":  {"company", "companyname", "companyaccount", "organization", "organization1name", "organizationname", "firma"},
		"jobTitle": {"jobtitle", "title", "organization1title", "organizationtitle", "position"},
		"city":     {"city", "homecity", "businesscity", "town", "stadt"},
		"country":  {"country", "countryregion", "homecountry", "businesscountry", "land"},
	} {
		if column := find(known...); column != "" {
			mapping.Properties[key] = column
		}
	}
	for channel, known := range optOutColumns() {
		if column := find(known...); column != "" {
			blocks(&mapping, channel, column)
		}
	}
	return mapping
}

// The names of columns below are as letters leaves them.

func firstNames() []string {
	return []string{"firstname", "givenname", "forename", "first", "vorname", "prenom", "prénom", "nombre", "fname"}
}

func lastNames() []string {
	return []string{"lastname", "familyname", "surname", "last", "nachname", "apellidos", "apellido", "lname"}
}

func wholeNames() []string {
	return []string{"name", "fullname", "contactname", "displayname", "contact", "nom"}
}

func emailColumns() []string {
	return []string{
		"email", "emailaddress", "email1value", "email1address", "mail", "workemail", "businessemail", "personalemail",
		"primaryemail", "emailadresse", "correo", "correoelectrónico", "courriel",
	}
}

// phoneColumns has mobile numbers first: they take texts and calls.
func phoneColumns() []string {
	return []string{
		"mobilephone", "mobile", "mobilenumber", "mobilephonenumber", "cellphone", "cell", "handy", "móvil",
		"phone", "phonenumber", "telephone", "telephonenumber", "tel", "telefon", "teléfono", "téléphone",
		"phone1value", "primaryphone", "homephone", "businessphone", "workphone", "phone2value", "otherphone",
	}
}

// optOutColumns are those that say that a person must not be contacted on a channel. What a product calls plainly
// "unsubscribed" or "opted out" is about its mails.
func optOutColumns() map[models.Channel][]string {
	return map[models.Channel][]string{
		models.ChannelEmail: {
			"unsubscribedfromallemail", "emailoptout", "hasoptedoutofemail", "optedoutofemail", "emailoptedout", "unsubtime",
			"unsubscribedat", "unsubscribetime", "emailunsubscribed", "unsubscribed", "unsubscribe", "donotemail", "optedout",
			"optout", "optouttime",
		},
		models.ChannelText: {
			"smsoptout", "textoptout", "optedoutofsms", "smsoptedout", "donottext", "donotsms", "smsunsubscribed", "hasoptedoutofsms",
		},
		models.ChannelPhone: {"donotcall", "dnc", "calloptout", "phoneoptout", "donotphone", "hasoptedoutofcalls", "donotallowphonecalls"},
	}
}

// knownColumns counts the cells that name a column of a person or an address.
func knownColumns(cells []string) int {
	n := 0
	for _, cell := range cells {
		name := letters(cell)
		for _, known := range [][]string{firstNames(), lastNames(), wholeNames(), emailColumns(), phoneColumns()} {
			if slices.Contains(known, name) {
				n++
				break
			}
		}
	}
	return n
}

// contentRows is how many rows are looked at to find out what a column without a known name holds.
const contentRows = 100

// contents counts what the first rows of a file hold, column by column.
type contents struct {
	rows           int
	filled         []int
	emails, phones []int
}

func newContents(width int) *contents {
	return &contents{filled: make([]int, width), emails: make([]int, width), phones: make([]int, width)}
}

// see looks at one row.
func (c *contents) see(cells []string) {
	if c.rows++; c.rows > contentRows {
		return
	}
	for i := range min(len(cells), len(c.filled)) {
		cell := unguard(strings.TrimFunc(cells[i], trimmed))
		if cell == "" {
			continue
		}
		c.filled[i]++
		if _, err := Email(cell); err == nil {
			c.emails[i]++
		} else if looksLikeNumber(cell) {
			c.phones[i]++
		}
	}
}

// complete adds to a suggestion what the names of the columns did not tell: a column of which most cells are e-mail addresses,
// and one of which most are written as phone numbers are.
func (c *contents) complete(mapping *Mapping, header []string) {
	taken := map[string]bool{}
	for _, target := range mapping.targets() {
		taken[target.column] = true
	}
	most := func(counts []int) string {
		const half = 2
		best, most := "", 0
		for i, n := range counts {
			if n*half > c.filled[i] && n > most && !taken[header[i]] && !strings.Contains(letters(header[i]), "fax") {
				best, most = header[i], n
			}
		}
		return best
	}
	if mapping.Email == "" {
		mapping.Email = most(c.emails)
	}
	if column := most(c.phones); len(mapping.Phone) == 0 && column != "" {
		mapping.Phone = append(mapping.Phone, column)
	}
}

// looksLikeNumber says that a cell is written as phone numbers are: 7 to 15 digits, and a plus, brackets, or gaps between them.
func looksLikeNumber(cell string) bool {
	const fewest, longest = 7, 15
	digits := strings.Count(strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return '0'
		case strings.ContainsRune("+-() .", r):
			return '.'
		default:
			return 'x'
		}
	}, cell), "0")
	marked := strings.ContainsAny(cell, "+(") || strings.Count(cell, "-")+strings.Count(cell, " ")+strings.Count(cell, ".") > 1
	return digits >= fewest && digits <= longest && marked && strings.Trim(cell, "0123456789+-() .") == "" &&
		!looksLikeDate(cell)
}

// letters is a column's name without case, spaces and punctuation.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
