package twilio_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/providers/twilio"
)

func TestParseInboundText(t *testing.T) {
	t.Parallel()
	form := url.Values{
		"SmsMessageSid": {textSID}, "From": {"+442079460123"}, "To": {"+12025550100"}, "Body": {" Oui,\nmardi \x00\xff"}, "NumMedia": {"2"},
		"MessagingServiceSid": {"MG0123456789abcdef0123456789abcdef"}, "OptOutType": {"HELP"},
	}
	got, err := twilio.ParseInboundText(form)
	require.NoError(t, err)
	require.Equal(t, twilio.InboundText{
		SID: textSID, From: "+442079460123", To: "+12025550100", Body: " Oui,\nmardi \uFFFD",
		MessagingServiceSID: "MG0123456789abcdef0123456789abcdef", OptOutType: twilio.OptOutTypeHelp, NumMedia: 2,
	}, got)

	for _, media := range []string{"", "-1", "many"} {
		form.Set("NumMedia", media)
		got, err := twilio.ParseInboundText(form)
		require.NoError(t, err)
		require.Zero(t, got.NumMedia)
	}
}

func TestOptsOutAndIn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		body, kind string
		out, in    bool
	}{
		{"stop", "", true, false},
		{"Stop!", twilio.OptOutTypeStop, true, false},
		{"BAJA", twilio.OptOutTypeStop, true, false},
		{"stop", twilio.OptOutTypeHelp, true, false},
		{"stop", twilio.OptOutTypeStart, true, false},
		{"please stop", "", false, false},
		{"start", "", false, true},
		{"ALTA", twilio.OptOutTypeStart, false, true},
		{"yes", "", false, true},
		{"yes", twilio.OptOutTypeHelp, false, false},
		{"help", twilio.OptOutTypeHelp, false, false},
		{"", "", false, false},
	}
	for _, test := range tests {
		text := twilio.InboundText{Body: test.body, OptOutType: test.kind}
		require.Equal(t, test.out, text.OptsOut(), "%+v", test)
		require.Equal(t, test.in, text.OptsIn(), "%+v", test)
	}
}
