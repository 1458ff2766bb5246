package intake

import (
	"slices"
	"strings"
	"unicode"
)

// SuggestMapping finds the columns of well-known exports (HubSpot, Salesforce, Google, Outlook, Mailchimp) and of files
// that people write, in English and some other languages. What it does not know it leaves out.
func SuggestMapping(header []string) Mapping {
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = letters(name)
	}
	find := func(known ...string) string {
		for _, name := range known {
			if i := slices.Index(names, name); i >= 0 {
				return header[i]
			}
		}
		return ""
	}
	mapping := Mapping{
		FirstName: find("firstname", "givenname", "forename", "first", "vorname", "prenom", "prénom", "nombre"),
		LastName:  find("lastname", "familyname", "surname", "last", "nachname", "apellidos", "apellido"),
		Email: find("email", "emailaddress", "email1value", "email1address", "mail", "workemail", "businessemail",
			"personalemail", "emailadresse", "correo", "correoelectrónico", "courriel"),
		Phone:           []string{},
		Timezone:        find("timezone", "tz", "ianatimezone", "zeitzone"),
		ExternalIDValue: find("recordid", "contactid", "externalid", "leadid", "customerid", "crmid", "euid"),
		Properties:      map[string]string{},
	}
	if mapping.FirstName == "" && mapping.LastName == "" {
		mapping.Name = find("name", "fullname", "contactname", "displayname", "contact", "nom")
	}
	// Mobile numbers come first: they take texts and calls.
	for _, known := range []string{
		"mobilephone", "mobile", "mobilenumber", "mobilephonenumber", "cellphone", "cell", "handy", "móvil",
		"phone", "phonenumber", "telephone", "telephonenumber", "tel", "telefon", "teléfono", "téléphone",
		"phone1value", "primaryphone", "homephone", "businessphone", "workphone", "phone2value", "otherphone",
	} {
		if column := find(known); column != "" && len(mapping.Phone) < MaxPhoneColumns {
			mapping.Phone = append(mapping.Phone, column)
		}
	}
	for key, known := range map[string][]string{
		"company":  {"company", "companyname", "companyaccount", "organization", "organization1name", "firma"},
		"jobTitle": {"jobtitle", "title", "organization1title", "position"},
		"city":     {"city", "homecity", "businesscity", "town", "stadt"},
		"country":  {"country", "countryregion", "homecountry", "businesscountry", "land"},
	} {
		if column := find(known...); column != "" {
			mapping.Properties[key] = column
		}
	}
	return mapping
}

// letters is a column's name without case, spaces and punctuation.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
