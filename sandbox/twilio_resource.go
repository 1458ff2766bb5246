package sandbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// resourceKind is what a resource of Twilio's API is.
type resourceKind string

// The kinds of resources.
const (
	resourceText resourceKind = "text"
	resourceCall resourceKind = "call"
)

// Pages of Twilio's lists.
const (
	defaultPageSize = 50
	maxPageSize     = 1000
)

// resource is a text or a call as it is stored.
type resource struct {
	kind      resourceKind
	sid       string
	messageID string
	to, from  string
	status    string
	// done is set where nothing more will happen by itself.
	done bool
	// startedAt is when a text is sent or a call was answered.
	startedAt *time.Time
	// state is the JSON of a textState or a callState.
	state string
}

// callProgress is a step of a call, with the message as it is now.
type callProgress struct {
	call    resource
	message Message
}

const resourceColumns = "kind, sid, message_id, recipient, sender, status, done, started_at, state"

// insertResource stores a new resource.
func insertResource(ctx context.Context, tx *sql.Tx, r *resource) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO twilio_resources ("+resourceColumns+") VALUES (?,?,?,?,?,?,?,?,?)",
		r.kind, r.sid, r.messageID, r.to, r.from, r.status, r.done, unixMilli(r.startedAt), r.state)
	if err != nil {
		return fmt.Errorf("store resource %s: %w", r.sid, err)
	}

	return nil
}

// updateCall stores a step of a call and reports false where the call has been deleted.
func updateCall(ctx context.Context, tx *sql.Tx, p *callProgress) (bool, error) {
	result, err := tx.ExecContext(ctx,
		"UPDATE twilio_resources SET status = ?, done = ?, started_at = ?, state = ? WHERE sid = ?",
		p.call.status, p.call.done, unixMilli(p.call.startedAt), p.call.state, p.call.sid)
	if err != nil {
		return false, fmt.Errorf("store call %s: %w", p.call.sid, err)
	}
	count, err := result.RowsAffected()
	if err != nil || count == 0 {
		return false, wrap("store a call", err)
	}
	headers, err := json.Marshal(p.message.Headers)
	if err != nil {
		return false, fmt.Errorf("encode headers: %w", err)
	}
	_, err = tx.ExecContext(ctx, "UPDATE messages SET status = ?, text = ?, voicemail_text = ?, headers = ? WHERE id = ?",
		p.message.Status, p.message.Text, p.message.VoicemailText, string(headers), p.call.messageID)
	if err != nil {
		return false, fmt.Errorf("store message %s: %w", p.call.messageID, err)
	}

	return true, nil
}

// unixMilli is a time as it is stored.
func unixMilli(at *time.Time) *int64 {
	if at == nil {
		return nil
	}
	milli := at.UnixMilli()

	return &milli
}

// findResource returns the resource with that id, and whether there is one.
func findResource(ctx context.Context, db *sql.DB, kind resourceKind, sid string) (resource, bool, error) {
	found, err := queryResources(ctx, db, "WHERE kind = ? AND sid = ?", kind, sid)
	if err != nil || len(found) == 0 {
		return resource{}, false, err
	}

	return found[0], true, nil
}

// openCalls are the calls that have not ended, the oldest first.
func openCalls(ctx context.Context, db *sql.DB) ([]resource, error) {
	return queryResources(ctx, db, "WHERE done = 0 ORDER BY seq")
}

// queryResources reads resources; the condition is fixed text with place-holders.
func queryResources(ctx context.Context, db *sql.DB, condition string, args ...any) (found []resource, err error) {
	// Only fixed text and place-holders are joined here.
	query := "SELECT " + resourceColumns + " FROM twilio_resources " + condition //nolint:gosec // See above.
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read resources: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var (
			r       resource
			started sql.NullInt64
		)
		if err := rows.Scan(&r.kind, &r.sid, &r.messageID, &r.to, &r.from, &r.status, &r.done, &started, &r.state); err != nil {
			return nil, fmt.Errorf("read a resource: %w", err)
		}
		if started.Valid {
			at := time.UnixMilli(started.Int64).UTC()
			r.startedAt = &at
		}
		found = append(found, r)
	}

	return found, wrap("read resources", rows.Err())
}

// resourceList is a page of Twilio's lists.
type resourceList struct {
	resources []resource
	page      int
	pageSize  int
	more      bool
}

// resourceFilter is the part of a list that a request asks for.
type resourceFilter struct {
	terms []string
	args  []any
}

