package mail

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTMLText is what a person reads of an HTML document: its text, a line for each block, without scripts, styles and what
// stands in the head. Lines of a quoted mail begin with ">", so that Unquoted finds them. It reads tokens only and builds no tree, so
// that no nesting is too deep for it.
func HTMLText(document string) string {
	text := &strings.Builder{}
	tokens := html.NewTokenizer(strings.NewReader(cut(document, MaxTextBytes)))
	hidden, quoted := 0, 0
	newLine := func() {
		text.WriteString("\n")
		if quoted > 0 {
			text.WriteString("> ")
		}
	}
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			break
		}
		token := tokens.Token()
		switch kind { //nolint:exhaustive // comments and declarations say nothing
		case html.TextToken:
			if hidden == 0 {
				text.WriteString(spaces.ReplaceAllString(token.Data, " "))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			opens := kind == html.StartTagToken
			switch {
			case opens && conceals(token.DataAtom):
				hidden++
			case opens && token.DataAtom == atom.Blockquote:
				quoted++
			}
			if breaks(token.DataAtom) {
				newLine()
			}
		case html.EndTagToken:
			switch {
			case conceals(token.DataAtom):
				hidden = max(hidden-1, 0)
			case token.DataAtom == atom.Blockquote:
				quoted = max(quoted-1, 0)
			}
			if token.DataAtom != atom.Br && breaks(token.DataAtom) {
				newLine()
			}
		}
	}
	return tidy(text.String())
}

var (
	spaces   = regexp.MustCompile(`[\s\x{00A0}]+`)
	manyRows = regexp.MustCompile(`\n{3,}`)
)

// tidy removes spaces around lines, and more than one empty line after another.
func tidy(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.TrimSpace(manyRows.ReplaceAllString(strings.Join(lines, "\n"), "\n\n"))
}

// conceals says whether nobody reads what stands in the element.
func conceals(element atom.Atom) bool {
	switch element {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Template, atom.Noscript:
		return true
	default:
		return false
	}
}

// breaks says whether the element begins and ends a line.
func breaks(element atom.Atom) bool {
	switch element {
	case atom.Br, atom.P, atom.Div, atom.Tr, atom.Li, atom.Ul, atom.Ol, atom.Table, atom.Blockquote, atom.Hr, atom.Pre,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Section, atom.Article, atom.Header, atom.Footer:
		return true
	default:
		return false
	}
}
