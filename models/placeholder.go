package models

import (
	"regexp"
	"strings"
)

// Placeholder is the first thing in a text that was meant to be filled in and was not, such as {{first_name}}, [Your Name],
// %FIRSTNAME%, *|FNAME|*, ${company}, a greeting of nobody ("Dear ,", "Hi undefined,") or "lorem ipsum". Empty where there is
// none. What a contact's own name or data looks like does not matter: nobody is to read "Hi {{first_name}}", wherever it
// came from.
func Placeholder(text string) string {
	return strings.TrimSpace(placeholderForm.FindString(text))
}

// placeholderWords are those with which models and templates begin what is to be filled in, between brackets.
const placeholderWords = `your|insert|enter|add|first|last|full|contact|customer|client|recipient|sender|company|business|` +
	`first_?name|last_?name|full_?name|company_?name|name|surname|date|time|day|link|url|website|phone|email|address|city|` +
	`product|service|amount|price|number|signature|job|title|position|placeholder|tbd|todo|xxx`

// placeholderForm finds them: of Mustache and its like, of Mailchimp, of shells, between brackets, and in greetings.
var placeholderForm = regexp.MustCompile(strings.Join([]string{
	`\{\{[^{}\n]{0,80}\}\}`,
	`\{%[^{}\n]{0,80}%\}`,
	`<%[^<>\n]{0,80}%>`,
	`[$#]\{[^{}\n]{0,80}\}`,
	`\{[A-Za-z_][A-Za-z0-9_ .-]{0,40}\}`,
	`\*\|[A-Za-z0-9_:]{1,40}\|\*`,
	`%%?[A-Z][A-Z0-9_]{2,40}%%?`,
	`(?i:%%?(?:` + placeholderWords + `)(?:[_-][a-z0-9_-]{1,40})?%%?(?:[^0-9a-z]|$))`,
	`(?i:(?:\[|<|«|‹)+\s{0,3}(?:` + placeholderWords + `)(?:[ _'’/-][^\]>»›\n]{0,60})?\s{0,3}(?:\]|>|»|›)+)`,
	`\[[A-Z][A-Z0-9]*(?:[_ ][A-Z0-9]+)+\]`,
	`(?i:\((?:insert|your name|enter your|add your)[^)\n]{0,60}\))`,
	`(?mi:^[ \t]*(?:dear|hi|hello|hey|good (?:morning|afternoon|evening))[ \t]+,)`,
	`(?mi:^[ \t]*dear[,:])`,
	`(?mi:^[ \t]*(?:dear|hi|hello|hey)[ \t]+(?:null|undefined|none|unknown|n/a|first ?name|last ?name|name|xxx+|tbd|_{2,})[ \t]*[,!.:;])`,
	`(?m:^[ \t]*(?:Dear|Hi|Hello|Hey)[ \t]+NaN\b)`,
	`(?i:lorem ipsum)`,
}, "|"))
