package sandbox

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
)

// subject is a line for the contact, another one at each attempt.
func (p *planner) subject() string {
	topic := strings.TrimSuffix(shortened(orDefault(p.objective(), "a question for you"), 60), ".")
	name := p.name()
	if len(p.replies()) > 0 {
		return "Thank you for your answer" + prefixed(", ", name)
	}
	switch p.attempt {
	case 1:
		return prefixed("", joined(name, topic))
	case 2:
		return "Following up: " + joined(name, topic)
	default:
		return fmt.Sprintf("%s (note %d)", joined(name, topic), p.attempt)
	}
}

// body is the text for the contact.
func (p *planner) body() string {
	switch p.channel {
	case string(ChannelText):
		return p.shortText()
	case string(ChannelPhone):
		return p.script()
	}

	paragraphs := []string{p.greeting(), p.opening()}
	if about := p.about(); about != "" {
		paragraphs = append(paragraphs, about)
	}
	paragraphs = append(paragraphs, p.pick(
		"Would you have a few minutes this week? A short answer to this message is enough.",
		"If this is of interest, just answer this message and I will take it from there.",
		"Let me know what you think. A line is enough.",
	), p.signature())

	return strings.Join(paragraphs, "\n\n")
}

// longestText is what fits into one part of a text message.
const longestText = 160

// shortText is a body of one line, for text messages.
func (p *planner) shortText() string {
	const longestSender, dots = 40, "..."
	sender := prefixed(" - ", shortened(p.sender(), longestSender))
	text := strings.TrimSuffix(p.greeting(), ",") + ", " + lowerFirst(p.opening())
	text = shortened(text, longestText-len([]rune(sender))-2*len(dots)) + sender

	// The mark of an ellipsis is not in the alphabet of texts and would make two of them.
	return strings.ReplaceAll(text, "…", dots)
}

// script is what a voice says on the phone: a few sentences.
func (p *planner) script() string {
	sentences := []string{
		strings.TrimSuffix(p.greeting(), ",") + ".",
		"This is an automated call from " + orDefault(p.sender(), "somebody who would like to reach you") + ".",
		p.spokenOpening(),
	}
	sentences = append(sentences, p.pick(
		"If that is of interest, you will hear from us again soon.",
		"We would be glad to tell you more whenever it suits you.",
		"Thank you for taking a moment to listen.",
	), "Goodbye.")

	return strings.Join(sentences, " ")
}

// voicemail is what is left on an answering machine.
func (p *planner) voicemail() string {
	return strings.Join([]string{
		strings.TrimSuffix(p.greeting(), ",") + ".", "This is " + orDefault(p.sender(), "a short message for you") + ".",
		p.spokenOpening(), p.pick("I will try again at another time.", "I will call again another day.", "You will hear from us again."),
	}, " ")
}

// spokenOpening is the opening in words for the ear.
func (p *planner) spokenOpening() string {
	const longest = 200
	objective := strings.TrimRight(shortened(orDefault(p.objective(), "there is something we would like to ask you"), longest), ".…")
	switch {
	case len(p.replies()) > 0:
		return fmt.Sprintf("Thank you for your answer. I am coming back to this: %s.", objective)
	case p.attempt == 1:
		return fmt.Sprintf("%s: %s.", p.pick("I am calling about one thing", "I have a short message for you"), objective)
	default:
		return fmt.Sprintf("We have tried to reach you before, and this is attempt number %d: %s.", p.attempt, objective)
	}
}

// sender is in whose name the planner writes: the business, or else the person.
func (p *planner) sender() string {
	return orDefault(p.facts.text("sender", "businessName"), p.facts.text("sender", "fromName"))
}

// greeting calls the contact by name where there is one.
func (p *planner) greeting() string {
	name := p.name()
	if name == "" {
		return "Hello,"
	}

	return p.pick("Hi", "Hello", "Dear") + " " + name + ","
}

