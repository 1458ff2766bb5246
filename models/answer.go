package models

import "strings"

// HelpText answers who asks for help by text: whose texts these are, how to reach those who send them, and how to stop them.
// Sender is nil where nobody knows whom they wrote to.
func HelpText(sender *Sender) string {
	const stop = " Reply STOP to opt out."
	if sender == nil || sender.Name() == "" {
		return "These texts are sent automatically." + stop
	}
	ways := []string{}
	if sender.FromPhone != "" {
		ways = append(ways, "call "+sender.FromPhone)
	}
	switch {
	case sender.ReplyTo != "":
		ways = append(ways, "write to "+sender.ReplyTo)
	case sender.FromEmail != "":
		ways = append(ways, "write to "+sender.FromEmail)
	}
	if len(ways) == 0 {
		return "These texts are from " + spoken(sender.Name()) + "." + stop
	}
	return sender.Name() + ": for help, " + strings.Join(ways, " or ") + "." + stop
}

// OptOutText confirms an opt-out by text, and says nothing else (47 CFR 64.1200(a)(12)).
func OptOutText(sender *Sender) string {
	if sender == nil || sender.Name() == "" {
		return "You have opted out and will get no more messages."
	}
	return "You have opted out and will get no more messages from " + spoken(sender.Name()) + "."
}

// CalledText is said to who calls one of the numbers: whom they have reached, and that they will be called back. Name is ""
// where nobody knows whose number it is, as in all that is said in calls.
func CalledText(name string) string {
	if name == "" {
		return "Thank you for your call. We have taken note of it and will get back to you. Goodbye."
	}
	return "Thank you for calling " + spoken(name) + ". We have taken note of your call and will get back to you. Goodbye."
}

// PromptText asks who answered a call for an answer, once the script was spoken.
func PromptText() string {
	return "Please say your answer now. To not be called again, press " + KeyOptOut + "."
}

// HeardText is said to who gave an answer in a call.
func HeardText() string { return "Thank you. We have taken note of your answer. Goodbye." }

// OptedOutText is said to who asked in a call not to be called again.
func OptedOutText(name string) string {
	if name == "" {
		return "You will not be called again. Goodbye."
	}
	return "You will not be called again by " + spoken(name) + ". Goodbye."
}

// UnheardText is said to who gave no answer.
func UnheardText() string { return "Thank you for your time. Goodbye." }

// spoken is a name as it stands at the end of a sentence: "Example Clinic Inc." has a full stop already.
func spoken(name string) string { return strings.TrimSuffix(name, ".") }
