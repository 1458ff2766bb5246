package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
func read(completion *sdk.ChatCompletion, request models.PlanRequest) (models.Plan, *badAnswer) {
	content, bad := contentOf(completion)
	if bad != nil {
		return models.Plan{}, bad
	}
	bad = &badAnswer{quoted: providers.Cut(content, maxQuotedBytes)}
	plan, err := parse(content, formOf(request))
	if err != nil {
		bad.code, bad.fault = codeSchema, err.Error()
		return models.Plan{}, bad
	}
	onTime(&plan, request)
	if err := plan.Check(request); err != nil {
		bad.code, bad.fault = models.CodeInvalidPlan, err.Error()
		if known, ok := errors.AsType[*models.Error](err); ok {
			bad.fault = known.Detail
			if len(known.Fields) > 0 {
				bad.code = known.Fields[0].Code
			}
		}
		return models.Plan{}, bad
	}
	return plan, nil
}

// contentOf is the text of an answer that came to its end.
func contentOf(completion *sdk.ChatCompletion) (string, *badAnswer) {
	if len(completion.Choices) == 0 {
		return "", &badAnswer{code: codeNoChoice, fault: "it has no choice"}
	}
	choice := completion.Choices[0]
	return choice.Message.Content, unfinished(choice)
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

// parse reads the answer's text as exactly the object of the form: each member by its exact name, each a string, nothing
// beside or behind it. The channel's enum is left to Plan.Check. Of a decision against an outreach only the reason counts.
// The error is worded for the model.
func parse(content string, wanted form) (models.Plan, error) {
	texts, err := members(content, wanted.members())
	if err != nil {
		return models.Plan{}, err
	}
	plan := models.Plan{
		Decision: models.PlanDecision(tidy(texts[memberDecision])),
		Reason:   providers.Cut(tidy(texts[memberReason]), maxReasonBytes),
	}
	if len(wanted.decisions) > 0 && !slices.Contains(wanted.decisions, plan.Decision) {
		return models.Plan{}, errDecision
	}
	switch plan.Decision {
	case models.DecideComplete, models.DecideNotEligible:
		return plan, nil
	case models.DecideOptOut:
		plan.ReplyID = wanted.replies[tidy(texts[memberReply])] // Check refuses one that is not among them
		return plan, nil
	case models.DecideOutreach:
	}
	sendAt, err := time.Parse(time.RFC3339, tidy(texts[memberSendAt]))
	if err != nil {
		return models.Plan{}, errSendAt
	}
	plan.Channel, plan.SendAt, plan.Body = models.Channel(tidy(texts[memberChannel])), sendAt.UTC(), tidy(texts[memberBody])
	switch plan.Channel {
	case models.ChannelEmail:
		plan.Subject = strings.Join(strings.FieldsFunc(tidy(texts[memberSubject]), isBreak), " ")
	case models.ChannelPhone:
		plan.VoicemailText = tidy(texts[memberVoicemail])
	case models.ChannelText:
	}
	return plan, nil
}

// members reads an object that has exactly these members, all of them strings.
func members(content string, names []string) (map[string]string, error) {
	var found map[string]any
	if err := json.Unmarshal([]byte(content), &found); err != nil || found == nil {
		return nil, errNoObject
	}
	texts := map[string]string{}
	for _, name := range names {
		text, ok := found[name].(string)
		if !ok {
			return nil, fmt.Errorf("%w: %s", errMember, name)
		}
		texts[name] = text
	}
	if len(found) > len(texts) {
		return nil, errOther
	}
	return texts, nil
}

// tidy leaves out what can be neither sent, spoken nor stored: control characters but line breaks and tabs.
func tidy(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text))
}

// Faults of an answer's form.
var (
	errNoObject = errors.New("it is not one JSON object and nothing else")
	errMember   = errors.New("a member is missing or no string")
	errOther    = errors.New("it has members that the schema does not know")
	errDecision = errors.New("decision is not one of those allowed")
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
