package twilio_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/providers"
	"beckon/providers/internal/providertest"
	"beckon/providers/twilio"
)

// The interfaces that activities own.
var _ interface {
	SendText(ctx context.Context, text models.Text) (string, error)
	MakeCall(ctx context.Context, call models.Call) (string, error)
} = (*twilio.Client)(nil)

const (
	accountSID = "AC0123456789abcdef0123456789abcdef"
	authToken  = "twiliotestauthtoken0123456789abc"
	publicURL  = "https://app.example.com"
	outreach   = "0198c0de-0000-7000-8000-000000000001"
	textSID    = "SMd36c0364e3842955b2c8f86da3bd8ad6"
	callSID    = "CAc93bf9a243a391a65da5b60116ee9a5c"
)

func newClient(t *testing.T, address string, timeout time.Duration) *twilio.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client, err := twilio.New(twilio.Config{
		AccountSID: accountSID, AuthToken: authToken, BaseURL: address, PublicURL: publicURL, Timeout: timeout, Transport: transport,
	})
	require.NoError(t, err)
	return client
}

func text() models.Text {
	return models.Text{
		OutreachID: outreach, CampaignID: "0198c0de-0000-7000-8000-000000000002",
		From: "+12025550100", To: "+12025550123", Body: "Hi Ada, would Tuesday do?",
	}
}

func phoneCall() models.Call {
	return models.Call{
		OutreachID: outreach, CampaignID: "0198c0de-0000-7000-8000-000000000002", From: "+12025550100", To: "+12025550123",
	}
}

// created answers as Twilio does to what it takes.
func created(sid string) providertest.Answer {
	return providertest.JSON(http.StatusCreated, `{"sid": "`+sid+`", "status": "queued", "to": "+12025550123"}`)
}

// ways are both ways to reach Twilio, for what must hold for each.
func ways() map[string]func(context.Context, *twilio.Client) (string, error) {
	return map[string]func(context.Context, *twilio.Client) (string, error){
		"Text": func(ctx context.Context, client *twilio.Client) (string, error) { return client.SendText(ctx, text()) },
		"Call": func(ctx context.Context, client *twilio.Client) (string, error) {
			return client.MakeCall(ctx, phoneCall())
		},
	}
}

// failed returns the provider error that must have come, which must not quote personal data.
func failed(t *testing.T, id string, err error) *models.ProviderError {
	t.Helper()
	require.Empty(t, id)
	failure, ok := errors.AsType[*models.ProviderError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, fmt.Sprintf("provider failure: %s (%s)", failure.Kind, failure.Code), err.Error())
	for _, personal := range []string{text().To, text().Body, "Ada"} {
		require.NotContains(t, err.Error(), personal)
	}
	require.LessOrEqual(t, len(failure.Detail), 2<<10)
	return failure
}

func TestSendText(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer(t, created(textSID))

	id, err := newClient(t, server.URL+"/", 5*time.Second).SendText(t.Context(), text())

	require.NoError(t, err)
	require.Equal(t, textSID, id)
	requests := server.Requests()
	require.Len(t, requests, 1)
	require.Equal(t, "POST /2010-04-01/Accounts/"+accountSID+"/Messages.json", requests[0].Path)
	require.Equal(t, url.Values{
		"To":             {"+12025550123"},
		"From":           {"+12025550100"},
		"Body":           {"Hi Ada, would Tuesday do?"},
		"StatusCallback": {"https://app.example.com/webhooks/twilio/sms/status?attempt=" + outreach},
	}, formOf(t, requests[0]))
}

func TestMakeCall(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer(t, created(callSID))

	id, err := newClient(t, server.URL, 5*time.Second).MakeCall(t.Context(), phoneCall())

	require.NoError(t, err)
	require.Equal(t, callSID, id)
	requests := server.Requests()
	require.Len(t, requests, 1)
	require.Equal(t, "POST /2010-04-01/Accounts/"+accountSID+"/Calls.json", requests[0].Path)
	require.Equal(t, url.Values{
		"To":                   {"+12025550123"},
		"From":                 {"+12025550100"},
		"Url":                  {"https://app.example.com/webhooks/twilio/voice/answer?attempt=" + outreach},
		"Method":               {"POST"},
		"StatusCallback":       {"https://app.example.com/webhooks/twilio/voice/status?attempt=" + outreach},
		"StatusCallbackMethod": {"POST"},
		"StatusCallbackEvent":  {"initiated", "ringing", "answered", "completed"},
		"MachineDetection":     {"DetectMessageEnd"},
		"Timeout":              {"30"},
		"TimeLimit":            {"900"},
	}, formOf(t, requests[0]))
}

