package models

import (
	"regexp"
	"strings"
)

// OptOutPhrase is the first part of a message that asks, in English and so plainly that nothing else can be meant, not to be
// contacted any more; empty where there is none. It acts at once, so that nobody who said "please stop texting me" waits for
// the AI. What is less plain is left to the AI, and nothing is sent to the contact before that. It leans to stop: a person
// who is left alone by mistake can be taken up again, the other way round the law is broken (47 CFR 64.1200(a)(10): "any
// reasonable means").
//
// Only the person's own words count, see OwnWords. What is negated ("I did not unsubscribe"), asked of a third person
// ("stop calling him") or bound to a time or another way ("don't call before nine", "call me instead") does not.
func OptOutPhrase(text string) string {
	words := plainWords(OwnWords(text))
	if otherwise.MatchString(words) {
		return ""
	}
	for _, at := range optOutPhrases.FindAllStringIndex(words, -1) {
		if !negation.MatchString(words[:at[0]]) {
			return strings.Trim(words[at[0]:at[1]], " .")
		}
	}
	return ""
}

// The verbs of contacting, as they are forbidden: do not …, stop …ing.
const (
	contactVerb = `(?:contact|call|phone|ring|text|txt|message|msg|dm|e ?mail|mail|write|write to|reach out to|bother|spam|` +
		`harass|disturb)`
	contacting = `(?:contacting|calling|phoning|ringing|texting|txting|messaging|msging|e ?mailing|mailing|writing|bothering|` +
		`spamming|harassing|disturbing)`
	theContacted = `(?: to)?(?: me| us| my [a-z]+(?: [a-z]+)?| this (?:number|phone|address|e ?mail)| here)`
	noLonger     = `(?: (?:again|any ?more|any longer|ever|ever again|please|thanks|thank you|for any reason|with this|` +
		`in future|in the future))*`
	messages = `(?:messages?|texts?|e ?mails?|mails?|calls?|sms|communications?|contact|spam|marketing|reminders?|mailings?)`
	anyMore  = `(?:any |more |these |your |further )*`
	mine     = `my (?:name|number|phone|phone number|cell|e ?mail|e ?mail address|address|info|information|details|data|contact)`
)

var (
	// optOutPhrases are looked for in plain words, in which a full stop stands for every punctuation that ends a sentence.
	optOutPhrases = regexp.MustCompile(`(?:^|[ .])(?:` + strings.Join([]string{
		`stop ` + contacting + `(?:` + theContacted + `|` + noLonger + `(?:[.]|$))`,
		`(?:stop|quit|cease) (?:sending|with)(?: me| us)?(?: (?:any|these|those|this|the|your|all|so many|more|such))* ` + messages,
		`stop (?:these|those|all|the|your) ` + messages,
		`(?:please|pls|plz|just) stop(?: it| this| now| please)?(?:[.]|$)`,
		`(?:please |just )?unsubscribe(?: me| us| this| my|[.]|$)`,
		`(?:how (?:do|can|to) (?:i |we )?|want to |like to |wish to |need to |please )unsubscribe`,
		`opt(?:ing)? (?:me |us |my [a-z]+ )?out(?:[.]|$| of (?:this|these|your|all|any|further|future|the|texts|calls|e ?mails))`,
		`opt me out`,
		`(?:remove|delete|take|drop|scrub) (?:me|us|` + mine + `|this (?:number|address|e ?mail))` +
			`(?: (?:off|out|from|please|now|immediately|at once|asap)|[.]|$)`,
		`take (?:me|us|my [a-z]+|this number) off`,
		`lose my (?:number|e ?mail|address)`,
		`(?:do not|never)(?: ever)? ` + contactVerb + theContacted + noLonger + `(?:[.]|$)`,
		`(?:do not|never)(?: ever)? ` + contactVerb + `(?:` + theContacted + `)? (?:again|any ?more|any longer|ever again)`,
		`do not(?: ever)? contact(?:[.]|$)`,
		`do not send(?: me| us)?(?: (?:any|these|those|more|further|your|such))* ` + messages,
		`(?:do not|no longer)(?: want| wish| like)(?: to)? (?:be contacted|hear from you|receive ` + anyMore + messages +
			`|get ` + anyMore + messages + `|be (?:called|texted|e ?mailed|messaged))`,
		`no more ` + messages + `(?:[.]| please|$)`,
		`leave me alone`, `(?:fuck|piss|bugger) off`, `cease and desist`,
		`(?:revoke|withdraw) (?:my )?consent`,
		`(?:put|add) (?:me|us|my number|this number) (?:on|to) (?:your |the )?do not (?:call|contact|text)`,
		`wrong (?:number|person)(?:[.]| please| sorry| buddy| mate|$)`,
		`(?:have|got|has|is) (?:the|a) wrong (?:number|person)`,
	}, "|") + `)`)

	// negation before a phrase takes its meaning away.
	negation = regexp.MustCompile(`(?:^|[ .])(?:not|never|cannot|without|did ?nt|do ?nt|ca ?nt|wo ?nt)` +
		`(?: (?:to|want|want to|wish to|mean to|meant to|ask to|asked to|yet|please|ever|trying to|need to))*$`)

	// otherwise says how or when to contact instead.
	otherwise = regexp.MustCompile(`(?:^|[ .])(?:instead|rather than|until|` +
		`only (?:by|on|at|after|before|in|call|text|e ?mail)|` +
		`(?:call|text|e ?mail|write|message) me (?:on|at|later|tomorrow|after|before|next))(?:[ .]|$)`)
)