// opening says what it is about, and what came before.
func (p *planner) opening() string {
	objective := strings.TrimSuffix(orDefault(p.objective(), "there is something we would like to ask you"), ".")
	switch {
	case len(p.replies()) > 0:
		return fmt.Sprintf("Thank you for your answer. To come back to what we wrote about: %s.", objective)
	case p.attempt == 1:
		return fmt.Sprintf("%s: %s.", p.pick("I am getting in touch about this", "I am writing to you about one thing",
			"This is why I am writing"), objective)
	default:
		return fmt.Sprintf("I wrote to you before, and this is my message number %d: %s.", p.attempt, objective)
	}
}

// about mentions one thing that is known about the contact.
func (p *planner) about() string {
	for _, name := range []string{"company", "jobTitle", "title", "role", "city"} {
		if value := p.facts.text("contact", "properties", name); value != "" && !odd.MatchString(value) {
			return "I thought of you because of this: " + shortened(value, 80) + "."
		}
	}

	return ""
}

// signature names the sender.
func (p *planner) signature() string {
	lines := []string{"Best regards,"}
	for _, name := range []string{"fromName", "businessName"} {
		if value := p.facts.text("sender", name); value != "" && !slices.Contains(lines, value) {
			lines = append(lines, value)
		}
	}

	return strings.Join(lines, "\n")
}

// reason explains the plan to the operator.
func (p *planner) reason() string {
	channel := orDefault(p.channel, string(ChannelEmail))
	if len(p.replies()) > 0 {
		return fmt.Sprintf("The contact has answered, so attempt %d goes on from there by %s.", p.attempt, channel)
	}

	return fmt.Sprintf("Attempt %d goes by %s, the first channel that is open, at its earliest time.", p.attempt, channel)
}

// objective is what the campaign is for, without what stands in it to be filled in.
func (p *planner) objective() string {
	return strings.TrimSpace(blank.ReplaceAllString(
		orDefault(p.facts.text("campaign", "objective"), p.facts.text("campaign", "name")), ""))
}

// name is what the contact is called; empty where it looks like no name that a person would write.
func (p *planner) name() string {
	name := p.facts.text("contact", "firstName")
	if odd.MatchString(name) {
		return ""
	}

	return name
}

// What is not written to a person: what was to be filled in, and, of a contact's data, what looks like a link or a number to
// call.
var (
	blank = regexp.MustCompile(`[$#]?\{+[^{}]*\}+|\[[^\[\]]*\]\]?|<[^<>]*>>?|%\w+%|\*\|[^|]*\|\*`)
	odd   = regexp.MustCompile(`[{}\[\]<>%|@]|//|www\.|[\pL\pN]\.\pL|\+?\d[\d ().-]{6,}\d`)
)

// replies are the contact's answers so far.
func (p *planner) replies() []any {
	return p.facts.list("replies")
}

// pick takes one of several wordings, always the same one for the same contact and attempt.
func (p *planner) pick(wordings ...string) string {
	hash := fnv.New32a()
	_, _ = fmt.Fprint(hash, p.facts.text("contact", "firstName"), p.facts.text("contact", "lastName"), p.attempt, wordings[0])

	return wordings[int(hash.Sum32()%uint32(len(wordings)))] //nolint:gosec // A handful of wordings.
}

// joined puts a name before a topic.
func joined(name, topic string) string {
	if name == "" {
		return topic
	}

	return name + ", " + lowerFirst(topic)
}

// prefixed is empty where value is, else both.
func prefixed(prefix, value string) string {
	if value == "" {
		return ""
	}

	return prefix + value
}

// lowerFirst writes the first letter small, unless the word is in capitals.
func lowerFirst(text string) string {
	runes := []rune(text)
	if len(runes) < 2 || strings.ToUpper(string(runes[1])) == string(runes[1]) {
		return text
	}

	return strings.ToLower(string(runes[:1])) + string(runes[1:])
}

// shortened cuts a text at a word where it is longer than that many characters.
func shortened(text string, longest int) string {
	text = strings.Join(strings.Fields(text), " ")
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	cut := string(runes[:longest-1])
	if space := strings.LastIndexByte(cut, ' '); space > 0 {
		cut = cut[:space]
	}

	return strings.TrimRight(cut, " ,.;:") + "…"
}
