package models

import (
	"time"

	"github.com/nyaruka/phonenumbers"
)

// ZoneSource says where a contact's time zone comes from.
type ZoneSource string

// Sources of a contact's time zone, the best first.
const (
	ZoneOfContact  ZoneSource = "contact"  // its own field
	ZoneOfPhone    ZoneSource = "phone"    // where its number is given out
	ZoneOfCampaign ZoneSource = "campaign" // nothing better is known
)

// Location is the campaign's time zone. One that is not in the IANA database, which Validate refuses, is taken for UTC: a
// zone that vanished must not stop everything.
func (c *Campaign) Location() *time.Location {
	zone, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// PhoneZones are the names of the IANA time zones in which a number (E.164) may be used, by libphonenumber's tables of
// prefixes. A number of one place has one; one that tells nothing of its place, such as a toll-free one, has all zones of
// its country code. A mobile number has the zones that the tables give its prefix, which may be those of most of its
// users only. Empty where the tables do not know the number.
func PhoneZones(e164 string) []string {
	names, err := phonenumbers.GetTimezonesForPrefix(e164)
	if err != nil {
		return nil // not a number
	}
	var known []string // a copy too: the library hands out its own table
	for _, name := range names {
		if name != phonenumbers.UNKNOWN_TIMEZONE {
			known = append(known, name)
		}
	}
	return known
}

func phoneLocations(e164 string) []*time.Location {
	var zones []*time.Location
	for _, name := range PhoneZones(e164) {
		if zone, err := time.LoadLocation(name); err == nil { // a name newer than the zone database is left out
			zones = append(zones, zone)
		}
	}
	return zones
}

// ContactZones are the time zones in which a contact may be, and how that is known: its own field, else the zones of its
// phone number, else the campaign's. There is at least one, and more than one only by its number.
func ContactZones(contact *Contact, campaign *Campaign) ([]*time.Location, ZoneSource) {
	if contact.Timezone != nil && isTimezone(*contact.Timezone) {
		if zone, err := time.LoadLocation(*contact.Timezone); err == nil {
			return []*time.Location{zone}, ZoneOfContact
		}
	}
	if contact.Phone != nil {
		if zones := phoneLocations(*contact.Phone); len(zones) > 0 {
			return zones, ZoneOfPhone
		}
	}
	return []*time.Location{campaign.Location()}, ZoneOfCampaign
}

// ContactHours are the Hours in which a channel may be used for a contact: inside the channel's windows, and outside quiet
// hours for texts and calls, in every zone in which the contact may be. Where these have no hours in common, the campaign's
// zone decides.
func ContactHours(contact *Contact, campaign *Campaign, channel Channel, windows Windows, quiet QuietHours) Hours {
	zones, _ := ContactZones(contact, campaign)
	hours := NewHours(zones, windows.Of(channel), quiet.Hold(channel))
	if len(zones) > 1 {
		hours = hours.OrIn(campaign.Location())
	}
	return hours
}