func TestRequestsFollowTheVendorsAPI(t *testing.T) {
	t.Parallel()
	spec := loadSpec(t)
	send := func(t *testing.T, change func(*models.Text)) url.Values {
		t.Helper()
		message := text()
		change(&message)
		server := providertest.NewServer(t, created(textSID))
		_, err := newClient(t, server.URL, 5*time.Second).SendText(t.Context(), message)
		require.NoError(t, err)
		return spec.accepts(t, server.Requests()[0])
	}

	t.Run("Number", func(t *testing.T) {
		t.Parallel()
		form := send(t, func(*models.Text) {})
		require.False(t, form.Has("ValidityPeriod"), "Twilio's default")
		require.False(t, form.Has("MessagingServiceSid"))
	})
	t.Run("Service", func(t *testing.T) {
		t.Parallel()
		form := send(t, func(m *models.Text) { m.MessagingServiceSID = "MG0123456789abcdef0123456789abcdef" })
		require.Equal(t, "MG0123456789abcdef0123456789abcdef", form.Get("MessagingServiceSid"))
		require.False(t, form.Has("From"), "the service picks the number")
	})
	t.Run("Awkward", func(t *testing.T) {
		t.Parallel()
		body := "Grüße 🦷 & <b>=%+\n\u2028"
		form := send(t, func(m *models.Text) { m.Body, m.OutreachID = body+"\x00\xff", "a b&c=d?" })
		require.Equal(t, body+"\uFFFD", form.Get("Body"))
		callback, err := url.Parse(form.Get("StatusCallback"))
		require.NoError(t, err)
		require.Equal(t, url.Values{"attempt": {"a b&c=d?"}}, callback.Query())
	})
	t.Run("Validity", func(t *testing.T) {
		t.Parallel()
		for validFor, seconds := range map[time.Duration]string{
			-time.Minute: "1", time.Millisecond: "1", time.Second: "1", 90*time.Second + 999*time.Millisecond: "90",
			10 * time.Hour: "36000", 10*time.Hour + time.Second: "36000", 100 * time.Hour: "36000",
		} {
			form := send(t, func(m *models.Text) { m.ValidFor = validFor })
			require.Equal(t, seconds, form.Get("ValidityPeriod"), validFor)
		}
	})
	t.Run("Call", func(t *testing.T) {
		t.Parallel()
		server := providertest.NewServer(t, created(callSID))
		_, err := newClient(t, server.URL, 5*time.Second).MakeCall(t.Context(), phoneCall())
		require.NoError(t, err)
		form := spec.accepts(t, server.Requests()[0])
		require.False(t, form.Has("SendDigits"), "Twilio would ignore MachineDetection")
		require.False(t, form.Has("AsyncAmd"), "the answer must wait for the detection")
	})
}

func TestRefusesWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer(t, created(textSID))
	client := newClient(t, server.URL, 5*time.Second)
	for _, to := range []string{"", "12025550123", "+1 202 555 0123", "whatsapp:+12025550123", "client:ada", "+12025550123\n", "+0123456789"} {
		message, call := text(), phoneCall()
		message.To, call.To = to, to
		id, err := client.SendText(t.Context(), message)
		require.Equal(t, "invalid_to", failed(t, id, err).Code, "%q", to)
		id, err = client.MakeCall(t.Context(), call)
		require.Equal(t, "invalid_to", failed(t, id, err).Code, "%q", to)
	}
	for code, change := range map[string]func(*models.Text){
		"no_sender": func(m *models.Text) { m.From = "" },
		"no_text":   func(m *models.Text) { m.Body = " \n\t" },
	} {
		message := text()
		change(&message)
		id, err := client.SendText(t.Context(), message)
		failure := failed(t, id, err)
		require.Equal(t, models.FailureRejected, failure.Kind)
		require.Equal(t, code, failure.Code)
	}
	call := phoneCall()
	call.From = ""
	id, err := client.MakeCall(t.Context(), call)
	require.Equal(t, "no_sender", failed(t, id, err).Code)
	require.Empty(t, server.Requests())
}

