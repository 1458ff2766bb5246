package openai

import (
	"maps"
	"slices"

	"beckon/models"
)

// Members of a plan as the model answers it. They are a contract with servers that stand in for the model.
const (
	memberDecision  = "decision"
	memberReply     = "reply"
	memberChannel   = "channel"
	memberSendAt    = "sendAt"
	memberSubject   = "subject"
	memberBody      = "body"
	memberVoicemail = "voicemailText"
	memberReason    = "reason"
)

// form is what an answer to a request must look like, beside the members that every plan has.
type form struct {
	decisions []models.PlanDecision // to choose from; none where only an outreach is allowed
	replies   map[string]string     // new replies, which may opt out, by the names that the model is told: their ids
	voicemail bool                  // a call is allowed, so there is a text for machines too
}

// formOf is the form of the answer to a request.
func formOf(request models.PlanRequest) form {
	f := form{voicemail: offers(request, models.ChannelPhone), replies: newReplies(request)}
	if request.MayComplete {
		f.decisions = append(f.decisions, models.DecideComplete)
	}
	if request.EligibilityPrompt != "" {
		f.decisions = append(f.decisions, models.DecideNotEligible)
	}
	if len(f.replies) > 0 {
		f.decisions = append(f.decisions, models.DecideOptOut)
	}
	if len(f.decisions) > 0 {
		f.decisions = slices.Insert(f.decisions, 0, models.DecideOutreach)
	}
	return f
}

// offers says whether the plan may use the channel.
func offers(request models.PlanRequest, channel models.Channel) bool {
	return slices.ContainsFunc(request.Channels, func(c models.PlanChannel) bool { return c.Channel == channel })
}

// members are the names of all members, in the order in which the model writes them: what it decides comes first, since
// the texts depend on it.
func (f form) members() []string {
	var names []string
	if len(f.decisions) > 0 {
		names = append(names, memberDecision)
	}
	if len(f.replies) > 0 {
		names = append(names, memberReply)
	}
	names = append(names, memberChannel, memberSendAt, memberSubject, memberBody)
	if f.voicemail {
		names = append(names, memberVoicemail)
	}
	return append(names, memberReason)
}

// The JSON schema of an answer. Models write an answer's members in the order of the schema's, so they are a struct's.
type (
	schemaObject struct {
		Type                 string           `json:"type"`
		Properties           schemaProperties `json:"properties"`
		Required             []string         `json:"required"`
		AdditionalProperties bool             `json:"additionalProperties"`
	}
	schemaProperties struct {
		Decision  *schemaText `json:"decision,omitempty"`
		Reply     *schemaText `json:"reply,omitempty"`
		Channel   schemaText  `json:"channel"`
		SendAt    schemaText  `json:"sendAt"`
		Subject   schemaText  `json:"subject"`
		Body      schemaText  `json:"body"`
		Voicemail *schemaText `json:"voicemailText,omitempty"`
		Reason    schemaText  `json:"reason"`
	}
	schemaText struct {
		Type        string   `json:"type"`
		Description string   `json:"description,omitempty"`
		Enum        []string `json:"enum,omitempty"`
	}
)

// schema is the JSON schema of an answer to the request: strict, so every member is required and there are no others.
func schema(request models.PlanRequest) schemaObject {
	f := formOf(request)
	channels := make([]string, len(request.Channels))
	for i, channel := range request.Channels {
		channels[i] = string(channel.Channel)
	}
	text := func(description string) schemaText { return schemaText{Type: "string", Description: description} }
	properties := schemaProperties{
		Channel: schemaText{Type: "string", Enum: channels},
		SendAt:  text("RFC 3339, not before the channel's earliest"),
		Subject: text("one line; empty unless the channel is email"),
		Body:    text("the finished text, plain"),
		Reason:  text("why, for the reviewer"),
	}
	if len(f.decisions) > 0 {
		decisions := make([]string, len(f.decisions))
		for i, decision := range f.decisions {
			decisions[i] = string(decision)
		}
		properties.Decision = &schemaText{Type: "string", Description: "what is to be done", Enum: decisions}
	}
	if len(f.replies) > 0 {
		properties.Reply = &schemaText{
			Type: "string", Description: "of opt_out: the id of the reply that asks for it; else empty",
			Enum: append([]string{""}, slices.Sorted(maps.Keys(f.replies))...),
		}
	}
	if f.voicemail {
		voicemail := text("what is said to an answering machine; empty unless the channel is phone")
		properties.Voicemail = &voicemail
	}
	return schemaObject{Type: "object", Properties: properties, Required: f.members()}
}
