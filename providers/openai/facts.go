package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"beckon/models"
	"beckon/providers"
)

// Limits of what the model is told, in bytes. They are Beckon's: they bound the cost of a plan whatever a contact file
// holds and whatever contacts answer. What is longer is cut; properties beyond the limits are left out, the first by name
// are kept; of history and replies the latest are kept.
const (
	maxNameBytes        = 200
	maxInstructionBytes = 20_000 // objective, instructions and eligibility, each
	maxProperties       = 50
	maxPropertyKeyBytes = 100 // a property with a longer key is left out
	maxPropertyBytes    = 500 // text is cut; a nested value that is longer as JSON is left out
	maxPropertiesBytes  = 16_000

	maxPastTextBytes    = 2_000 // a message sent, or a reply
	maxPastSubjectBytes = 300
	maxPastOutcomeBytes = 100
	maxPastBytes        = 16_000 // history and replies, each, as JSON; any one of them fits, even if JSON escapes all of it

	maxModelBytes = 200
)

// errNoChannel is the error of a request that allows no channel at all.
var errNoChannel = errors.New("openai: a plan needs at least one allowed channel")

// The document of facts. Its keys are a contract with servers that stand in for the model.
type (
	document struct {
		Now         string         `json:"now"`
		Untrusted   []string       `json:"untrusted"`
		Campaign    campaignFacts  `json:"campaign"`
		Sender      senderFacts    `json:"sender"`
		Contact     contactFacts   `json:"contact"`
		Attempt     int            `json:"attempt"`
		MaxAttempts int            `json:"maxAttempts"`
		Channels    []channelFacts `json:"channels"`
		History     []pastFacts    `json:"history"`
		Replies     []replyFacts   `json:"replies"`
		Eligibility string         `json:"eligibility,omitempty"`
	}
	campaignFacts struct {
		Name         string              `json:"name"`
		Objective    string              `json:"objective"`
		Instructions string              `json:"instructions"`
		Type         models.CampaignType `json:"type"`
		Links        []string            `json:"links"`
	}
	senderFacts struct {
		BusinessName string `json:"businessName"`
		FromName     string `json:"fromName"`
	}
	contactFacts struct {
		FirstName  string         `json:"firstName"`
		LastName   string         `json:"lastName"`
		Timezone   string         `json:"timezone"`
		Properties map[string]any `json:"properties"`
	}
	channelFacts struct {
		Channel       models.Channel  `json:"channel"`
		Earliest      string          `json:"earliest"`
		Latest        string          `json:"latest,omitempty"`
		Windows       []models.Window `json:"windows,omitempty"`
		MaxCharacters int             `json:"maxCharacters,omitempty"`
		MaxSegments   int             `json:"maxSegments,omitempty"` // of a text message, with what is added to it
	}
	pastFacts struct {
		Attempt int            `json:"attempt"`
		Channel models.Channel `json:"channel"`
		At      string         `json:"at"`
		Outcome string         `json:"outcome"`
		Subject string         `json:"subject"`
		Body    string         `json:"body"`
	}
	replyFacts struct {
		ID      string         `json:"id"`
		Channel models.Channel `json:"channel"`
		At      string         `json:"at"`
		Text    string         `json:"text"`
		New     bool           `json:"new"`
	}
)

// facts renders the request as the JSON document that the model is given.
func facts(request models.PlanRequest) (string, error) {
	if len(request.Channels) == 0 {
		return "", errNoChannel
	}
	all := newDocument(request)
	var err error
	if all.History, err = latest(history(request.History)); err != nil {
		return "", fmt.Errorf("render history: %w", err)
	}
	if all.Replies, err = latest(replies(request.Replies)); err != nil {
		return "", fmt.Errorf("render replies: %w", err)
	}
	told, err := render(all)
	if err != nil {
		return "", fmt.Errorf("render facts: %w", err)
	}
	return told, nil
}

// newReplies are the replies that the model is told of and that nobody has considered yet: their ids by their names in the
// document.
func newReplies(request models.PlanRequest) map[string]string {
	told, err := latest(replies(request.Replies))
	if err != nil {
		return nil // facts says so
	}
	ids := map[string]string{}
	for i, reply := range told {
		if reply.New {
			ids[reply.ID] = request.Replies[len(request.Replies)-len(told)+i].ID
		}
	}
	return ids
}

