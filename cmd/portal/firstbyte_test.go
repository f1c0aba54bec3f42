package main

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// scripted is a listener whose connections and errors a test hands out.
type scripted struct {
	conns  chan net.Conn
	errs   chan error
	closed chan struct{}
}

func newScripted() *scripted {
	return &scripted{make(chan net.Conn), make(chan error), make(chan struct{})}
}

// Accept implements net.Listener.
func (s *scripted) Accept() (net.Conn, error) {
	select {
	case conn := <-s.conns:
		return conn, nil
	case err := <-s.errs:
		return nil, err
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (s *scripted) Close() error {
	close(s.closed)
	return nil
}

// Addr implements net.Listener.
func (*scripted) Addr() net.Addr { return &net.TCPAddr{Port: 1} }

// arrive gives the far end of a new connection.
func (s *scripted) arrive() net.Conn {
	near, far := net.Pipe()
	s.conns <- near
	return far
}

// wantFrom takes a connection from l and reads text from it.
func wantFrom(t *testing.T, l net.Listener, text string) {
	t.Helper()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != text {
		t.Errorf("read %q, %v, want %q", got, err, text)
	}
	conn.Close() //nolint:errcheck // a pipe
}

func TestTheFirstByteDecidesAndIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newScripted()
		secure, plain := splitByFirstByte(l)
		defer secure.Close() //nolint:errcheck // never fails
		for text, side := range map[string]net.Listener{"\x16\x03\x01": secure, "GET / HTTP/1.1": plain, "\x00": plain} {
			far := l.arrive()
			go io.WriteString(far, text) //nolint:errcheck // the other end compares
			wantFrom(t, side, text)
		}
	})
}

func TestASilentConnectionHoldsUpNobodyAndIsClosedAfterFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newScripted()
		secure, plain := splitByFirstByte(l)
		defer plain.Close() //nolint:errcheck // never fails
		begin := time.Now()
		silent := l.arrive()
		for _, side := range []net.Listener{secure, plain} {
			text := map[bool]string{true: "\x16", false: "G"}[side == secure]
			far := l.arrive()
			go io.WriteString(far, text) //nolint:errcheck // the other end compares
			wantFrom(t, side, text)
		}
		if waited := time.Since(begin); waited != 0 {
			t.Errorf("others waited %v", waited)
		}
		if _, err := silent.Read(make([]byte, 1)); !errors.Is(err, io.EOF) || time.Since(begin) != firstByteTime {
			t.Errorf("the silent one ended with %v after %v", err, time.Since(begin))
		}
	})
}

// The deadline is for the first byte alone: the servers set their own.
func TestAConnectionThatHasBegunMayPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newScripted()
		secure, plain := splitByFirstByte(l)
		defer secure.Close() //nolint:errcheck // never fails
		far := l.arrive()
		go func() {
			_, _ = io.WriteString(far, "G")
			<-time.After(2 * firstByteTime)
			_, _ = io.WriteString(far, "ET")
		}()
		wantFrom(t, plain, "GET")
	})
}

// A passing error, like too many open files, is for the server of the secure side to wait out; accepting goes on.
func TestAnErrorOfAcceptReachesTheServerAndEndsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newScripted()
		secure, _ := splitByFirstByte(l)
		defer secure.Close() //nolint:errcheck // never fails
		full := errors.New("too many open files")
		l.errs <- full
		if _, err := secure.Accept(); !errors.Is(err, full) {
			t.Errorf("Accept = %v", err)
		}
		far := l.arrive()
		go io.WriteString(far, "\x16") //nolint:errcheck // the other end compares
		wantFrom(t, secure, "\x16")
	})
}

func TestClosingOneSideEndsBothAndWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newScripted()
		secure, plain := splitByFirstByte(l)
		waiting := l.arrive()
		_, _ = io.WriteString(waiting, "G") // taken by nobody
		if err := errors.Join(plain.Close(), secure.Close()); err != nil {
			t.Error(err)
		}
		for _, side := range []net.Listener{secure, plain} {
			if _, err := side.Accept(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Accept = %v", err)
			}
		}
		if _, err := waiting.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("what waited ended with %v", err)
		}
	})
}
