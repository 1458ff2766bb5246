package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Limits of an e-mail address in bytes: RFC 5321, sections 4.5.3.1.1 to 4.5.3.1.3, and RFC 1035 for a label of the domain.
const (
	maxEmailBytes  = 254
	maxLocalBytes  = 64
	maxDomainBytes = 253
	maxLabelBytes  = 63
)

// Email normalises an e-mail address: without white space around it, a "mailto:" before it or a full stop after it, in
// lower case, which is how contacts are matched. A domain in other letters than ASCII is given in its ASCII form
// (Punycode, "xn--…"), so that both spellings are the same contact and every provider takes it.
//
// It is stricter than RFC 5322, because what is read here is sent to: the domain has at least two labels and is no IP
// literal; the local part is ASCII (SendGrid takes no other) and not quoted. Whether the mailbox exists is not asked.
// Addresses such as postmaster@ are valid.
//
// Errors: *ValueError with ValueEmpty, ValueNotUTF8, ValueTooLong, ValueControl, ValueDisplayName, ValueSeveralAddresses
// or ValueInvalidEmail.
func Email(raw string) (string, error) {
	address, err := bareAddress(raw)
	if err != nil {
		return "", err
	}
	local, domain, found := strings.Cut(address, "@")
	if !found {
		return "", invalidEmail("an e-mail address has an @")
	}
	if err := checkLocal(local); err != nil {
		return "", err
	}
	if domain, err = asciiDomain(strings.ToLower(domain)); err != nil {
		return "", err
	}
	email := strings.ToLower(local) + "@" + domain
	if len(email) > maxEmailBytes {
		return "", tooLongEmail()
	}
	return email, nil
}

// bareAddress takes off what people leave around an address, and refuses what is more than one address.
func bareAddress(raw string) (string, error) {
	const mailto = "mailto:"
	if !utf8.ValidString(raw) {
		return "", &ValueError{Code: ValueNotUTF8, Detail: "the address is not valid UTF-8"}
	}
	address := strings.TrimFunc(raw, trimmed)
	if len(address) > len(mailto) && strings.EqualFold(address[:len(mailto)], mailto) {
		address, _, _ = strings.Cut(address[len(mailto):], "?")
		address = strings.TrimFunc(address, trimmed)
	}
	address = strings.TrimSuffix(address, ".")
	switch {
	case address == "":
		return "", &ValueError{Code: ValueEmpty, Detail: "there is no address"}
	case len(address) > maxEmailBytes:
		return "", tooLongEmail()
	case controlInside(address):
		return "", &ValueError{Code: ValueControl, Detail: "an e-mail address has no line breaks or control characters"}
	case strings.Count(address, "@") > 1:
		if strings.ContainsAny(address, ",;/| \t") {
			return "", &ValueError{Code: ValueSeveralAddresses, Detail: "there is more than one e-mail address"}
		}
		return "", invalidEmail("an e-mail address has one @")
	case strings.ContainsAny(address, "<>"):
		return "", &ValueError{Code: ValueDisplayName, Detail: "give the e-mail address alone, without a name around it"}
	case strings.ContainsFunc(address, unicode.IsSpace):
		return "", invalidEmail("an e-mail address has no spaces")
	}
	return address, nil
}

// checkLocal wants a dot-atom of RFC 5322.
func checkLocal(local string) error {
	if len(local) > maxLocalBytes {
		return &ValueError{Code: ValueTooLong, Detail: "the part before the @ is longer than 64 bytes"}
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" {
			return invalidEmail("the part before the @ is empty, or has a full stop too many")
		}
		if strings.ContainsFunc(atom, func(r rune) bool { return !isAtomChar(r) }) {
			return invalidEmail("the part before the @ has a character that cannot be used")
		}
	}
	return nil
}

func isAtomChar(r rune) bool {
	return isLetterOrDigit(r) || r >= 'A' && r <= 'Z' || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

func isLetterOrDigit(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// asciiDomain checks a domain in lower case and gives its ASCII form.
func asciiDomain(domain string) (string, error) {
	if strings.HasPrefix(domain, "[") {
		return "", invalidEmail("the domain is an IP address")
	}
	if strings.Contains(domain, "xn--") || strings.ContainsFunc(domain, func(r rune) bool { return r > unicode.MaxASCII }) {
		ascii, err := idna.Lookup.ToASCII(domain)
		if err != nil {
			// The error of idna quotes the domain.
			return "", invalidEmail("the domain is not a valid international domain name")
		}
		domain = ascii
	}
	if len(domain) > maxDomainBytes {
		return "", tooLongEmail()
	}
	labels, last := 0, ""
	for label := range strings.SplitSeq(domain, ".") {
		if !isDomainLabel(label) {
			return "", invalidEmail("the domain is not a valid domain name")
		}
		labels, last = labels+1, label
	}
	if labels < 2 || len(last) < 2 || strings.Trim(last, "0123456789") == "" {
		return "", invalidEmail("the domain is not complete")
	}
	return domain, nil
}

// isDomainLabel wants letters, digits and hyphens, and no hyphen at either end (RFC 1123, section 2.1).
func isDomainLabel(label string) bool {
	if label == "" || len(label) > maxLabelBytes || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(label, func(r rune) bool { return !isLetterOrDigit(r) && r != '-' })
}

func invalidEmail(detail string) *ValueError {
	return &ValueError{Code: ValueInvalidEmail, Detail: detail}
}

func tooLongEmail() *ValueError {
	return &ValueError{Code: ValueTooLong, Detail: "the e-mail address is longer than 254 bytes"}
}
