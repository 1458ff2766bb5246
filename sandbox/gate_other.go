//go:build !linux

package sandbox

import (
	"io"
	"net"
)

// unreserved stands for a port that is not kept while it is closed.
type unreserved struct{}

// Close does nothing.
func (unreserved) Close() error { return nil }

// reserve keeps no port here: in the short time while a port is closed somebody else may take it.
func reserve(addr string) (io.Closer, string, error) {
	return unreserved{}, addr, nil
}

// quiesce finds no waiting connections here: those that the system completed but nobody accepted are reset.
func quiesce(*net.TCPListener) ([]net.Conn, error) {
	return nil, nil
}
