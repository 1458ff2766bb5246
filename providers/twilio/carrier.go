package twilio

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// carrier gives the SDK's requests what the SDK cannot: a context, another base URL, and an answer that is always read to
// its end and closed. The SDK leaves bodies of refusals open, which would keep a goroutine and waste the connection.
type carrier struct {
	ctx  context.Context //nolint:containedctx // the SDK makes its requests without one
	base *url.URL
	next http.RoundTripper
}

// RoundTrip passes a copy of the request on.
func (c carrier) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(c.ctx)
	request.URL.Scheme, request.URL.Host, request.Host = c.base.Scheme, c.base.Host, c.base.Host
	request.URL.Path = c.base.Path + request.URL.Path
	response, err := c.next.RoundTrip(request)
	if err != nil {
		return nil, err //nolint:wrapcheck // a transport's error must reach net/http as it is
	}
	words, err := io.ReadAll(response.Body)
	if closing := response.Body.Close(); err == nil && closing != nil {
		err = fmt.Errorf("close answer: %w", closing)
	}
	if err == nil {
		err = io.EOF
	}
	response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(words), broken{err}))
	return response, nil
}

// broken is a body that ends with an error, at the place where it came.
type broken struct{ err error }

// Read fails.
func (b broken) Read([]byte) (int, error) { return 0, b.err }
