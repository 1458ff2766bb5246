package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	sdk "github.com/openai/openai-go/v3"

	"beckon/models"
	"beckon/providers"
)

// Code of a request that cannot be asked, and codes of answers that are no plan.
const (
	codeInvalidRequest = "invalid_request"

	codeRefusal       = "refusal"
	codeLength        = "length"
	codeContentFilter = "content_filter"
	codeFinishReason  = "finish_reason"
	codeNoChoice      = "no_choice"
	codeEmpty         = "empty"
	codeSchema        = "schema"
	codePlaceholder   = "placeholder"
	codeInvalidPlan   = "invalid_plan"
)

const (
	// lateBy is how far before the earliest time a plan may lie and still be taken, for the earliest: the model counted
	// from its own clock, or rounded.
	lateBy = 5 * time.Minute
	// maxQuotedBytes is how much of a bad answer is shown to the model again, and kept as a failure's detail.
	maxQuotedBytes = 1_500
	maxReasonBytes = 2_000
)

// badAnswer is an answer that is no plan.
type badAnswer struct {
	code   string
	fault  string // worded for the model
	quoted string // the beginning of what it answered
}

// failure is what the caller gets when the last ask was no better. The words of the answer are in its detail only.
func (b *badAnswer) failure() *models.ProviderError {
	return &models.ProviderError{
		Kind: models.FailureBadAnswer, Code: b.code, Detail: fmt.Sprintf("%s; the answer began: %s", b.fault, b.quoted),
	}
}

// messages go on with the conversation: the bad answer, and what is wrong with it.
func (b *badAnswer) messages() []sdk.ChatCompletionMessageParamUnion {
	var messages []sdk.ChatCompletionMessageParamUnion
	if b.quoted != "" {
		messages = append(messages, sdk.AssistantMessage(b.quoted))
	}
	return append(messages, sdk.UserMessage(
		"That answer cannot be used: "+b.fault+". Answer again, with one JSON object that follows all rules.",
	))
}

// read finds the plan in an answer, which is untrusted, and checks it.
// Told is the document of facts that the model was given.
func read(completion *sdk.ChatCompletion, request models.PlanRequest, told string) (models.Plan, *badAnswer) {
	if len(completion.Choices) == 0 {
		return models.Plan{}, &badAnswer{code: codeNoChoice, fault: "it has no choice"}
	}
	choice := completion.Choices[0]
	if bad := unfinished(choice); bad != nil {
		return models.Plan{}, bad
	}
	bad := &badAnswer{quoted: providers.Cut(choice.Message.Content, maxQuotedBytes)}
	plan, err := parse(choice.Message.Content)
	if err != nil {
		bad.code, bad.fault = codeSchema, err.Error()
		return models.Plan{}, bad
	}
	onTime(&plan, request)
	if placeholder := unfilled(plan, told); placeholder != "" {
		bad.code, bad.fault = codePlaceholder, "the text has a placeholder, "+placeholder
		return models.Plan{}, bad
	}
	if err := plan.Check(request); err != nil {
		bad.code, bad.fault = codeInvalidPlan, err.Error()
		if known, ok := errors.AsType[*models.Error](err); ok {
			bad.fault = known.Detail
		}
		return models.Plan{}, bad
	}
	return plan, nil
}

// unfinished covers answers that hold no whole text.
func unfinished(choice sdk.ChatCompletionChoice) *badAnswer {
	bad := &badAnswer{quoted: providers.Cut(choice.Message.Content, maxQuotedBytes)}
	switch {
	case choice.Message.Refusal != "":
		bad.code, bad.fault = codeRefusal, "it is a refusal"
		bad.quoted = providers.Cut(choice.Message.Refusal, maxQuotedBytes)
	case choice.FinishReason == "length":
		bad.code, bad.fault = codeLength, "it was cut off; write a shorter text"
	case choice.FinishReason == "content_filter":
		bad.code, bad.fault = codeContentFilter, "a content filter stopped it; word it otherwise"
	case choice.FinishReason != "stop":
		bad.code, bad.fault = codeFinishReason, "it did not end by itself"
	case strings.TrimSpace(choice.Message.Content) == "":
		bad.code, bad.fault = codeEmpty, "it is empty"
	default:
		return nil
	}
	return bad
}

// parse reads the answer's text as exactly the object of the schema: each member by its exact name, each a string, nothing
// beside or behind it. The channel's enum is left to Plan.Check. The error is worded for the model.
func parse(content string) (models.Plan, error) {
	var members map[string]any
	if err := json.Unmarshal([]byte(content), &members); err != nil || members == nil {
		return models.Plan{}, errNoObject
	}
	texts := map[string]string{}
	for _, name := range []string{memberChannel, memberSendAt, memberSubject, memberBody, memberReason} {
		text, ok := members[name].(string)
		if !ok {
			return models.Plan{}, fmt.Errorf("%w: %s", errMember, name)
		}
		texts[name] = strings.TrimSpace(strings.ReplaceAll(text, "\x00", ""))
		delete(members, name)
	}
	if len(members) > 0 {
		return models.Plan{}, errOther
	}
	sendAt, err := time.Parse(time.RFC3339, texts[memberSendAt])
	if err != nil {
		return models.Plan{}, errSendAt
	}
	plan := models.Plan{
		Channel: models.Channel(texts[memberChannel]),
		SendAt:  sendAt.UTC(),
		Body:    texts[memberBody],
		Reason:  providers.Cut(texts[memberReason], maxReasonBytes),
	}
	if plan.Channel == models.ChannelEmail {
		plan.Subject = strings.Join(strings.FieldsFunc(texts[memberSubject], isBreak), " ")
	}
	return plan, nil
}

// Faults of an answer's form.
var (
	errNoObject = errors.New("it is not one JSON object and nothing else")
	errMember   = errors.New("a member is missing or no string")
	errOther    = errors.New("it has members that the schema does not know")
	errSendAt   = errors.New("sendAt is no RFC 3339 time")
)

// isBreak says whether a character may not stand in a subject line.
func isBreak(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

// onTime moves a plan that is a little early to the earliest time of its channel.
func onTime(plan *models.Plan, request models.PlanRequest) {
	for _, channel := range request.Channels {
		early := channel.Earliest.Sub(plan.SendAt)
		if channel.Channel == plan.Channel && early > 0 && early < lateBy {
			plan.SendAt = channel.Earliest.UTC()
		}
	}
}

// unfilled is the first placeholder in the plan's texts; empty where there is none. What stands in the facts alike is
// quoted: a contact may be called anything.
func unfilled(plan models.Plan, told string) string {
	for _, found := range placeholders.FindAllString(plan.Subject+"\n"+plan.Body, -1) {
		quoted, err := render(found)
		if err != nil || !strings.Contains(told, strings.Trim(quoted, `"`)) {
			return found
		}
	}
	return ""
}

// placeholders finds what models write where they lack a fact: {{first_name}}, [Your Name], <company>.
var placeholders = regexp.MustCompile(`(?i)\{\{[^{}\n]{0,80}\}\}` +
	`|[\[<](?:your|insert|first|last|full|contact|customer|recipient|sender|company|business|name|date|time|link)` +
	`(?:[ _-][^\]>\n]{0,60})?[\]>]`)
