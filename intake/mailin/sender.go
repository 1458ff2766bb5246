package mailin

import (
	"bytes"
	"context"
	"net"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"

	"blitiri.com.ar/go/spf"
	"github.com/emersion/go-msgauth/dkim"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"beckon/mail"
)

const (
	// maxSignatures are checked of a mail: a domain signs with two keys at most, and a forwarder adds one.
	maxSignatures = 5
	// lookupsWithin is how long DNS may take for a mail.
	lookupsWithin = 20 * time.Second
)

// spfPass is how the receiver of a mail says that SPF passed.
const spfPass = "pass"

// onlySender is the one address that a mail is from: the header From comes once, with one address. What stands beside an address,
// or in encoded words, is none.
func onlySender(m *mail.Mail) (string, bool) {
	if len(m.FromHeaders) != 1 {
		return "", false
	}
	list, err := netmail.ParseAddressList(m.FromHeaders[0])
	if err != nil || len(list) != 1 {
		return "", false
	}
	return strings.ToLower(list[0].Address), true
}

// Authentication checks that a mail is from whom it says it is.
type Authentication struct {
	Resolver Resolver
}

// Passes says whether SPF or DKIM passes for the domain of the address, or one under the same registered domain (DMARC's
// relaxed alignment, RFC 7489, 3.1). SPF is what the receiver of the mail says of the envelope's sender. Signatures are checked
// here where the whole mail came; else the receiver's word counts. What the mail itself says of either counts for nothing.
func (a Authentication) Passes(ctx context.Context, m *mail.Mail, address string) bool {
	_, domain, _ := strings.Cut(address, "@")
	if _, from, ok := strings.Cut(m.EnvelopeFrom, "@"); ok && m.Enveloped && m.SPF == spfPass && aligned(from, domain) {
		return true
	}
	signers := signersSaid(m.DKIM)
	if m.Raw != nil {
		signers = a.signers(ctx, m.Raw)
	}
	for _, signer := range signers {
		if aligned(signer, domain) {
			return true
		}
	}
	return false
}

// signers are the domains whose signatures over the mail hold.
func (a Authentication) signers(ctx context.Context, raw []byte) []string {
	ctx, cancel := context.WithTimeout(ctx, lookupsWithin)
	defer cancel()
	checked, _ := dkim.VerifyWithOptions(bytes.NewReader(crlf(raw)), &dkim.VerifyOptions{
		LookupTXT:        func(name string) ([]string, error) { return a.Resolver.LookupTXT(ctx, name) },
		MaxVerifications: maxSignatures,
	}) // an error is about signatures beyond the limit, or a mail that cannot be read: none of them holds
	signers := []string{}
	for _, each := range checked {
		if each.Err == nil {
			signers = append(signers, each.Domain)
		}
	}
	return signers
}

// crlf is the mail with the line ends that were signed: what stores mails often leaves LF alone.
func crlf(raw []byte) []byte {
	if bytes.Count(raw, []byte("\n")) == bytes.Count(raw, []byte("\r\n")) {
		return raw
	}
	return bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}

// SPF asks whether the host at the address may send for the envelope's sender: "pass", or another result of RFC 7208.
func (a Authentication) SPF(ctx context.Context, from net.IP, helo, envelopeFrom string) string {
	if envelopeFrom == "" {
		return string(spf.None) // a bounce is nobody's
	}
	ctx, cancel := context.WithTimeout(ctx, lookupsWithin)
	defer cancel()
	result, _ := spf.CheckHostWithSender(from, helo, envelopeFrom, spf.WithContext(ctx), spf.WithResolver(a.Resolver))
	return string(result)
}

// signed is what SendGrid says of signatures: "{@example.com : pass}", several within the brackets or each in its own.
var (
	signed    = regexp.MustCompile(`^(\{\s*@[^\s{}:,@]+\s*:\s*[a-z]+(\s*,\s*@[^\s{}:,@]+\s*:\s*[a-z]+)*\s*\}\s*)+$`)
	signature = regexp.MustCompile(`@([^\s{}:,@]+)\s*:\s*([a-z]+)`)
)

// signersSaid are the domains whose signatures hold by the receiver's word. A word of another form says nothing.
func signersSaid(word string) []string {
	if !signed.MatchString(word) {
		return nil
	}
	signers := []string{}
	for _, each := range signature.FindAllStringSubmatch(word, -1) {
		if each[2] == "pass" {
			signers = append(signers, each[1])
		}
	}
	return signers
}

// aligned says whether two domains are one, or under the same registered domain.
func aligned(a, b string) bool {
	a, b = asciiName(a), asciiName(b)
	if a == "" || b == "" {
		return false
	}
	if a == b {
		return true
	}
	registered, err := publicsuffix.EffectiveTLDPlusOne(a)
	other, otherErr := publicsuffix.EffectiveTLDPlusOne(b)
	return err == nil && otherErr == nil && registered == other
}

func asciiName(domain string) string {
	name, err := idna.Lookup.ToASCII(hostName(strings.TrimSpace(domain)))
	if err != nil {
		return ""
	}
	return name
}
