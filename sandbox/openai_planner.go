package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
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

// notEligible is what a schema calls the finding that the campaign is not for the contact.
const notEligible = "not_eligible"

// unfit says whether a property of the contact says so, or the message of a stranger: the planner judges by nothing else.
func (p *planner) unfit() bool {
	eligible := p.facts.at("contact", "properties", "eligible")
	text, _ := eligible.(string)
	if message, ok := p.facts.at("message", "text").(string); ok && strings.Contains(strings.ToLower(message), "not eligible") {
		return true
	}

	return eligible == false || strings.EqualFold(text, "no") || strings.EqualFold(text, "false")
}

// choose takes one of several allowed values: the offered channel; null where the planner has nothing to say; an ending
// only after a contact's plain refusal; that he is not eligible only where his properties say so; else the first that is
// not null.
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
	if name == "reply" || slices.ContainsFunc(given, isOptOut) {
		if wanted := p.optOut(name); slices.ContainsFunc(given, func(value json.RawMessage) bool { return string(value) == wanted }) {
			return json.RawMessage(wanted)
		}
	}
	unfit := func(value json.RawMessage) bool { return string(value) == strconv.Quote(notEligible) }
	if p.unfit() && slices.ContainsFunc(given, unfit) {
		return json.RawMessage(strconv.Quote(notEligible))
	}
	for _, value := range given {
		var text string
		if json.Unmarshal(value, &text) == nil && strings.Contains(endings, " "+strings.ToLower(text)+" ") == p.refused() {
			return value
		}
	}

	return given[0]
}

// optOutDecision is what a schema calls the finding that the contact is not to be contacted any more.
const optOutDecision = "opt_out"

func isOptOut(value json.RawMessage) bool { return string(value) == strconv.Quote(optOutDecision) }

// optOut is, as JSON, what the planner answers of that name because of an opt-out: the decision, or the id of the reply;
// empty where there is none.
func (p *planner) optOut(name string) string {
	for _, reply := range p.replies() {
		object, ok := reply.(map[string]any)
		if !ok || object["new"] == false || !asksToStop(facts(object).text("text")) {
			continue
		}
		if name == "reply" {
			return strconv.Quote(facts(object).text("id"))
		}

		return strconv.Quote(optOutDecision)
	}

	return ""
}

// asksToStop says whether a text plainly asks not to be contacted any more, as a model would read it.
func asksToStop(text string) bool {
	text = " " + strings.ToLower(strings.NewReplacer("’", "'", ",", " ", ".", " ", "!", " ").Replace(text)) + " "
	for _, words := range []string{
		" stop ", "unsubscribe", "opt out", "remove me", "take me off", "leave me alone", "let me be", "wrong number", "wrong person",
		"do not contact", "don't contact", "do not call", "don't call", "do not text", "don't text", "do not write", "don't write",
		"not want to be contacted", "not hear from you", "not to hear from you", "no more messages", "no more of these", "delete my number",
		"lassen sie mich in ruhe", "no me escriba", "ne m'écrivez plus",
	} {
		if strings.Contains(text, words) {
			return true
		}
	}

	return false
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
