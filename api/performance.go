package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"time"

	"beckon/models"
)

// DayPerformance are the figures of one day and channel.
type DayPerformance struct {
	PerformanceTotals

	Date    string         `json:"date"`
	Channel models.Channel `json:"channel"`
}

// AttemptPerformance are the figures of one attempt number.
type AttemptPerformance struct {
	PerformanceTotals

	Attempt int `json:"attempt"`
}

// CallCount is how many calls had an outcome; nil: they have not ended, or nobody knows how.
type CallCount struct {
	Outcome *models.Outcome `json:"outcome"`
	Calls   int             `json:"calls"`
}

// PlanCost is what the AI took to plan.
type PlanCost struct {
	Tokens int     `json:"tokens"`
	USD    float64 `json:"usd"`
}

// GetPerformance answers GET /campaigns/{id}/performance.
func (s *server) GetPerformance(
	ctx context.Context, request GetPerformanceRequestObject,
) (GetPerformanceResponseObject, error) {
	figures, err := s.performance(ctx, request.ID, request.Params.From, request.Params.To)
	if err != nil {
		return nil, err
	}
	answer := GetPerformance200JSONResponse{
		Totals: showTotals(figures.Totals), ByChannel: map[models.Channel]PerformanceTotals{},
		ByDay: showDays(figures.ByDay), ByAttempt: make([]AttemptPerformance, 0, len(figures.ByAttempt)),
		CallOutcomes: make([]CallCount, 0, len(figures.Calls)),
		Cost:         PlanCost{Tokens: figures.Cost.Tokens, USD: figures.Cost.USD}, AsOf: figures.AsOf.UTC(),
	}
	for _, channel := range []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelPhone} {
		answer.ByChannel[channel] = showTotals(figures.ByChannel[channel])
	}
	for _, attempt := range figures.ByAttempt {
		answer.ByAttempt = append(answer.ByAttempt, AttemptPerformance{
			PerformanceTotals: showTotals(attempt.Totals), Attempt: attempt.Attempt,
		})
	}
	for _, of := range figures.Calls {
		answer.CallOutcomes = append(answer.CallOutcomes, CallCount(of))
	}
	return answer, nil
}

// GetPerformanceCSV answers GET /campaigns/{id}/performance.csv.
func (s *server) GetPerformanceCSV(
	ctx context.Context, request GetPerformanceCSVRequestObject,
) (GetPerformanceCSVResponseObject, error) {
	figures, err := s.performance(ctx, request.ID, request.Params.From, request.Params.To)
	if err != nil {
		return nil, err
	}
	text, err := performanceCSV(showDays(figures.ByDay))
	if err != nil {
		return nil, err
	}
	return GetPerformanceCSV200TextCsvResponse{
		Body: bytes.NewReader(text), ContentLength: int64(len(text)),
		Headers: GetPerformanceCSV200ResponseHeaders{ContentDisposition: `attachment; filename="performance.csv"`},
	}, nil
}

// performance reads the figures of some days, which are checked before. Errors: CodeMalformed, CodeInvalid, CodeNotFound.
func (s *server) performance(ctx context.Context, campaignID string, from, to *string) (models.Performance, error) {
	faults := append(dayFaults("/query/from", from), dayFaults("/query/to", to)...)
	if len(faults) > 0 {
		return models.Performance{}, &models.Error{
			Code: models.CodeMalformed, Detail: "the request does not match the API's description", Fields: faults,
		}
	}
	if from != nil && to != nil && *to < *from { // days compare as texts
		return models.Performance{}, refuse([]models.FieldError{{
			Pointer: "/query/to", Code: models.FieldBeforeStart, Detail: "the last day is before the first",
		}})
	}
	figures, err := s.store.Performance(ctx, campaignID, from, to)
	if err != nil {
		return models.Performance{}, fmt.Errorf("read performance: %w", err)
	}
	return figures, nil
}

// dayFaults names a day that no calendar has, or that no campaign can have.
func dayFaults(pointer string, day *string) []models.FieldError {
	const firstYear, lastYear = 1970, 9998 // the day after the last has a date too
	if day == nil {
		return nil
	}
	at, err := time.Parse(time.DateOnly, *day)
	if err == nil && at.Year() >= firstYear && at.Year() <= lastYear {
		return nil
	}
	return []models.FieldError{{Pointer: pointer, Code: models.FieldFormat, Detail: "a day that exists, as YYYY-MM-DD"}}
}

func showTotals(t models.Totals) PerformanceTotals {
	return PerformanceTotals{
		Outreaches: t.Outreaches, Delivered: t.Delivered, Failed: t.Failed, Unconfirmed: t.Unconfirmed,
		Opened: t.Opened, MachineOpened: t.MachineOpened, Clicked: t.Clicked, Contacts: t.Contacts, ContactsReplied: t.ContactsReplied,
		ResponseRate: t.ResponseRate(), OptOuts: t.OptOuts, Bounces: t.Bounces, Complaints: t.Complaints,
	}
}

func showDays(days []models.DayTotals) []DayPerformance {
	shown := make([]DayPerformance, 0, len(days))
	for i := range days {
		day := &days[i]
		shown = append(shown, DayPerformance{
			PerformanceTotals: showTotals(day.Totals), Date: day.Date, Channel: day.Channel,
		})
	}
	return shown
}

// performanceCSV writes figures as CSV (RFC 4180).
func performanceCSV(days []DayPerformance) ([]byte, error) {
	text := bytes.Buffer{}
	writer := csv.NewWriter(&text)
	writer.UseCRLF = true
	rows := [][]string{{
		"date", "channel", "outreaches", "delivered", "failed", "unconfirmed", "opened", "clicked", "contacts",
		"contactsReplied", "responseRate", "optOuts", "bounces", "complaints", "machineOpened",
	}}
	for i := range days {
		day := &days[i]
		rows = append(rows, []string{
			harmless(day.Date), harmless(string(day.Channel)), strconv.Itoa(day.Outreaches), strconv.Itoa(day.Delivered),
			strconv.Itoa(day.Failed), strconv.Itoa(day.Unconfirmed), strconv.Itoa(day.Opened), strconv.Itoa(day.Clicked),
			strconv.Itoa(day.Contacts), strconv.Itoa(day.ContactsReplied),
			strconv.FormatFloat(day.ResponseRate, 'f', -1, 64),
			strconv.Itoa(day.OptOuts), strconv.Itoa(day.Bounces), strconv.Itoa(day.Complaints),
			strconv.Itoa(day.MachineOpened),
		})
	}
	if err := writer.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write CSV: %w", err)
	}
	return text.Bytes(), nil
}
