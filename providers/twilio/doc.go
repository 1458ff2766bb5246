// Package twilio sends texts and makes calls through Twilio's REST API (2010-04-01), verifies and reads its webhooks, and
// writes the TwiML that says what a call speaks.
package twilio
