package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"beckon/intake"
	"beckon/models"
)

// ListContacts answers GET /campaigns/{id}/contacts.
func (s *server) ListContacts(
	ctx context.Context, request ListContactsRequestObject,
) (ListContactsResponseObject, error) {
	params := request.Params
	page := pageOf(params.Page, params.PerPage)
	sort, descending := strings.CutPrefix(value(params.Sort), "-")
	rows, total, err := s.store.Contacts(ctx, models.ContactFilter{
		CampaignID: request.ID, Page: page, Status: params.Status, Search: value(params.Search),
		Channel: params.Channel, WaitingReason: params.WaitingReason,
		Sort: models.ContactSort(sort), Descending: descending,
	})
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	list := ListContacts200JSONResponse{
		Data: make([]Contact, 0, len(rows)), Page: page.Number, PerPage: page.PerPage, Total: total,
	}
	for i := range rows {
		list.Data = append(list.Data, showContact(&rows[i]))
	}
	return list, nil
}

// showContact is a contact in a list.
func showContact(row *models.ContactRow) Contact {
	contact := Contact{
		ID: row.ID, FirstName: row.FirstName, LastName: row.LastName, Email: row.Email, Phone: row.Phone,
		Status: row.Shown(), UnderlyingStatus: row.Status, StatusReason: row.StatusReason,
		Attempts: row.Attempts, MaxAttempts: row.MaxAttempts, Waiting: showWaiting(row.Waiting()),
		LastOutreachAt: utc(row.LastOutreachAt), LastOutcome: row.LastOutcome, Unconfirmed: row.Unconfirmed,
		CreatedAt: row.CreatedAt.UTC(),
	}
	if next := row.NextOutreach; next != nil {
		contact.NextOutreach = &NextOutreach{ID: next.ID, Channel: next.Channel, SendAt: next.SendAt.UTC()}
	}
	return contact
}

func showWaiting(waiting *models.Waiting) *models.Waiting {
	if waiting == nil {
		return nil
	}
	return &models.Waiting{Reason: waiting.Reason, Until: utc(waiting.Until), Detail: waiting.Detail}
}

// UpdateContact answers PATCH /campaigns/{id}/contacts/{contactId}.
func (s *server) UpdateContact(
	ctx context.Context, request UpdateContactRequestObject,
) (UpdateContactResponseObject, error) {
	campaign, err := s.store.Campaign(ctx, request.ID)
	if err != nil {
		return nil, fmt.Errorf("read campaign: %w", err)
	}
	patch := either(request.JSONBody, request.ApplicationMergePatchPlusJSONBody)
	wake, err := s.store.UpdateContact(ctx, request.ID, request.ContactID, func(c *models.Contact) error {
		return patchContact(c, patch, campaign.DefaultRegion)
	})
	if err != nil {
		return nil, fmt.Errorf("update contact: %w", err)
	}
	s.wake(ctx, wake)
	shown, err := s.contactDetail(ctx, request.ID, request.ContactID)
	return UpdateContact200JSONResponse{shown}, err
}

// RemoveContact answers DELETE /campaigns/{id}/contacts/{contactId}.
func (s *server) RemoveContact(
	ctx context.Context, request RemoveContactRequestObject,
) (RemoveContactResponseObject, error) {
	wake, err := s.store.RemoveContact(ctx, request.ID, request.ContactID)
	if err != nil {
		return nil, fmt.Errorf("remove contact: %w", err)
	}
	s.wake(ctx, wake)
	return RemoveContact204Response{}, nil
}

// contactSettings are what a client may set of a contact; a JSON Merge Patch is read over the present ones.
type contactSettings struct {
	FirstName       string           `json:"firstName"`
	LastName        string           `json:"lastName"`
	Email           *string          `json:"email"`
	Phone           *string          `json:"phone"`
	Timezone        *string          `json:"timezone"`
	ContactMetadata map[string]any   `json:"contactMetadata"` // the patch of it
	BlockedChannels []models.Channel `json:"blockedChannels"`
}

// patchContact changes what a validated JSON Merge Patch names. Unlike the endpoint for many contacts it leaves nothing
// out: all that cannot be used is refused at once. Error: CodeInvalid.
func patchContact(c *models.Contact, patch json.RawMessage, region string) error {
	given := contactSettings{
		FirstName: c.FirstName, LastName: c.LastName,
		Email: clone(c.Email), Phone: clone(c.Phone), Timezone: clone(c.Timezone),
		BlockedChannels: slices.Clone(c.BlockedChannels),
	}
	if err := decode(patch, &given); err != nil {
		return err
	}
	p := contactPatch{}
	name := func(raw string) (string, error) { return intake.Text(raw, intake.MaxFieldRunes) }
	c.FirstName = value(p.normal("/firstName", &given.FirstName, name))
	c.LastName = value(p.normal("/lastName", &given.LastName, name))
	c.Email = p.normal("/email", given.Email, intake.Email)
	c.Phone = p.normal("/phone", given.Phone, func(raw string) (string, error) { return intake.PhoneOfCall(raw, region) })
	c.Timezone = p.normal("/timezone", given.Timezone, intake.Timezone)
	slices.Sort(given.BlockedChannels)
	c.BlockedChannels = slices.Compact(given.BlockedChannels)
	if given.ContactMetadata != nil {
		merged, err := intake.Metadata(mergePatch(c.Properties, given.ContactMetadata))
		p.fault("/contactMetadata", err)
		c.Properties = merged
	}
	if len(p.faults) == 0 && c.Email == nil && c.Phone == nil {
		p.faults = append(p.faults, models.FieldError{
			Code: string(intake.ValueNoAddress), Detail: "a contact keeps an e-mail address or a phone number",
		})
	}
	return refuse(p.faults)
}

// contactPatch gathers what is wrong with a patch.
type contactPatch struct {
	faults []models.FieldError
}

// normal normalises a member; nil where there is none.
func (p *contactPatch) normal(pointer string, raw *string, normalise func(string) (string, error)) *string {
	if raw == nil || strings.TrimSpace(*raw) == "" {
		return nil
	}
	normalised, err := normalise(*raw)
	p.fault(pointer, err)
	return &normalised
}

func (p *contactPatch) fault(pointer string, err error) {
	if err == nil {
		return
	}
	fault := models.FieldError{Pointer: pointer, Code: fieldInvalid, Detail: "the value cannot be used"}
	if value, ok := errors.AsType[*intake.ValueError](err); ok {
		fault.Code, fault.Detail = string(value.Code), value.Detail
	}
	p.faults = append(p.faults, fault)
}

// mergePatch applies a JSON Merge Patch (RFC 7396) to an object, which stays as it is.
func mergePatch(object, patch map[string]any) map[string]any {
	merged := maps.Clone(object)
	if merged == nil {
		merged = map[string]any{}
	}
	for key, change := range patch {
		switch change := change.(type) {
		case nil:
			delete(merged, key)
		case map[string]any:
			inner, _ := merged[key].(map[string]any)
			merged[key] = mergePatch(inner, change)
		default:
			merged[key] = change
		}
	}
	return merged
}
