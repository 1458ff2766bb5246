package mailin

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
)

// Resolver asks DNS what SPF and DKIM need. *net.Resolver is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// textFile answers from a file instead of DNS: there is nothing but its TXT records.
type textFile map[string][]string

// NewTextFile reads a file of lines of a name and a text, "key._domainkey.example.com v=DKIM1; p=…", which stands in for DNS.
// Empty lines and those that begin with # are passed over.
func NewTextFile(path string) (Resolver, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the file of DNS texts: %w", err)
	}
	defer func() { _ = file.Close() }()
	records := textFile{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		name, text, found := strings.Cut(line, " ")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		name = hostName(name)
		records[name] = append(records[name], strings.TrimSpace(text))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the file of DNS texts: %w", err)
	}
	return records, nil
}

func hostName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

func (t textFile) LookupTXT(_ context.Context, name string) ([]string, error) {
	if texts := t[hostName(name)]; len(texts) > 0 {
		return texts, nil
	}
	return nil, notFound(name)
}

func (textFile) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	return nil, notFound(name)
}

func (textFile) LookupIPAddr(_ context.Context, name string) ([]net.IPAddr, error) {
	return nil, notFound(name)
}

func (textFile) LookupAddr(_ context.Context, address string) ([]string, error) {
	return nil, notFound(address)
}

func notFound(name string) error {
	return &net.DNSError{Err: "no such record", Name: name, IsNotFound: true}
}
