package models

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"
)

// TextLink is something in a text that a phone or a mail program would make tappable: a web address, with or without a scheme,
// an e-mail address, or any other URI.
type TextLink struct {
	Text   string // as it stands in the text
	Scheme string // lower case; "" where none is written
	Host   string // in ASCII and lower case, without www and port 80 or 443; "" of an e-mail address or another URI
	Path   string // with the slash that it begins with, if there is one
	Query  string
	Email  string // lower case; "" of anything else
	user   bool   // a name stands before the host, as in https://example.com@evil.example
}

// TextLinks finds the links of a text. Bare domains count where their last label is a top-level domain of the public suffix
// list, since that is by what phones find them; "e.g." and "10.30" do not.
func TextLinks(text string) []TextLink {
	text = linkable(text)
	var links []TextLink
	for _, form := range []struct {
		find *regexp.Regexp
		read func(string) (TextLink, bool)
	}{
		{urlForm, readURI}, {uriForm, readURI}, {emailForm, readEmail}, {hostForm, readBare}, {ipForm, readBare},
	} {
		text = form.find.ReplaceAllStringFunc(text, func(found string) string {
			link, ok := form.read(trimLink(found))
			if !ok {
				return found
			}
			links = append(links, link)
			return strings.Repeat(" ", len(found)) // found once is enough
		})
	}
	return links
}

// Forms of links.
var (
	urlForm   = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]{1,20}:(?://|\\\\|\\/|/\\)[^\s<>"]+`)
	uriForm   = regexp.MustCompile(`(?i)\b(?:mailto|tel|sms|javascript|data|callto|facetime|skype|whatsapp|geo|intent):[^\s<>"]+`)
	emailForm = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)
	hostForm  = regexp.MustCompile(`(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}][\p{L}\p{N}-]*[\p{L}\p{N}]\.?` +
		`(?::\d{1,5})?(?:[/?#][^\s<>"]*)?`)
	ipForm = regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}(?:/[^\s<>"]*)?|/[^\s<>"]*)`) // with a path or port
)

// linkable is the text with what browsers read as plain letters and full stops: full-width forms, ideographic full stops,
// and without characters that are not seen.
func linkable(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '。' || r == '｡' || r == '．':
			return '.'
		case unicode.Is(unicode.Cf, r):
			return -1
		default:
			return r
		}
	}, text)
	return norm.NFKC.String(text)
}

// trimLink is a link without the punctuation of the sentence around it.
func trimLink(text string) string { return strings.TrimRight(text, `.,;:!?)]}'"»”’…`) }

