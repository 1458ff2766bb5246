package mail

import (
	"html"
	"net/url"
	"regexp"
	"strings"
)

// document is an e-mail's text as HTML: a paragraph where an empty line stood before, a break where a line ended, links that
// can be followed. Styles stand with their elements, since many mail programs know no others; pictures and scripts it has
// none.
func document(body string, foot footer) string {
	page := &strings.Builder{}
	page.WriteString(`<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
</head>
<body style="margin:0;padding:16px;">
<div style="max-width:600px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;color:#222222;">
`)
	for _, paragraph := range paragraphs.Split(body, -1) {
		if strings.TrimSpace(paragraph) != "" {
			page.WriteString(`<p style="margin:0 0 16px 0;">` + lines(paragraph) + "</p>\n")
		}
	}
	page.WriteString(`<p style="margin:32px 0 0 0;padding-top:16px;border-top:1px solid #cccccc;font-size:13px;color:#595959;">`)
	for _, line := range []string{foot.business, Clean(foot.postal)} {
		if line != "" {
			page.WriteString(lines(line) + "<br>\n")
		}
	}
	// SendGrid leads links through itself to count clicks, but those with this attribute: one that unsubscribes must not depend
	// on it, and whoever follows it is no click.
	page.WriteString(`<a clicktracking=off href="` + html.EscapeString(foot.link) + `" style="color:#595959;">Unsubscribe</a></p>
</div>
</body>
</html>
`)
	return page.String()
}

var (
	paragraphs = regexp.MustCompile(`\n[ \t]*\n\s*`)
	webLink    = regexp.MustCompile(`(?i)\bhttps?://[^\s<>"]+`)
)

// lines escapes a text, and makes breaks of its lines and links of its links.
func lines(text string) string {
	out, rest := &strings.Builder{}, strings.Trim(text, "\n")
	for rest != "" {
		found := webLink.FindStringIndex(rest)
		if found == nil {
			break
		}
		link := trimLink(rest[found[0]:found[1]])
		out.WriteString(html.EscapeString(rest[:found[0]]))
		rest = rest[found[0]+len(link):]
		escaped := html.EscapeString(link)
		if parsed, err := url.Parse(link); err != nil || parsed.Host == "" {
			out.WriteString(escaped)
			continue
		}
		out.WriteString(`<a href="` + escaped + `">` + escaped + "</a>")
	}
	out.WriteString(html.EscapeString(rest))
	return strings.ReplaceAll(out.String(), "\n", "<br>\n")
}

// trimLink leaves out what ends the sentence that a link ends, and a parenthesis that it does not open itself.
func trimLink(link string) string {
	for link != "" {
		last := link[len(link)-1]
		switch {
		case strings.IndexByte(".,;:!?'*_", last) >= 0:
		case last == ')' && strings.Count(link, "(") < strings.Count(link, ")"):
		case last == ']' && strings.Count(link, "[") < strings.Count(link, "]"):
		default:
			return link
		}
		link = link[:len(link)-1]
	}
	return link
}
