package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// refuseSlice is the stretch of time of which the fault "refuse" closes a vendor's port for a share.
	refuseSlice = 500 * time.Millisecond

	// reopenPause is the wait before a port that could not be opened is tried again.
	reopenPause = 10 * time.Millisecond
)

// gate is a vendor's own port. It can really be closed, so that clients are refused at dial and know for certain that
// nothing of theirs was taken, and opens again on the same port. Connections that were taken are always served.
//
// It is a net.Listener for http.Server.
type gate struct {
	addr        string
	reservation io.Closer
	logger      *slog.Logger

	conns   chan net.Conn
	changes chan gateChange
	done    chan struct{}
	once    sync.Once
	pumps   sync.WaitGroup

	// Of the goroutine that runs the gate alone, and of newGate before it.
	listener *net.TCPListener
}

// gateChange asks for another refuse rate; applied is closed when it holds.
type gateChange struct {
	rate    float64
	applied chan struct{}
}

// newGate takes the port and opens it.
func newGate(ctx context.Context, addr string, logger *slog.Logger) (*gate, error) {
	reservation, bound, err := reserve(addr)
	if err != nil {
		return nil, err
	}
	g := &gate{
		addr: bound, reservation: reservation, logger: logger,
		conns: make(chan net.Conn), changes: make(chan gateChange), done: make(chan struct{}),
	}
	if err := g.open(ctx); err != nil {
		return nil, errors.Join(err, reservation.Close())
	}
	g.addr = g.listener.Addr().String()

	return g, nil
}

// Accept returns the next connection that came in while the gate was open.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case conn := <-g.conns:
		return conn, nil
	case <-g.done:
		return nil, net.ErrClosed
	}
}

// Addr is the port's address, the same whether it is open or closed.
func (g *gate) Addr() net.Addr {
	addr, err := net.ResolveTCPAddr("tcp", g.addr)
	if err != nil {
		return &net.TCPAddr{}
	}

	return addr
}

// release closes the gate, whether it ever ran or not, and gives up the port.
func (g *gate) release() error {
	problems := []error{g.Close()}
	if g.listener != nil {
		problems = append(problems, g.listener.Close())
		g.listener = nil
	}
	g.pumps.Wait()

	return errors.Join(append(problems, g.reservation.Close())...)
}

// Close closes the gate for good; run then ends.
func (g *gate) Close() error {
	g.once.Do(func() { close(g.done) })

	return nil
}

// run opens and closes the gate as setRate asks, until the gate is closed for good.
func (g *gate) run(ctx context.Context, server *http.Server) {
	defer func() {
		g.shut(ctx)
		g.pumps.Wait()
	}()

	rate := 0.0
	for {
		var next *gateChange
		switch {
		case rate <= 0:
			g.reopen(ctx)
			next = g.wait(-1)
		case rate >= 1:
			g.shut(ctx)
			next = g.wait(-1)
		default:
			next = g.slice(ctx, rate)
		}
		if next == nil {
			select {
			case <-g.done:
				return
			default:
				continue
			}
		}

		// A kept-alive connection would pass a closed port.
		rate = next.rate
		server.SetKeepAlivesEnabled(rate <= 0)
		if rate >= 1 {
			g.shut(ctx)
		} else if rate <= 0 {
			g.reopen(ctx)
		}
		close(next.applied)
	}
}

// slice passes one slice of time, closed for a share of it. The closed part lies somewhere else every time: clients try
// again after whole seconds and would else always meet the same state.
func (g *gate) slice(ctx context.Context, rate float64) *gateChange {
	shut := time.Duration(rate * float64(refuseSlice))
	before := time.Duration(rand.Float64() * float64(refuseSlice-shut)) //nolint:gosec // no secret

	g.reopen(ctx)
	if next := g.wait(before); next != nil {
		return next
	}
	g.shut(ctx)
	if next := g.wait(shut); next != nil {
		return next
	}
	g.reopen(ctx)

	return g.wait(refuseSlice - shut - before)
}

// wait returns the next change, or nil when the time has passed or the gate was closed for good. A negative time is
// without end.
func (g *gate) wait(limit time.Duration) *gateChange {
	var passed <-chan time.Time
	if limit >= 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		passed = timer.C
	}
	select {
	case <-g.done:
		return nil
	case change := <-g.changes:
		return &change
	case <-passed:
		return nil
	}
}

// setRate closes the gate for that share of the time, from now on; it returns when that holds.
func (g *gate) setRate(rate float64) {
	change := gateChange{rate: rate, applied: make(chan struct{})}
	select {
	case g.changes <- change:
		<-change.applied
	case <-g.done:
	}
}

// open listens on the port.
func (g *gate) open(ctx context.Context) error {
	var config net.ListenConfig
	// A socket of multipath TCP, Go's default, takes no filter.
	config.SetMultipathTCP(false)
	listener, err := config.Listen(ctx, "tcp", g.addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", g.addr, err)
	}
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return errors.Join(fmt.Errorf("%s is not a TCP port", g.addr), listener.Close())
	}
	g.listener = tcp
	g.pumps.Go(func() {
		for {
			conn, err := tcp.Accept()
			switch {
			case err == nil:
				g.pass(conn)
			case errors.Is(err, net.ErrClosed):
				return
			default:
				// Out of descriptors, for one: the port must not be deaf afterwards.
				g.logger.WarnContext(ctx, "a connection could not be accepted", "error", err)
				<-time.After(reopenPause)
			}
		}
	})

	return nil
}

// reopen listens again, for as long as it takes, unless the gate is open.
func (g *gate) reopen(ctx context.Context) {
	for g.listener == nil {
		err := g.open(context.WithoutCancel(ctx))
		if err == nil {
			return
		}
		g.logger.WarnContext(ctx, "a vendor's port cannot be opened again", "error", err)
		select {
		case <-g.done:
			return
		case <-time.After(reopenPause):
		}
	}
}

// shut stops listening. Connections that the system has taken already are served; all later ones are refused.
func (g *gate) shut(ctx context.Context) {
	if g.listener == nil {
		return
	}
	taken, err := quiesce(g.listener)
	if err != nil {
		g.logger.WarnContext(ctx, "a vendor's port could not be drained", "error", err)
	}
	for _, conn := range taken {
		g.pass(conn)
	}
	if err := g.listener.Close(); err != nil {
		g.logger.WarnContext(ctx, "a vendor's port could not be closed", "error", err)
	}
	g.listener = nil
}

// pass hands a connection to the server.
func (g *gate) pass(conn net.Conn) {
	select {
	case g.conns <- conn:
	case <-g.done:
		if err := conn.Close(); err != nil {
			g.logger.Debug("a late connection could not be closed", "error", err)
		}
	}
}
