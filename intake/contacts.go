package intake

import (
	"slices"
	"strings"

	"beckon/models"
)

// APIContact is one contact as the public contacts endpoint takes it. Nil and "" mean "not given".
type APIContact struct {
	FirstName       *string        `json:"firstName,omitempty"`
	LastName        *string        `json:"lastName,omitempty"`
	Email           *string        `json:"email,omitempty"`
	Phone           *string        `json:"phone,omitempty"`
	Status          *string        `json:"status,omitempty"`
	Timezone        *string        `json:"timezone,omitempty"`
	ContactMetadata map[string]any `json:"contactMetadata,omitempty"`
	ExternalIDKey   *string        `json:"externalIdKey,omitempty"`
	ExternalIDValue *string        `json:"externalIdValue,omitempty"`
}

// ItemError is one thing that is wrong with one contact of a call.
type ItemError struct {
	Index   int       // of the contact in the call, from 0
	Field   string    // of the contact; "" for the contact as a whole
	Code    ValueCode // for machines
	Message string    // for people; does not hold the value
	// Taken says that the contact is among the inputs all the same, without this field.
	Taken bool
}

// FromAPI normalises the contacts of a call to the contacts endpoint. Input i of the result has the index of its contact
// as Line. As in a file, a field that cannot be used is left out and listed; a contact is not taken only without any
// usable address, or with a status that there is none such. Of the known statuses only completed and disqualified have an
// effect, any other is passed over; case does not matter. Names are not required: a call may name an existing contact by
// its address alone. Phone numbers are read as PhoneOfCall says, metadata as Metadata does.
func FromAPI(contacts []APIContact, defaultRegion string) ([]models.ContactInput, []ItemError) {
	inputs, faults := make([]models.ContactInput, 0, len(contacts)), []ItemError{}
	for i := range contacts {
		it := item{index: i, contact: &contacts[i], region: defaultRegion}
		input, ok := it.read()
		for j := range it.faults {
			it.faults[j].Taken = ok
		}
		faults = append(faults, it.faults...)
		if ok {
			inputs = append(inputs, input)
		}
	}
	return inputs, faults
}

// item is one contact of a call while it is read.
type item struct {
	index   int
	contact *APIContact
	region  string
	faults  []ItemError
}

func (it *item) unusable(field string, err error) {
	value := asValueError(err)
	it.faults = append(it.faults, ItemError{
		Index: it.index, Field: field, Code: value.Code, Message: field + ": " + value.Detail,
	})
}

// refused adds an error of the contact as a whole.
func (it *item) refused(code ValueCode, message string) {
	it.faults = append(it.faults, ItemError{Index: it.index, Code: code, Message: message})
}

// read makes an input of the contact, and reports whether it can be taken.
func (it *item) read() (models.ContactInput, bool) {
	c := it.contact
	text := func(raw string) (string, error) { return Text(raw, MaxFieldRunes) }
	input := models.ContactInput{
		Line:            it.index,
		FirstName:       it.value(fieldFirstName, c.FirstName, text),
		LastName:        it.value(fieldLastName, c.LastName, text),
		Email:           it.value(fieldEmail, c.Email, Email),
		Phone:           it.value(fieldPhone, c.Phone, func(raw string) (string, error) { return PhoneOfCall(raw, it.region) }),
		Timezone:        it.value(fieldTimezone, c.Timezone, Timezone),
		ExternalIDKey:   it.value("externalIdKey", c.ExternalIDKey, text),
		ExternalIDValue: it.value(fieldExternalID, c.ExternalIDValue, text),
	}
	var err error
	if input.Properties, err = Metadata(c.ContactMetadata); err != nil {
		it.unusable("contactMetadata", err)
	}
	status, known := it.status()
	input.Status = status
	if input.Email == nil && input.Phone == nil {
		it.refused(ValueNoAddress, "the contact has no e-mail address or phone number that can be used")
		return models.ContactInput{}, false
	}
	return input, known
}

// value normalises one member; nil where it is not given or cannot be used.
func (it *item) value(field string, raw *string, normalise func(string) (string, error)) *string {
	if raw == nil || strings.TrimFunc(*raw, trimmed) == "" {
		return nil
	}
	value, err := normalise(*raw)
	if err != nil {
		it.unusable(field, err)
		return nil
	}
	return given(value)
}

// status returns the status where it has an effect, and false where there is none such.
func (it *item) status() (*models.ContactStatus, bool) {
	if it.contact.Status == nil || strings.TrimSpace(*it.contact.Status) == "" {
		return nil, true
	}
	status := models.ContactStatus(strings.ToLower(strings.TrimSpace(*it.contact.Status)))
	if !slices.Contains(models.ContactStatuses, status) {
		it.unusable("status", &ValueError{Code: ValueInvalidStatus, Detail: "there is no such status"})
		return nil, false
	}
	if !status.Finished() {
		return nil, true
	}
	return &status, true
}
