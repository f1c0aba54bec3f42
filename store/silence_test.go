package store_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/pgtest"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// silencer stands between the portal and PostgreSQL and can keep every byte to itself, as a network or a machine that stands still does.
type silencer struct {
	net.Listener
	server string
	quiet  sync.RWMutex // held while silent
}

func newSilencer(t *testing.T, server string) *silencer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &silencer{Listener: listener, server: server}
	t.Cleanup(func() { listener.Close() }) //nolint:errcheck // the test is over
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

func (s *silencer) serve(conn net.Conn) {
	defer conn.Close() //nolint:errcheck // it may be broken already
	up, err := net.Dial("tcp", s.server)
	if err != nil {
		return
	}
	defer up.Close() //nolint:errcheck // it may be broken already
	go s.carry(up, conn)
	s.carry(conn, up)
}

func (s *silencer) carry(to io.Writer, from io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		s.quiet.RLock()
		_, writeErr := to.Write(buffer[:n])
		s.quiet.RUnlock()
		if errors.Join(err, writeErr) != nil {
			return
		}
	}
}

// C126: a PostgreSQL that says nothing any more gives everybody a quick 503, however many ask, and answers again when it comes back.
func TestASilentServerHoldsNobodyUpForLong(t *testing.T) {
	if !storetest.OnPostgres() {
		return // a file does not fall silent
	}
	t.Parallel()
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	address, err := url.Parse(db.Database)
	if err != nil {
		t.Fatal(err)
	}
	between := newSilencer(t, address.Host)
	address.Host = between.Addr().String()
	o := db.Options()
	o.Database = address.String()
	node, err := store.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { node.Close() }) //nolint:errcheck // its connections may be broken
	read := func() error { _, err := node.Environments().State(ctx, p.Merchant, ids.Sandbox); return err }
	if err := read(); err != nil {
		t.Fatal(err)
	}

	between.quiet.Lock()
	began := time.Now()
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			ask := read
			if i%3 == 0 {
				ask = func() error { return update(ctx, node, p.Merchant, "lost") }
			}
			if err := ask(); fault.KindOf(err) != fault.Unavailable {
				t.Errorf("%v, want %v", err, fault.Unavailable)
			}
		})
	}
	wg.Wait()
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the last one waited %s", took)
	}
	if err := node.Ping(context.WithoutCancel(ctx)); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("ready: %v", err)
	}
	between.quiet.Unlock()
	for deadline := time.Now().Add(20 * time.Second); read() != nil; {
		if time.Now().After(deadline) {
			t.Fatal("it does not answer again")
		}
	}
}

// C126: a standby is no database to work with: it answers with the past. Of several hosts the primary is found.
func TestAStandbyIsNeverAsked(t *testing.T) {
	if !storetest.OnPostgres() {
		return // a file has no standby
	}
	primary, err := pgtest.Start(pgtest.Fast)
	pgtest.Demand(t, err)
	defer primary.Close() //nolint:errcheck // the test is over
	database, err := primary.CreateDatabase("portal")
	if err != nil {
		t.Fatal(err)
	}
	standby, err := primary.Standby()
	if err != nil {
		t.Fatal(err)
	}
	defer standby.Close() //nolint:errcheck // the test is over
	o := storetest.SQLite(t).Options()
	o.Database = standby.URL("portal")
	if _, err := store.Open(ctx, o); err == nil {
		t.Error("a standby was opened")
	}
	both, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	both.Host = standby.Host() + "," + primary.Host()
	o.Database = both.String()
	st, err := store.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(st.Do(ctx, func(context.Context) error { return nil }), st.Close()); err != nil {
		t.Error(err)
	}
}
