package main

import (
	"errors"
	"net"
	"sync"
	"time"
)

const (
	// firstByteTime is how long a connection may say nothing before it is closed.
	firstByteTime = 5 * time.Second
	// tlsHandshake is the first byte of every TLS connection, and of no HTTP request.
	tlsHandshake = 0x16
)

// firstByte shares one listener between a server of TLS and one of plain http, by the first byte of each connection. Each connection waits
// for its byte on its own: a silent one holds up nobody. Closing either side closes both.
type firstByte struct {
	net.Listener
	secure, plain chan net.Conn
	failed        chan error
	closed        chan struct{}
	closeOnce     sync.Once
}

// splitByFirstByte begins to accept. Connections wait until a side takes them.
func splitByFirstByte(l net.Listener) (secure, plain net.Listener) {
	f := &firstByte{
		Listener: l, secure: make(chan net.Conn), plain: make(chan net.Conn), failed: make(chan error), closed: make(chan struct{}),
	}
	go f.accept()
	return side{f, f.secure, f.failed}, side{f, f.plain, nil}
}

// accept hands errors to the secure side, whose server decides whether to go on, and waits until it asks again.
func (f *firstByte) accept() {
	for {
		conn, err := f.Listener.Accept()
		if err == nil {
			go f.sort(conn)
			continue
		}
		select {
		case f.failed <- err:
		case <-f.closed:
			return
		}
	}
}

// sort waits for the first byte and hands the connection to its side. The deadline also ends a wait that outlasts the listener.
func (f *firstByte) sort(conn net.Conn) {
	first := make([]byte, 1)
	err := conn.SetReadDeadline(time.Now().Add(firstByteTime)) // a time of this machine, whatever the portal takes for now
	if err == nil {
		_, err = conn.Read(first)
	}
	if err = errors.Join(err, conn.SetReadDeadline(time.Time{})); err != nil {
		conn.Close() //nolint:errcheck // it said nothing
		return
	}
	to := f.plain
	if first[0] == tlsHandshake {
		to = f.secure
	}
	select {
	case to <- &begunConn{Conn: conn, begun: first}:
	case <-f.closed:
		conn.Close() //nolint:errcheck // nobody takes it any more
	}
}

// Close implements net.Listener for both sides.
func (f *firstByte) Close() error {
	var err error
	f.closeOnce.Do(func() {
		close(f.closed)
		err = f.Listener.Close()
	})
	return err
}

// side is the listener of one kind of connections.
type side struct {
	*firstByte
	conns  <-chan net.Conn
	failed <-chan error // nil: errors are the other side's
}

// Accept implements net.Listener.
func (s side) Accept() (net.Conn, error) {
	select {
	case conn := <-s.conns:
		return conn, nil
	case err := <-s.failed:
		return nil, err
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

// begunConn is a connection of which something was read already.
type begunConn struct {
	net.Conn
	begun []byte
}

// Read gives first what was read already.
func (c *begunConn) Read(b []byte) (int, error) {
	if len(c.begun) > 0 {
		n := copy(b, c.begun)
		c.begun = c.begun[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}