// Each setting of the SDK that would reach for the environment or for a second request is off.
func TestOneRequestToTheGivenHost(t *testing.T) {
	t.Parallel()
	var hosts []string
	transport := roundTripper(func(request *http.Request) (*http.Response, error) {
		hosts = append(hosts, request.URL.String())
		require.Equal(t, request.URL.Host, request.Host)
		return nil, io.ErrClosedPipe
	})
	client, err := twilio.New(twilio.Config{
		AccountSID: accountSID, AuthToken: authToken, BaseURL: "http://proxy.example:81/twilio/", PublicURL: publicURL, Transport: transport,
	})
	require.NoError(t, err)
	for _, way := range ways() {
		id, err := way(t.Context(), client)
		require.Equal(t, models.FailureInDoubt, failed(t, id, err).Kind)
	}
	require.Len(t, hosts, 2)
	for _, host := range hosts {
		require.True(t, strings.HasPrefix(host, "http://proxy.example:81/twilio/2010-04-01/Accounts/"), host)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

// Requests at once must not mix: each has its own SDK client and context.
func TestConcurrently(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"sid": "SM%s"}`, strings.TrimPrefix(r.FormValue("To"), "+"))
	}))
	t.Cleanup(server.Close)
	client := newClient(t, server.URL, 30*time.Second)
	const senders, each = 16, 20
	var group sync.WaitGroup
	errs := make(chan error, senders*each)
	for sender := range senders {
		group.Go(func() {
			for n := range each {
				message := text()
				message.To = fmt.Sprintf("+1202555%02d%02d", sender, n)
				id, err := client.SendText(t.Context(), message)
				if err == nil && id != "SM"+message.To[1:] {
					err = fmt.Errorf("%s was answered %s", message.To, id)
				}
				errs <- err
			}
		})
	}
	group.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	good := twilio.Config{AccountSID: accountSID, AuthToken: authToken, PublicURL: publicURL}
	_, err := twilio.New(good)
	require.NoError(t, err)

	for _, sid := range []string{"", "AC123", "SK0123456789abcdef0123456789abcdef", accountSID + "0", accountSID + "/x"} {
		config := good
		config.AccountSID = sid
		_, err := twilio.New(config)
		require.ErrorIs(t, err, twilio.ErrBadAccountSID, sid)
	}
	for _, token := range []string{"", " ", "a-b", "ä", "a\nb"} {
		config := good
		config.AuthToken = token
		_, err := twilio.New(config)
		require.ErrorIs(t, err, twilio.ErrBadAuthToken, "%q", token)
	}
	for _, address := range []string{"api.twilio.com", "ftp://x", "http://", "://", "http://x?y=z", "http://x#y"} {
		config := good
		config.BaseURL = address
		_, err := twilio.New(config)
		require.ErrorIs(t, err, twilio.ErrBadBaseURL, address)
		config = good
		config.PublicURL = address
		_, err = twilio.New(config)
		require.ErrorIs(t, err, twilio.ErrBadPublicURL, address)
	}
	good.PublicURL = ""
	_, err = twilio.New(good)
	require.ErrorIs(t, err, twilio.ErrBadPublicURL)
}

func TestPublicURLMayHaveAPath(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer(t, created(textSID))
	client, err := twilio.New(twilio.Config{
		AccountSID: " " + accountSID, AuthToken: authToken + "\n", BaseURL: server.URL, PublicURL: "https://example.com/beckon/",
		Transport: &http.Transport{DisableKeepAlives: true},
	})
	require.NoError(t, err)
	_, err = client.SendText(t.Context(), text())
	require.NoError(t, err)
	require.Equal(t, "https://example.com/beckon/webhooks/twilio/sms/status?attempt="+outreach,
		formOf(t, server.Requests()[0]).Get("StatusCallback"))
}

// A refusal in chunks, which the SDK reads in part and never closes, must not cost its connection.
func TestRefusalsKeepTheConnection(t *testing.T) {
	t.Parallel()
	var connections sync.Map
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connections.Store(r.RemoteAddr, true)
		w.WriteHeader(http.StatusBadRequest)
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, `{"code": 21610, "status": 400}`)
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, "\n")
	}))
	t.Cleanup(server.Close)
	client := newClient(t, server.URL, 5*time.Second)
	for range 10 {
		id, err := client.SendText(t.Context(), text())
		require.Equal(t, "21610", failed(t, id, err).Code)
	}
	count := 0
	connections.Range(func(any, any) bool {
		count++
		return true
	})
	require.Equal(t, 1, count)
}

func TestCancelledContextSendsNothing(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer(t, created(textSID))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, way := range ways() {
		_, err := way(ctx, newClient(t, server.URL, time.Second))
		require.Equal(t, &models.ProviderError{Kind: models.FailureDown, Code: providers.CodeCancelled}, err, name)
	}
	require.Empty(t, server.Requests())
}
