package service

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"beckon/models"
	"beckon/providers/openai"
)

// ai asks the AI's server for its entry of the configured model, which costs nothing: whether the key may use it, and whether
// there is such a model.
func (d *doctor) ai(ctx context.Context) {
	const subject, longestAnswer = "OpenAI", 1 << 16
	c := d.config
	if c.OpenAIAPIKey == "" {
		d.sayf(subject, VerdictFail, "its key is not set: nothing is planned (OPENAI_API_KEY)")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	base := strings.TrimRight(orElse(c.OpenAIBaseURL, openai.DefaultBaseURL), "/")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/models/"+url.PathEscape(c.OpenAIModel), nil)
	if err != nil {
		d.sayf(subject, VerdictFail, "its address cannot be read (OPENAI_BASE_URL)")
		return
	}
	bearer(c.OpenAIAPIKey)(request)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.sayf(subject, VerdictFail, "%s cannot be reached: %s (OPENAI_BASE_URL)", request.URL.Host, cause(err))
		return
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	_ = response.Body.Close()
	verdict, words := judgeAI(response.StatusCode, body, c.OpenAIModel)
	d.sayf(subject, verdict, "%s %s", request.URL.Host, words)
}

// judgeAI says what an answer about the model means.
func judgeAI(status int, body []byte, model string) (verdict Verdict, words string) {
	var answer struct {
		Error struct {
			Code string `json:"code"`
			Type string `json:"type"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &answer)
	switch {
	case status == http.StatusOK:
		return VerdictOK, "answers, takes the key, and knows the model " + model
	case status == http.StatusUnauthorized:
		return VerdictFail, "refuses the key (HTTP 401): nothing is planned; set OPENAI_API_KEY"
	case status == http.StatusForbidden:
		return VerdictFail, "does not let this key use the model " + model + " (HTTP 403): see its permissions, or set OPENAI_MODEL"
	case status == http.StatusTooManyRequests && (answer.Error.Code == models.PlannerNoCredit || answer.Error.Type == models.PlannerNoCredit):
		return VerdictFail, "has no credit left for this account (HTTP 429, insufficient_quota): nothing is planned; see its billing"
	case status == http.StatusTooManyRequests:
		return VerdictWarn, "takes no more requests for now (HTTP 429); lower BECKON_RATE_PLAN if that stays"
	case status == http.StatusNotFound && answer.Error.Code == "model_not_found":
		return VerdictFail, "does not know the model " + model + " (HTTP 404): set OPENAI_MODEL"
	case status == http.StatusNotFound:
		return VerdictWarn, "answers, and has no list of models to look " + model + " up in (HTTP 404; OPENAI_BASE_URL, OPENAI_MODEL)"
	default:
		return VerdictWarn, "answers HTTP " + strconv.Itoa(status)
	}
}
