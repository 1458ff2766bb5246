package twilio

import (
	"strconv"

	"beckon/models"
)

// code is what one of Twilio's error codes means.
type code struct {
	Code int
	// Kind is what a refusal with the code proves, whatever 4xx status it came with. A code that only callbacks carry has the
	// kind that a refusal would have.
	Kind    models.FailureKind
	Meaning models.CodeMeaning
}

// codes are those of Twilio's error codes that mean more than that this one text or call was refused or failed. Each is
// described at https://www.twilio.com/docs/api/errors/<code>; what is said there of it stands beside it.
//
// Left out with intent, since they prove nothing about the number, and are no fault that somebody could mend for all others:
// 30007 (filtered by a carrier as spam, for its words or its sender), 30008 (unknown error), 30001 (queue overflow), 30036
// (the validity period ended), 21408 and 21215 (no permission for that country), 21612 (no route between these two
// numbers), 21216 (Twilio blocks calls to that number), and all that find fault with the text itself.
func codes() []code {
	const (
		limit, auth, rejected    = models.FailureLimit, models.FailureAuth, models.FailureRejected
		optedOut, dead, bySender = models.MeansOptedOut, models.MeansDead, models.MeansSender
	)
	return []code{
		{21610, rejected, optedOut}, // "attempt to send to unsubscribed recipient"

		// The number is none that this channel reaches.
		{21211, rejected, dead}, // "invalid 'To' phone number"
		{21214, rejected, dead}, // calls: "'To' phone number cannot be reached"
		{21217, rejected, dead}, // calls: "phone number does not appear to be valid"
		{21614, rejected, dead}, // "'To' number is not a valid mobile number"
		{21635, rejected, dead}, // "'To' number cannot be a landline"
		{13224, rejected, dead}, // "Twilio does not support calling this number or the number is invalid"
		{30003, rejected, dead}, // "unreachable destination handset": it may be off for now, yet it is what carriers say of dead ones too
		{30004, rejected, dead}, // "message blocked": the number, or its carrier, takes no messages like this
		{30005, rejected, dead}, // "unknown destination handset": unknown, or no longer in service
		{30006, rejected, dead}, // "landline or unreachable carrier"

		// Later: nothing was taken.
		{20429, limit, ""}, // "too many requests": not processed, safe to retry
		{14107, limit, ""}, // "message rate limit exceeded"
		{21611, limit, ""}, // the sender's queue holds as much as it may; nothing was queued
		{10004, limit, ""}, // "call concurrency limit exceeded"
		{63038, limit, ""}, // "daily message limit exceeded" of the account

		// The account or the sender: nobody is reached until somebody mends it.
		{20003, auth, bySender}, // "authenticate"
		{20005, auth, bySender}, // "account not active"
		{10001, auth, bySender}, // "account is not active"
		{10002, auth, bySender}, // "trial accounts do not support the feature"
		{20006, auth, bySender}, // "access denied"
		{30002, auth, bySender}, // "account suspended", after the text was queued
		{21210, auth, bySender}, // calls: "'From' phone number not verified"
		{21212, auth, bySender}, // "invalid 'From' number"
		{21219, auth, bySender}, // calls: a trial account calls verified numbers alone
		{21601, auth, bySender}, // 'From' is not an SMS-capable number of the account
		{21606, auth, bySender}, // "'From' … is not a valid message-capable Twilio phone number for this destination/account"
		{21608, auth, bySender}, // a trial account, or one without an approved profile, texts verified numbers alone
		{21659, auth, bySender}, // "'From' is not a Twilio phone number or short code country mismatch"
		{21660, auth, bySender}, // "mismatch between the 'From' number and the account"
		{21661, auth, bySender}, // "'From' number is not SMS-capable"
		{21701, auth, bySender}, // "the Messaging Service does not exist"
		{21703, auth, bySender}, // the Messaging Service has no number to send from
		{21704, auth, bySender}, // "the Messaging Service contains no phone numbers"
		{21705, auth, bySender}, // "the Messaging Service is invalid"
		{30032, auth, bySender}, // "toll-free number has not been verified"
		{30034, auth, bySender}, // "message from an unregistered number": US A2P 10DLC
	}
}

// meaningOf is what is known of a code that is not simply a refusal of this one text or call.
func meaningOf(number int) (code, bool) {
	for _, known := range codes() {
		if known.Code == number {
			return known, true
		}
	}
	return code{}, false
}

// MeaningOf is what one of Twilio's error codes, such as "30005", says about the number or the sender; "" where it says nothing.
func MeaningOf(number string) models.CodeMeaning {
	n, err := strconv.Atoi(number)
	if err != nil {
		return ""
	}
	known, _ := meaningOf(n)
	return known.Meaning
}