func readURI(text string) (TextLink, bool) {
	scheme, rest, _ := strings.Cut(text, ":")
	link := TextLink{Text: text, Scheme: strings.ToLower(scheme)}
	rest = strings.ReplaceAll(rest, `\`, "/")
	if !strings.HasPrefix(rest, "//") {
		if link.Scheme == "mailto" {
			address, _, _ := strings.Cut(rest, "?")
			link.Email = strings.ToLower(address)
		}
		return link, true
	}
	return link.locate(strings.TrimLeft(rest, "/")), true
}

func readEmail(text string) (TextLink, bool) {
	return TextLink{Text: text, Email: strings.ToLower(text)}, true
}

func readBare(text string) (TextLink, bool) {
	link := TextLink{Text: text}.locate(text)
	host, _, _ := strings.Cut(link.Host, ":")
	return link, net.ParseIP(host) != nil || topLevel(host)
}

// locate reads authority, path and query of what follows a link's scheme.
func (l TextLink) locate(rest string) TextLink {
	authority := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority = rest[:end]
		if parsed, err := url.Parse("http://host" + rest[end:]); err == nil {
			l.Path, l.Query = strings.TrimRight(parsed.EscapedPath(), "/"), parsed.RawQuery
		} else {
			l.Path = rest[end:]
		}
	}
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		l.user, authority = true, authority[at+1:]
	}
	l.Host = hostName(authority)
	return l
}

// hostName is a host as it is compared.
func hostName(host string) string {
	host = strings.ToLower(host)
	for _, port := range []string{":80", ":443"} {
		host = strings.TrimSuffix(host, port)
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	return strings.TrimPrefix(strings.TrimSuffix(host, "."), "www.")
}

// topLevel says whether a host's last label is a top-level domain that there is.
func topLevel(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	suffix, managed := publicsuffix.PublicSuffix(last)
	return (managed && suffix == last) || slices.Contains(reservedTopLevel(), last)
}

// reservedTopLevel are those of RFC 2606 and RFC 6761: nobody owns them, and a link to them is a link all the same.
func reservedTopLevel() []string { return []string{"example", "test", "invalid", "localhost", "onion"} }

// AllowedLinks are the links that texts of a campaign may hold: those that its objective, its instructions and its sender
// name, and the domains of the sender's e-mail addresses. A link of a contact's data or answers is none of them.
type AllowedLinks struct {
	links  []TextLink
	emails []string
	phones phoneSet
	own    []string // hosts that are allowed with any path
}

// Permits says whether a link is one of those allowed: an e-mail address that is named; or a page at or below a page that is
// named, of the same host, with the same query if one is named.
func (a *AllowedLinks) Permits(link TextLink) bool {
	if link.Email != "" {
		return slices.Contains(a.emails, link.Email)
	}
	if link.Host == "" || link.user || (link.Scheme != "" && link.Scheme != "http" && link.Scheme != "https") {
		return false
	}
	if slices.Contains(a.own, link.Host) {
		return true
	}
	return slices.ContainsFunc(a.links, func(named TextLink) bool { return named.leadsTo(link) })
}

// leadsTo says whether a link is to the same page, or to one below it.
func (l TextLink) leadsTo(other TextLink) bool {
	if l.Host == "" || l.Host != other.Host || (l.Query != "" && l.Query != other.Query) {
		return false
	}
	below, found := strings.CutPrefix(other.Path, l.Path)
	return found && (below == "" || below[0] == '/') && !strings.Contains(other.Path, "..")
}

// Names lists the allowed links as they are written, for the planner.
func (a *AllowedLinks) Names() []string {
	names := []string{}
	for _, link := range a.links {
		names = append(names, link.Text)
	}
	names = append(append(names, a.own...), a.emails...)
	slices.Sort(names)
	return slices.Compact(names)
}

// Forbidden is the first link, e-mail address or phone number of a text that is not allowed; empty where there is none.
func (a *AllowedLinks) Forbidden(text string) string {
	for _, link := range TextLinks(text) {
		if !a.Permits(link) {
			return link.Text
		}
	}
	for _, number := range phoneNumbers(text, a.phones.region) {
		if !a.phones.has(number.e164) {
			return number.text
		}
	}
	return ""
}

// AllowedLinks are the links that texts of the plan may hold.
func (r *PlanRequest) AllowedLinks() *AllowedLinks {
	stated := strings.Join([]string{
		r.Campaign.Objective, r.Campaign.Instructions, r.Sender.BusinessName, r.Sender.FromName, r.Sender.PostalAddress,
		r.Sender.FromEmail, r.Sender.ReplyTo,
	}, "\n")
	allowed := &AllowedLinks{phones: phoneSet{region: r.Campaign.Region}}
	for _, link := range TextLinks(stated) {
		if link.Email != "" {
			allowed.emails = append(allowed.emails, link.Email)
		} else {
			allowed.links = append(allowed.links, link)
		}
	}
	for _, address := range []string{r.Sender.FromEmail, r.Sender.ReplyTo} {
		if _, domain, found := strings.Cut(address, "@"); found {
			allowed.own = append(allowed.own, hostName(domain))
		}
	}
	for _, number := range phoneNumbers(stated, r.Campaign.Region) {
		allowed.phones.add(number.e164)
	}
	allowed.phones.add(r.Sender.FromPhone)
	return allowed
}