// plainWords are a message's words in lower case, with one space between them and a full stop for what ends a sentence;
// short forms are written out.
func plainWords(text string) string {
	text = strings.ToLower(text)
	text = strings.NewReplacer("’", "'", "‘", "'", "´", "'", "`", "'").Replace(text)
	text = strings.NewReplacer("don't", "do not", "dont ", "do not ", "doesn't", "does not", "didn't", "did not", "can't", "cannot",
		"won't", "will not", "e-mail", "e mail", "opt-out", "opt out", "un-subscribe", "unsubscribe", "'", "").Replace(text)
	var words strings.Builder
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r > 127 && isWordRune(r):
			words.WriteRune(r)
		case strings.ContainsRune(".!?;,:\n()…", r):
			words.WriteString(" . ")
		default:
			words.WriteByte(' ')
		}
	}
	plain := strings.Join(strings.Fields(words.String()), " ")
	return strings.ReplaceAll(plain, " .", ".")
}

// OwnWords are what a person wrote, without what a message quotes: lines behind ">", what follows the line with which mail
// programs introduce the message that is answered, and what stands in quotation marks, as phones do that report a reaction
// ("Liked “Reply STOP to opt out”").
func OwnWords(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if at := quoteBegins.FindStringIndex(text); at != nil {
		text = text[:at[0]]
	}
	lines := []string{}
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), ">") {
			lines = append(lines, line)
		}
	}
	return quoted.ReplaceAllString(strings.Join(lines, "\n"), " ")
}

var (
	quoteBegins = regexp.MustCompile(`(?mi)^[ \t]*(?:` + strings.Join([]string{
		`-{2,}[ \t]*(?:original message|forwarded message|ursprüngliche nachricht|message d'origine)`,
		`_{10,}[ \t]*$`,
		`on [^\n]{6,200}(?:\n[^\n]{0,100})?wrote:[ \t]*$`,
		`am [^\n]{6,200}schrieb[^\n]{0,100}:[ \t]*$`,
		`le [^\n]{6,200}a écrit ?:[ \t]*$`,
		`from:[ \t][^\n]+\n[ \t]*(?:sent|date|to|subject):`,
	}, "|") + `)`)
	quoted = regexp.MustCompile(`“[^”]*”|"[^"]*"|„[^“”]*[“”]|«[^»]*»`)
)
