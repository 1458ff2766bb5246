package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Handshakes that were under way when the filter was set come to their end in microseconds; on a busy machine the kernel
// may take some milliseconds. The port is quiet when none came for that many pauses.
const (
	settlePause = time.Millisecond
	quietRounds = 3
)

// reservedPort is a socket that is bound and never listens: it keeps a port while nobody listens there, and the system
// refuses connections to it.
type reservedPort int

// Close gives up the port.
func (r reservedPort) Close() error {
	return wrap("give up a port", unix.Close(int(r)))
}

// reserve binds the address, so that nobody else gets its port while it is closed, and returns it with its port number.
func reserve(addr string) (_ io.Closer, bound string, err error) {
	tcp, err := net.ResolveTCPAddr("tcp4", addr)
	if err != nil {
		return nil, "", fmt.Errorf("read address %q: %w", addr, err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, "", fmt.Errorf("reserve %s: %w", addr, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("reserve %s: %w", addr, err), unix.Close(fd))
		}
	}()

	// With this on both sockets one may listen where the other is only bound.
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return nil, "", fmt.Errorf("share the address: %w", err)
	}
	local := &unix.SockaddrInet4{Port: tcp.Port}
	copy(local.Addr[:], tcp.IP.To4())
	if err := unix.Bind(fd, local); err != nil {
		return nil, "", fmt.Errorf("bind: %w", err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return nil, "", fmt.Errorf("read the port: %w", err)
	}
	if inet, ok := name.(*unix.SockaddrInet4); ok {
		tcp.Port = inet.Port
	}

	return reservedPort(fd), tcp.String(), nil
}

// quiesce stops new handshakes and returns the connections that were completed but not accepted yet. To close the
// socket over them would reset them, and their clients could not tell whether their requests had been taken.
func quiesce(listener *net.TCPListener) ([]net.Conn, error) {
	raw, err := listener.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("reach the socket: %w", err)
	}

	var taken []net.Conn
	drain := func(prepare func(fd int) error) error {
		var failure error
		err := raw.Control(func(fd uintptr) {
			if failure = prepare(int(fd)); failure == nil {
				taken, failure = acceptAll(int(fd), taken)
			}
		})

		return errors.Join(err, failure)
	}
	if err := drain(dropHandshakes); err != nil {
		return taken, err
	}
	for quiet := 0; quiet < quietRounds; quiet++ {
		<-time.After(settlePause)
		before := len(taken)
		if err := drain(func(int) error { return nil }); err != nil {
			return taken, err
		}
		if len(taken) > before {
			quiet = -1
		}
	}

	return taken, nil
}

// dropHandshakes makes the socket ignore segments that ask for a new connection; clients ask again after a second.
func dropHandshakes(fd int) error {
	const (
		flagsOffset = 13   // of the flags in the TCP header
		synAndAck   = 0x12 // the two flags
		syn         = 0x02
		wholePacket = 0xffffffff

		instructions = 5
	)
	filter := [instructions]unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: flagsOffset},
		{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: synAndAck},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 0, Jf: 1, K: syn},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
		{Code: unix.BPF_RET | unix.BPF_K, K: wholePacket},
	}
	program := &unix.SockFprog{Len: instructions, Filter: &filter[0]}

	return wrap("filter handshakes",
		unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, program))
}

// acceptAll empties the queue of completed connections.
func acceptAll(fd int, taken []net.Conn) ([]net.Conn, error) {
	for {
		accepted, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return taken, nil
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ECONNABORTED):
			continue
		case err != nil:
			return taken, fmt.Errorf("accept: %w", err)
		}
		file := os.NewFile(uintptr(accepted), "connection")
		conn, err := net.FileConn(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return taken, fmt.Errorf("take over a connection: %w", err)
		}
		taken = append(taken, conn)
	}
}
