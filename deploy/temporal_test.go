package deploy_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// frontendName is what the certificate of a frontend says.
const frontendName = "temporal.example"

// TestTemporalConnection connects as docs/install.md says: with certificates, and with an API key.
func TestTemporalConnection(t *testing.T) {
	t.Parallel()
	binary := buildBeckon(t)
	authority, stranger := newAuthority(t), newAuthority(t)
	answers := `(?m)^ok +Temporal +127\.0\.0\.1:\d+ answers$`
	fails := `(?m)^fail +Temporal +127\.0\.0\.1:\d+ does not answer`
	try := func(t *testing.T, server *frontend, more map[string]string) string {
		t.Helper()
		values := wellConfigured("http://127.0.0.1:1", filepath.Join(t.TempDir(), "beckon.db"))
		values["TEMPORAL_ADDRESS"], values["TEMPORAL_NAMESPACE"] = server.address, "outreach"
		values["TEMPORAL_TLS_SERVER_CA_CERT_PATH"], values["TEMPORAL_TLS_SERVER_NAME"] = authority.file, frontendName
		maps.Copy(values, more)
		return doctor(t, binary, values)
	}

	t.Run("mTLS", func(t *testing.T) {
		t.Parallel()
		server := startFrontend(t, authority, tls.RequireAndVerifyClientCert)
		certificate, key := authority.issue(t, "beckon")
		said := try(t, server, map[string]string{
			"TEMPORAL_TLS_CLIENT_CERT_PATH": certificate, "TEMPORAL_TLS_CLIENT_KEY_PATH": key,
		})
		require.Regexp(t, answers, said)
		require.Regexp(t, fails, try(t, server, nil), "without a certificate")
		certificate, key = stranger.issue(t, "beckon")
		require.Regexp(t, fails, try(t, server, map[string]string{
			"TEMPORAL_TLS_CLIENT_CERT_PATH": certificate, "TEMPORAL_TLS_CLIENT_KEY_PATH": key,
		}), "with another authority's")
	})
	t.Run("APIKey", func(t *testing.T) {
		t.Parallel()
		server := startFrontend(t, authority, tls.NoClientCert)
		server.key = "temporal-key"
		require.Regexp(t, answers, try(t, server, map[string]string{"TEMPORAL_API_KEY": server.key}))
		said := try(t, server, map[string]string{"TEMPORAL_API_KEY": "another-key"})
		require.Regexp(t, fails, said)
		require.NotContains(t, said, "another-key")
		require.Regexp(t, fails, try(t, server, map[string]string{
			"TEMPORAL_API_KEY": server.key, "TEMPORAL_TLS_SERVER_CA_CERT_PATH": stranger.file,
		}), "of a server that is another's")
	})
}

// frontend stands in for Temporal's, as far as a connection needs one.
type frontend struct {
	address string
	key     string // that it asks for; empty: none
}

// startFrontend starts a frontend whose certificate the authority has issued.
func startFrontend(t *testing.T, authority *authority, clients tls.ClientAuthType) *frontend {
	t.Helper()
	certificate, key := authority.issue(t, frontendName)
	pair, err := tls.LoadX509KeyPair(certificate, key)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(authority.certificate)
	f := &frontend{}
	server := grpc.NewServer(
		grpc.Creds(credentials.NewTLS(&tls.Config{
			Certificates: []tls.Certificate{pair}, ClientAuth: clients, ClientCAs: pool, MinVersion: tls.VersionTLS12,
		})),
		grpc.UnaryInterceptor(func(ctx context.Context, in any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			given := metadata.ValueFromIncomingContext(ctx, "authorization")
			if f.key != "" && (len(given) != 1 || given[0] != "Bearer "+f.key) {
				return nil, status.Error(codes.PermissionDenied, "request unauthorized")
			}
			return next(ctx, in)
		}),
	)
	healthy := health.NewServer()
	healthy.SetServingStatus("temporal.api.workflowservice.v1.WorkflowService", grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(server, healthy)
	workflowservice.RegisterWorkflowServiceServer(server, workflowservice.UnimplementedWorkflowServiceServer{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f.address = listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	return f
}

// authority issues certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	a := &authority{key: key, file: writePEM(t, "CERTIFICATE", der)}
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return a
}

// issue writes a certificate for a name, and its key, into files.
func (a *authority) issue(t *testing.T, name string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &private.PublicKey, a.key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalECPrivateKey(private)
	require.NoError(t, err)
	return writePEM(t, "CERTIFICATE", der), writePEM(t, "EC PRIVATE KEY", keyDER)
}

func writePEM(t *testing.T, kind string, der []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "part.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return file
}
