package mailin_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"beckon/intake/mailin"
	"beckon/mail"
)

// listen serves SMTP for the bench, and returns its address.
func (b *bench) listen(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- mailin.NewListener(b.Importer, slog.New(slog.DiscardHandler)).Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-served)
	})
	return listener.Addr().String()
}

// send delivers a mail as another server does.
func send(address, envelopeFrom string, to []string, raw []byte) error {
	client, err := smtp.Dial(address)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	return client.SendMail(envelopeFrom, to, strings.NewReader(lines(raw)))
}

// requireRefused wants an SMTP error of the code.
func requireRefused(t *testing.T, err error, code int, message string) {
	t.Helper()
	refused := &smtp.SMTPError{}
	require.ErrorAs(t, err, &refused)
	require.Equal(t, code, refused.Code)
	require.Contains(t, refused.Message, message)
}

// TestBuiltMailsBySMTP: every vendor's mail gets its verdict, when it comes by SMTP and is signed by whom the server that it came
// through says it was.
func TestBuiltMailsBySMTP(t *testing.T) {
	t.Parallel()
	for _, message := range builtMails(t) {
		t.Run(message.File, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			raw := vendorFile(t, "eml", "built", message.File)
			switch {
			case strings.Contains(string(raw), "dkim=pass header.i=@"+senderHost):
				raw = b.sign(t, raw, senderHost)
			case strings.Contains(string(raw), "dkim=pass header.i=@evil.example"):
				raw = b.sign(t, raw, "evil.example")
			}
			err := send(b.listen(t), sender, []string{mailin.Address(token, domain)}, raw)
			require.Equal(t, message.accepted(), err == nil, "%v", err)
			b.requireVerdict(t, message)
		})
	}
}

func TestSMTP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	address, to := b.listen(t), []string{mailin.Address(token, domain)}
	signed := b.sign(t, []byte(plain("From: sam@corp.example\n")), senderHost)

	t.Run("UnknownRecipients", func(t *testing.T) {
		for _, other := range []string{
			"import+nobody@" + domain, "hello@" + domain, "import+" + token + "@elsewhere.example", "import+@" + domain,
		} {
			requireRefused(t, send(address, sender, []string{other}, signed), 550, "there is no such address here")
		}
		require.Empty(t, b.history(t))
	})
	t.Run("HeadersAreNoRecipients", func(t *testing.T) {
		other := setup(t)
		err := send(other.listen(t), sender, []string{"x@" + domain}, other.sign(t, []byte(plain("From: sam@corp.example\n")), senderHost))
		requireRefused(t, err, 550, "no such address")
		require.Empty(t, other.history(t))
	})
	t.Run("OneByteChanged", func(t *testing.T) {
		changed := []byte(strings.Replace(string(signed), "ava@example.com", "eva@example.com", 1))
		requireRefused(t, send(address, sender, to, changed), 550, noProof)
		require.Zero(t, b.contacts(t))
	})
	t.Run("AnotherDomainSigns", func(t *testing.T) {
		requireRefused(t, send(address, sender, to, b.sign(t, []byte(plain("From: sam@corp.example\n")), "evil.example")), 550, noProof)
	})
	t.Run("AnotherFrom", func(t *testing.T) {
		added := append([]byte("From: sam@corp.example\r\n"), b.sign(t, []byte(plain("From: eve@evil.example\n")), "evil.example")...)
		requireRefused(t, send(address, sender, to, added), 550, "not from exactly one address")
	})
	t.Run("TooLarge", func(t *testing.T) {
		large := plain("From: sam@corp.example\n") + strings.Repeat(strings.Repeat("a", 997)+"\n", mail.MaxMailBytes/998+1)
		require.Error(t, send(address, sender, to, []byte(large)))
		require.Zero(t, b.contacts(t))
	})
	t.Run("Signed", func(t *testing.T) {
		require.NoError(t, send(address, "bounces@anything.example", to, signed))
		require.Equal(t, 1, b.contacts(t))
		require.NoError(t, send(address, sender, to, signed), "it may come again")
		require.Equal(t, 1, b.contacts(t))
	})
	t.Run("RecipientsAreBounded", func(t *testing.T) {
		client, err := smtp.Dial(address)
		require.NoError(t, err)
		defer func() { _ = client.Close() }()
		require.NoError(t, client.Mail(sender, nil))
		for range 10 {
			require.NoError(t, client.Rcpt(to[0], nil))
		}
		requireRefused(t, client.Rcpt(to[0], nil), 452, "")
	})
}

// TestSPF asks whether a host may send for a domain, as the file of DNS texts says.
func TestSPF(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for from, want := range map[string]string{"203.0.113.10": "pass", "203.0.113.11": "fail"} {
		require.Equal(t, want, b.Authentication.SPF(t.Context(), net.ParseIP(from), "mail.corp.example", sender))
	}
	require.Equal(t, "none", b.Authentication.SPF(t.Context(), net.ParseIP("203.0.113.10"), "mail.corp.example", ""))
	require.Equal(t, "none", b.Authentication.SPF(t.Context(), net.ParseIP("203.0.113.10"), "x", "eve@nothing.example"))
}

// TestSwaks delivers a mail that was signed beforehand with a real mail client: its file is imported, and that of the same mail
// with one byte changed is not.
func TestSwaks(t *testing.T) {
	t.Parallel()
	swaks, err := exec.LookPath("swaks")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("without swaks, a mail client")
	}
	require.NoError(t, err)
	b := setup(t)
	address := b.listen(t)
	signed := b.sign(t, []byte(plain("From: sam@corp.example\n")), senderHost)
	deliver := func(raw string) error {
		file := filepath.Join(t.TempDir(), "mail.eml")
		require.NoError(t, os.WriteFile(file, []byte(raw), 0o600))
		command := exec.CommandContext(t.Context(), swaks, "--server", address, "--from", sender,
			"--to", mailin.Address(token, domain), "--data", "@"+file)
		output, err := command.CombinedOutput()
		t.Log(string(output))
		return err
	}
	require.Error(t, deliver(strings.Replace(string(signed), "ava@example.com", "eva@example.com", 1)))
	require.Zero(t, b.contacts(t))
	require.NoError(t, deliver(string(signed)))
	require.Equal(t, 1, b.contacts(t))
}
