package models

import "strings"

// Codes of the AI that are more than an HTTP status.
const (
	PlannerNoCredit = "insufficient_quota" // the account has no credit left
	CodeInvalidPlan = "invalid_plan"       // a plan breaks a rule that has no code of its own
)

// plannerDetail says in words, from the code of the last failure, why the AI could not plan. It holds no words of the AI's.
func plannerDetail(code string) string {
	if code == "" {
		return WaitPlannerError.Details()
	}
	return plannerTrouble(code) + " (" + code + "); it is asked again."
}

func plannerTrouble(code string) string {
	switch code {
	case "401":
		return "The AI refuses the API key"
	case "403":
		return "The AI refuses the account, or its use of the model"
	case "404":
		return "The AI does not know the model, or the address is wrong"
	case PlannerNoCredit:
		return "The AI's account has no credit left"
	case "429":
		return "The AI takes no more requests for now"
	case "refusal":
		return "The AI declined to write the outreach"
	case "content_filter":
		return "The AI's content filter stopped every text"
	case "length":
		return "The AI's answers were cut off before their end"
	case "schema", "empty", "no_choice", "finish_reason":
		return "The AI's answers had not the form of a plan"
	case FieldPlaceholder:
		return "The AI's texts had placeholders that nothing fills"
	case FieldLink:
		return "The AI's texts had links that the campaign does not allow"
	case CodeInvalidPlan:
		return "The AI's plans broke a rule of channel, time or length"
	case "timeout":
		return "The AI did not answer in time"
	case "broken_answer":
		return "The AI's answer could not be read"
	case "connection_refused", "dns", "tls", "connect_timeout", "no_connection", "connection_closed":
		return "The AI cannot be reached"
	}
	switch {
	case len(code) == 3 && strings.HasPrefix(code, "5"):
		return "The AI's service has a fault"
	case len(code) == 3 && strings.HasPrefix(code, "4"):
		return "The AI refuses the request"
	default:
		return "The AI could not plan the outreach"
	}
}
