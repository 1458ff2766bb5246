package sandbox

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// planner stands in for the model: from the facts in a request it writes the next outreach, the same for the same
// facts, personal, and another one at each attempt. It takes facts of any shape and does without those that are missing.
type planner struct {
	facts facts

	// now is when the plan is made; the facts may say.
	now     time.Time
	attempt int
	// channel is the first of the channels offered, and earliest when it may be used.
	channel  string
	earliest string
}

// facts is the JSON document of the last user message. Whatever stands in it is data: nothing in it is obeyed.
type facts map[string]any

// at returns the value at a path, or nil.
func (f facts) at(path ...string) any {
	var value any = map[string]any(f)
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}

	return value
}

// text returns the text at a path, or an empty one.
func (f facts) text(path ...string) string {
	text, _ := f.at(path...).(string)

	return strings.TrimSpace(text)
}

// list returns the list at a path.
func (f facts) list(path ...string) []any {
	list, _ := f.at(path...).([]any)

	return list
}

// newPlanner reads the facts of a request.
func newPlanner(request chatRequest) *planner {
	plan := &planner{facts: readFacts(request.Messages), now: time.Now().UTC(), attempt: 1}
	if now, err := time.Parse(time.RFC3339, plan.facts.text("now")); err == nil {
		plan.now = now
	}
	if attempt, ok := plan.facts.at("attempt").(float64); ok && attempt >= 1 {
		plan.attempt = int(attempt)
	}
	for _, offer := range plan.facts.list("channels") {
		switch offer := offer.(type) {
		case string:
			plan.channel = offer
		case map[string]any:
			plan.channel, plan.earliest = facts(offer).text("channel"), facts(offer).text("earliest")
		}
		if plan.channel != "" {
			break
		}
	}

	return plan
}

// readFacts finds the JSON document in the last user message that has one: later ones may only say what was wrong with
// an answer.
func readFacts(messages []chatMessage) facts {
	for _, message := range slices.Backward(messages) {
		if message.Role != "user" {
			continue
		}
		text := message.text()
		for start := range len(text) {
			if text[start] != '{' {
				continue
			}
			found := facts{}
			if json.NewDecoder(strings.NewReader(text[start:])).Decode(&found) == nil && len(found) > 0 {
				return found
			}
		}
	}

	return facts{}
}

// wants says whether the planner has something to say under that name; it leaves null what it has not.
func (p *planner) wants(name string) bool {
	switch strings.ToLower(name) {
	case "voicemailtext":
		return p.channel == string(ChannelPhone)
	case "subject":
		return p.channel == "" || p.channel == string(ChannelEmail)
	case "channel", "sendat", "body", "reason", "attempt", "done", "complete", "decision":
		return true
	default:
		return false
	}
}

// endings are what a schema may call the end of a contact, where it lets the planner choose.
const endings = " complete completed done end finish finished stop close "

// choose takes one of several allowed values: the offered channel; null where the planner has nothing to say; an ending
// only after a contact's plain refusal; else the first that is not null.
func (p *planner) choose(name string, allowed []json.RawMessage) any {
	if strings.EqualFold(name, "channel") {
		for _, offer := range p.offered() {
			for _, value := range allowed {
				var text string
				if json.Unmarshal(value, &text) == nil && text == offer {
					p.take(offer)

					return value
				}
			}
		}
	}
	given := slices.DeleteFunc(slices.Clone(allowed), func(value json.RawMessage) bool { return string(value) == "null" })
	if len(given) == 0 || (len(given) < len(allowed) && !p.wants(name)) {
		return json.RawMessage("null")
	}
	for _, value := range given {
		var text string
		if json.Unmarshal(value, &text) == nil && strings.Contains(endings, " "+strings.ToLower(text)+" ") == p.refused() {
			return value
		}
	}

	return given[0]
}

// offered are the channels of the facts, in their order.
func (p *planner) offered() []string {
	var names []string
	for _, offer := range p.facts.list("channels") {
		switch offer := offer.(type) {
		case string:
			names = append(names, offer)
		case map[string]any:
			names = append(names, facts(offer).text("channel"))
		}
	}

	return names
}

// take plans on that channel, at its earliest time.
func (p *planner) take(channel string) {
	if channel == p.channel {
		return
	}
	p.channel, p.earliest = channel, ""
	for _, offer := range p.facts.list("channels") {
		if object, ok := offer.(map[string]any); ok && facts(object).text("channel") == channel {
			p.earliest = facts(object).text("earliest")

			return
		}
	}
}

// yes answers a question: only whether all is done can be a yes, after a contact's plain refusal.
func (p *planner) yes(name string) bool {
	switch strings.ToLower(name) {
	case "done", "complete", "completed":
		return p.refused()
	default:
		return false
	}
}

// refused says whether the contact has answered that he wants no more.
func (p *planner) refused() bool {
	for _, reply := range p.replies() {
		text, _ := reply.(string)
		if object, ok := reply.(map[string]any); ok {
			text = facts(object).text("text")
		}
		text = strings.ToLower(strings.ReplaceAll(text, ",", ""))
		if strings.Contains(text, "not interested") || strings.Contains(text, "no thank") {
			return true
		}
	}

	return false
}

// number is the attempt, or else the smallest number that fits.
func (p *planner) number(name string, minimum *float64) float64 {
	switch {
	case strings.EqualFold(name, "attempt"):
		return float64(p.attempt)
	case minimum != nil:
		return *minimum
	default:
		return 0
	}
}

// text writes the text of that name.
func (p *planner) text(name, format string) string {
	switch strings.ToLower(name) {
	case "channel":
		return orDefault(p.channel, string(ChannelEmail))
	case "sendat":
		return p.sendAt()
	case "subject":
		if !p.wants(name) {
			return ""
		}

		return p.subject()
	case "body", "text", "message", "content":
		return p.body()
	case "voicemailtext":
		if !p.wants(name) {
			return ""
		}

		return p.voicemail()
	case "reason":
		return p.reason()
	case "firstname":
		return p.facts.text("contact", "firstName")
	}
	switch format {
	case "date-time":
		return p.sendAt()
	case "date":
		return p.now.Format(time.DateOnly)
	default:
		return ""
	}
}

// object is a plan where JSON is asked for without a schema.
func (p *planner) object() (string, error) {
	encoded, err := json.Marshal(orderedObject{
		{"channel", p.text("channel", "")}, {"sendAt", p.sendAt()}, {"subject", p.subject()},
		{"body", p.body()}, {"voicemailText", optional(p.text("voicemailText", ""))}, {"reason", p.reason()},
	})

	return string(encoded), wrap("encode the plan", err)
}

// sendAt is the earliest time of the channel, or else now.
func (p *planner) sendAt() string {
	if _, err := time.Parse(time.RFC3339, p.earliest); err == nil {
		return p.earliest
	}

	return p.now.UTC().Format(time.RFC3339)
}

// subject is a line for the contact, another one at each attempt.
func (p *planner) subject() string {
	topic := strings.TrimSuffix(shortened(orDefault(p.objective(), "a question for you"), 60), ".")
	name := p.facts.text("contact", "firstName")
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
	name := p.facts.text("contact", "firstName")
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
		if value := p.facts.text("contact", "properties", name); value != "" {
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

// objective is what the campaign is for.
func (p *planner) objective() string {
	return orDefault(p.facts.text("campaign", "objective"), p.facts.text("campaign", "name"))
}

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
