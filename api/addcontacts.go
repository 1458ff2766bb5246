package api

import (
	"context"
	"fmt"
	"strings"

	"beckon/intake"
	"beckon/models"
)

// warningEmailOfOther says that a contact was found by its phone while the e-mail is another contact's.
const warningEmailOfOther = "email_of_other_contact"

// AddContacts answers POST /campaigns/{id}/contacts.
func (s *server) AddContacts(ctx context.Context, request AddContactsRequestObject) (AddContactsResponseObject, error) {
	contacts, action := request.Body.Contacts, request.Body.Action
	if len(contacts) > models.MaxContactsACall {
		return nil, models.Errorf(models.CodeTooLarge, "a call has at most %d contacts; this one has %d",
			models.MaxContactsACall, len(contacts))
	}
	campaign, err := s.store.Settings(ctx, request.ID)
	if err != nil {
		return nil, fmt.Errorf("read campaign: %w", err)
	}
	if err := mayAdd(ctx, campaign); err != nil {
		return nil, err
	}
	giveExternalID(contacts, request.Body.ExternalIDKey, request.Body.ExternalIDValue)
	inputs, faults := intake.FromAPI(contacts, campaign.DefaultRegion)
	result := models.AddResult{}
	if _, repeatable := named(ctx); repeatable || len(inputs) > 0 {
		result, err = s.store.AddContacts(
			s.once(ctx), request.ID, actionOf(action), models.SourceAPI, inputs)
		if err != nil {
			return nil, fmt.Errorf("add contacts: %w", err)
		}
		s.tellAdded(ctx, request.ID, &result)
	}
	return AddContacts200JSONResponse{
		Message: addedMessage(result.Results, faults),
		Success: showAdded(result.Results, contacts), Errors: showFaults(faults, contacts),
	}, nil
}

// mayAdd refuses to look at contacts for an archived campaign. A call with an Idempotency-Key is left to the store: if it
// was made before the campaign was archived it is answered as it was then.
func mayAdd(ctx context.Context, campaign *models.Campaign) error {
	if _, repeatable := named(ctx); repeatable {
		return nil
	}
	return notArchived(campaign)
}

func notArchived(campaign *models.Campaign) error {
	if campaign.Status == models.CampaignArchived {
		return models.Errorf(models.CodeCampaignArchived, "the campaign is archived: nothing can be changed in it")
	}
	return nil
}

func actionOf(action *models.AddAction) models.AddAction {
	if action == nil {
		return models.ActionUpsert
	}
	return *action
}

// giveExternalID gives the call's external id to contacts without their own.
func giveExternalID(contacts []intake.APIContact, key, id *string) {
	for i := range contacts {
		if contacts[i].ExternalIDKey == nil {
			contacts[i].ExternalIDKey = key
		}
		if contacts[i].ExternalIDValue == nil {
			contacts[i].ExternalIDValue = id
		}
	}
}

// showAdded lists the contacts that were changed; those left alone are not in it.
func showAdded(results []models.Added, contacts []intake.APIContact) []AddedContact {
	shown := []AddedContact{}
	for _, added := range results {
		if added.Action == models.AddedIgnored {
			continue
		}
		contact := AddedContact{
			Phone: contacts[added.Line].Phone, Email: contacts[added.Line].Email,
			Action: added.Action, ContactID: added.ContactID,
		}
		if added.EmailOfOther {
			warning := warningEmailOfOther
			contact.Warning = &warning
		}
		shown = append(shown, contact)
	}
	return shown
}

func showFaults(faults []intake.ItemError, contacts []intake.APIContact) []ContactFault {
	shown := make([]ContactFault, 0, len(faults))
	for _, fault := range faults {
		one := ContactFault{
			Index: fault.Index, Phone: contacts[fault.Index].Phone, Email: contacts[fault.Index].Email,
			Message: fault.Message, Code: string(fault.Code),
		}
		if fault.Field != "" {
			one.Field = &fault.Field
		}
		shown = append(shown, one)
	}
	return shown
}

// addedMessage says in words what became of the contacts.
func addedMessage(results []models.Added, faults []intake.ItemError) string {
	counts := map[models.AddedAction]int{}
	for _, added := range results {
		counts[added.Action]++
	}
	refused := map[int]bool{}
	for _, fault := range faults {
		if !fault.Taken {
			refused[fault.Index] = true
		}
	}
	parts := []string{}
	for _, part := range []struct {
		count int
		words string
	}{
		{counts[models.AddedCreated], "created"},
		{counts[models.AddedUpdated], "updated"},
		{counts[models.AddedRemoved], "removed"},
		{counts[models.AddedIgnored], "left alone"},
		{len(refused), "not taken"},
	} {
		if part.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.count, part.words))
		}
	}
	if len(parts) == 0 {
		return "Contacts: none."
	}
	return "Contacts: " + strings.Join(parts, ", ") + "."
}
