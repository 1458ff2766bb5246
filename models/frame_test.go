package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func TestTextFrame(t *testing.T) {
	t.Parallel()
	clinic := &models.Sender{BusinessName: " Example Clinic ", FromName: "Ada"}
	const hint = "\nReply STOP to opt out."
	for name, c := range map[string]struct {
		sender *models.Sender
		body   string
		first  bool
		want   string
	}{
		"first":               {clinic, "Would Tuesday do?", true, "Example Clinic: Would Tuesday do?" + hint},
		"later":               {clinic, "Would Tuesday do?", false, "Would Tuesday do?"},
		"named":               {clinic, "Hi, example  CLINIC here.", true, "Hi, example  CLINIC here." + hint},
		"named within a word": {&models.Sender{BusinessName: "AI"}, "I said so", true, "AI: I said so" + hint},
		"named possessively":  {clinic, "Example Clinic's doors are open", true, "Example Clinic's doors are open" + hint},
		"says how to stop":    {clinic, "Tuesday? Reply STOP to end.", true, "Example Clinic: Tuesday? Reply STOP to end."},
		"quoted":              {clinic, `Tuesday? Text back "stop" any time.`, true, `Example Clinic: Tuesday? Text back "stop" any time.`},
		"another stop":        {clinic, "Text me to stop by.", true, "Example Clinic: Text me to stop by." + hint},
		"STOP without a word": {clinic, "STOP waiting!", true, "Example Clinic: STOP waiting!" + hint},
		"sentences apart":     {clinic, "Please reply. STOP by on Monday!", true, "Example Clinic: Please reply. STOP by on Monday!" + hint},
		"only a person":       {&models.Sender{FromName: "Ada"}, "Hi.", true, "Ada: Hi." + hint},
		"nobody":              {&models.Sender{}, "Hi.", true, "Hi." + hint},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, models.TextFrame(c.sender, c.body, c.first).Around(c.body))
		})
	}
}

func TestCallFrame(t *testing.T) {
	t.Parallel()
	clinic := &models.Sender{BusinessName: "Example Clinic"}
	opening := "Hello. This is an automated call from Example Clinic. To not be called again, press 9 at any time. "
	require.Equal(t, models.Frame{Opening: opening}, models.CallFrame(clinic, "It is time for a check-up."))
	require.Equal(t, models.Frame{Opening: opening}, models.CallFrame(clinic, "Example Clinic here: it is time."))
	require.Equal(t, models.Frame{Opening: opening}, models.CallFrame(clinic, "This is an automated call."))
	require.Equal(t, models.Frame{}, models.CallFrame(clinic, "Hi, I am the virtual assistant of Example Clinic."))
	require.Equal(t, "Hello. This is an automated call. To not be called again, press 9 at any time. ",
		models.CallFrame(&models.Sender{}, "Hi.").Opening)
	require.Equal(t, models.Frame{}, models.OutreachFrame(models.ChannelEmail, clinic, "Hi.", true))
}