// newDocument holds all facts but what came before.
func newDocument(request models.PlanRequest) document {
	channels := make([]channelFacts, len(request.Channels))
	for i, channel := range request.Channels {
		channels[i] = channelFacts{
			Channel: channel.Channel, Earliest: channel.Earliest.UTC().Format(time.RFC3339Nano), Windows: channel.Windows,
			MaxCharacters: maxCharacters(channel.Channel),
		}
		if channel.Channel == models.ChannelText {
			channels[i].MaxSegments = models.MaxTextSegments
		}
		if channel.Latest != nil {
			channels[i].Latest = channel.Latest.UTC().Format(time.RFC3339Nano)
		}
	}
	return document{
		Now: request.Now.UTC().Format(time.RFC3339), Untrusted: []string{"contact", "history", "replies"},
		Campaign: campaignFacts{
			Name:         providers.Cut(request.Campaign.Name, maxNameBytes),
			Objective:    providers.Cut(request.Campaign.Objective, maxInstructionBytes),
			Instructions: providers.Cut(request.Campaign.Instructions, maxInstructionBytes),
			Type:         request.Campaign.Type, Links: links(request),
		},
		Sender: senderFacts{
			BusinessName: providers.Cut(request.Sender.BusinessName, maxNameBytes),
			FromName:     providers.Cut(request.Sender.FromName, maxNameBytes),
		},
		Contact: contactFacts{
			FirstName:  providers.Cut(request.Contact.FirstName, maxNameBytes),
			LastName:   providers.Cut(request.Contact.LastName, maxNameBytes),
			Timezone:   providers.Cut(request.Contact.Timezone, maxNameBytes),
			Properties: properties(request.Contact.Properties),
		},
		Attempt: request.Attempt, MaxAttempts: request.MaxAttempts, Channels: channels,
		Eligibility: providers.Cut(request.EligibilityPrompt, maxInstructionBytes),
	}
}

// maxCharacters is how long a body may be on the channel; 0 where nobody writes so much.
func maxCharacters(channel models.Channel) int {
	switch channel {
	case models.ChannelText:
		return models.MaxTextLength
	case models.ChannelPhone:
		return models.MaxScriptLength
	case models.ChannelEmail:
		return 0
	default:
		return 0
	}
}

// links are those that the texts may hold, as many as the limits allow.
func links(request models.PlanRequest) []string {
	const most = 50
	kept := []string{}
	for _, name := range request.AllowedLinks().Names() {
		if len(name) <= maxPropertyBytes && len(kept) < most {
			kept = append(kept, name)
		}
	}
	return kept
}

// history is what was sent before, each text cut.
func history(all []models.PlanPast) []pastFacts {
	told := make([]pastFacts, len(all))
	for i, past := range all {
		told[i] = pastFacts{
			Attempt: past.Attempt, Channel: past.Channel, At: past.At.UTC().Format(time.RFC3339),
			Outcome: providers.Cut(past.Outcome, maxPastOutcomeBytes),
			Subject: providers.Cut(past.Subject, maxPastSubjectBytes),
			Body:    providers.Cut(past.Body, maxPastTextBytes),
		}
	}
	return told
}

// replies are what the contact answered, each text cut.
func replies(all []models.PlanReply) []replyFacts {
	told := make([]replyFacts, len(all))
	for i, reply := range all {
		told[i] = replyFacts{
			ID: "r" + strconv.Itoa(i+1), New: !reply.Considered,
			Channel: reply.Channel, At: reply.At.UTC().Format(time.RFC3339),
			Text: providers.Cut(reply.Text, maxPastTextBytes),
		}
	}
	return told
}

// latest keeps the last ones that the limits allow, in their order.
func latest[T any](all []T) ([]T, error) {
	first, room := len(all), maxPastBytes
	for first > max(0, len(all)-models.MaxPlanPast) {
		rendered, err := render(all[first-1])
		if err != nil {
			return nil, err
		}
		if room -= len(rendered); room < 0 {
			break
		}
		first--
	}
	return all[first:], nil
}

// properties keeps what the limits allow, by name.
func properties(all map[string]any) map[string]any {
	keys := make([]string, 0, len(all))
	for key := range all {
		if len(key) <= maxPropertyKeyBytes {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	kept, room := map[string]any{}, maxPropertiesBytes
	for _, key := range keys {
		if len(kept) == maxProperties {
			break
		}
		value := all[key]
		if text, ok := value.(string); ok {
			value = providers.Cut(text, maxPropertyBytes)
		} else if number, ok := value.(float64); ok && (math.IsNaN(number) || math.IsInf(number, 0)) {
			continue
		}
		rendered, err := render(value)
		_, isText := value.(string)
		if err != nil || (!isText && len(rendered) > maxPropertyBytes) || len(key)+len(rendered) > room {
			continue
		}
		kept[key] = value
		room -= len(key) + len(rendered)
	}
	return kept
}

// render is JSON without the escapes that only HTML needs, which cost tokens.
func render(value any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", fmt.Errorf("encode: %w", err)
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}