// add narrows the list.
func (f *resourceFilter) add(term string, args ...any) {
	f.terms, f.args = append(f.terms, term), append(f.args, args...)
}

// readFilter reads a list's parameters; timeName is the one about when a text was sent or a call answered.
func readFilter(kind resourceKind, query url.Values, timeName string, now time.Time) (resourceFilter, *twilioError) {
	filter := resourceFilter{}
	filter.add("kind = ?", kind)
	for name, column := range map[string]string{"To": "recipient", "From": "sender"} {
		if value := query.Get(name); value != "" {
			filter.add(column+" = ?", value)
		}
	}
	if status := query.Get("Status"); status != "" && kind == resourceCall {
		filter.add("status = ?", status)
	}
	for _, sign := range []string{"", "<", ">"} {
		value := query.Get(timeName + sign)
		if value == "" {
			continue
		}
		from, to, ok := parseSpan(value, sign == "")
		if !ok {
			return filter, newTwilioError(codeInvalidParam, "%s is not a valid date", timeName)
		}
		if sign != "<" {
			filter.add("started_at >= ?", from.UnixMilli())
		}
		if sign != ">" {
			filter.add("started_at < ?", to.UnixMilli())
		}
		// What will be sent in a moment has no such time yet.
		filter.add("started_at <= ?", now.UnixMilli())
	}

	return filter, nil
}

// day is the length of a day in UTC.
const day = 24 * time.Hour

// parseSpan reads a date, which means the whole day in UTC, or a time, which means that second or the day around it.
func parseSpan(value string, wholeDay bool) (from, to time.Time, ok bool) {
	if len(value) == len(time.DateOnly) {
		from, err := time.Parse(time.DateOnly, value)

		return from, from.Add(day), err == nil
	}
	from, err := time.Parse(time.RFC3339, value)
	if wholeDay {
		from = from.UTC().Truncate(day)

		return from, from.Add(day), err == nil
	}

	return from, from.Add(time.Second), err == nil
}

// count reads a number that is not below least.
func count(text string, fallback, least int) (number int, ok bool) {
	if text == "" {
		return fallback, true
	}
	number, err := strconv.Atoi(text)

	return number, err == nil && number >= least
}

// list reads a page of resources, the newest first.
func (t *twilio) list(r *http.Request, kind resourceKind, timeName string) (resourceList, *twilioError, error) {
	query := r.URL.Query()
	filter, wrong := readFilter(kind, query, timeName, time.Now())
	if wrong != nil {
		return resourceList{}, wrong, nil
	}
	page := resourceList{}
	var number, size bool
	page.page, number = count(query.Get("Page"), 0, 0)
	page.pageSize, size = count(query.Get("PageSize"), defaultPageSize, 1)
	if !number || !size {
		return resourceList{}, newTwilioError(codeInvalidParam, "Page or PageSize is not a valid number"), nil
	}
	page.pageSize = min(page.pageSize, maxPageSize)

	found, err := queryResources(r.Context(), t.db,
		"WHERE "+strings.Join(filter.terms, " AND ")+" ORDER BY seq DESC LIMIT ? OFFSET ?",
		append(filter.args, page.pageSize+1, page.page*page.pageSize)...)
	if err != nil {
		return resourceList{}, nil, err
	}
	page.more = len(found) > page.pageSize
	page.resources = found[:min(len(found), page.pageSize)]

	return page, nil, nil
}

// body is a list as Twilio answers it, under the name of what it lists.
func (l resourceList) body(r *http.Request, name string, entries []any) map[string]any {
	uri := func(page int) *string {
		query := r.URL.Query()
		query.Set("Page", strconv.Itoa(page))
		query.Set("PageSize", strconv.Itoa(l.pageSize))
		text := r.URL.Path + "?" + query.Encode()

		return &text
	}
	start := l.page * l.pageSize
	body := map[string]any{
		name: entries, "page": l.page, "page_size": l.pageSize, "start": start, "end": max(start, start+len(entries)-1),
		"uri": uri(l.page), "first_page_uri": uri(0), "next_page_uri": nil, "previous_page_uri": nil,
	}
	if l.more {
		body["next_page_uri"] = uri(l.page + 1)
	}
	if l.page > 0 {
		body["previous_page_uri"] = uri(l.page - 1)
	}

	return body
}

// joinClose closes rows and adds what goes wrong with that.
func joinClose(err error, rows *sql.Rows) error {
	return errors.Join(err, rows.Close())
}
