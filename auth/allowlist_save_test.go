package auth_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// typed is a list as somebody saves it who has just looked at what is stored.
func (r *room) typed(t *testing.T, who activity.Actor, text string) auth.NewAllowList {
	t.Helper()
	stored, err := r.AllowList(t.Context(), who.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	who.Address = "203.0.113.5"
	return auth.NewAllowList{Who: who, Browser: "Firefox on Linux", Text: text, Version: stored.Version}
}

func (r *room) networks(t *testing.T, m ids.MerchantID) string {
	t.Helper()
	stored, err := r.AllowList(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(stored.Networks, " ")
}

// colleague adds somebody to a merchant.
func (r *room) colleague(t *testing.T, m ids.MerchantID, email, roles string) {
	t.Helper()
	id := ids.New[ids.PersonID]()
	r.db.Exec(t, `INSERT INTO people (id, merchant_id, name, email, email_key, phone, roles, language, password_hash, password_set_at, created_at)
		VALUES ($1, $2, 'Budi', $3, $3, $1, $4, 'id', '', 0, 0)`, id, m, email, roles)
}

// C116: a list is written down and mailed to those who answer for it, and to whoever saved it, once; the entry does not hold the list.
func TestASavedListIsLoggedAndMailed(t *testing.T) {
	r := newRoom(t)
	who := r.actor(t, "dev@example.test", "0811111111")
	r.db.Exec(t, `UPDATE people SET roles = 'developer' WHERE email = 'dev@example.test'`)
	r.colleague(t, who.Merchant, "admin@example.test", "finance,administrator")
	r.colleague(t, who.Merchant, "finance@example.test", "finance")
	r.colleague(t, who.Merchant, "gone@example.test", "administrator")
	r.db.Exec(t, `UPDATE people SET state = 'disabled' WHERE email = 'gone@example.test'`)
	r.member(t, "stranger@example.test", "0844444444", goodPassword)
	r.box.kinds()
	for range 2 {
		wants(t, "save", r.SaveAllowList(t.Context(), r.typed(t, who, "203.0.113.0/24\n2001:db8::/32")), nil)
	}
	if got := r.networks(t, who.Merchant); got != "203.0.113.0/24 2001:db8::/32" {
		t.Errorf("stored: %s", got)
	}
	var to []string
	for _, m := range r.box.sent {
		to = append(to, string(m.Kind)+" "+m.To)
		if m.At != r.db.Clock.Now().UnixMilli() || m.Address != "203.0.113.5" || m.Browser != "Firefox on Linux" || m.Zone != "Asia/Jakarta" || m.Token != "" {
			t.Errorf("mail %+v", m)
		}
	}
	slices.Sort(to)
	if diff := cmp.Diff([]string{"allow_list_saved admin@example.test", "allow_list_saved dev@example.test"}, to); diff != "" {
		t.Errorf("mails: %s", diff)
	}
	var entries []string
	for _, line := range r.db.Dump(t) {
		if strings.Contains(line, "action="+string(activity.AllowListSaved)+" ") {
			entries = append(entries, line)
		}
	}
	if len(entries) != 1 || !strings.Contains(entries[0], "target=networks: 2") || strings.Contains(entries[0], "203.0.113.0") {
		t.Errorf("entries: %v", entries)
	}
}

// A list that does not have whoever saves it is refused and says so; their network can be added with it. An empty list locks nobody out.
func TestAListThatLocksOutWhoeverSavesItIsRefused(t *testing.T) {
	r := newRoom(t)
	who := r.actor(t, "a@example.test", "0811111111")
	before := r.db.Dump(t)
	in := r.typed(t, who, "198.51.100.0/24\n::/1")
	wants(t, "without", r.SaveAllowList(t.Context(), in), auth.ErrLocksOut)
	if diff := cmp.Diff(before, r.db.Dump(t)); diff != "" {
		t.Errorf("a refused list changed:\n%s", diff)
	}
	in.AddOwn = true
	wants(t, "with the own one", r.SaveAllowList(t.Context(), in), nil)
	if got := r.networks(t, who.Merchant); got != "198.51.100.0/24 ::/1 203.0.113.5" {
		t.Errorf("stored: %s", got)
	}
	wants(t, "empty", r.SaveAllowList(t.Context(), r.typed(t, who, "")), nil)
	if got := r.networks(t, who.Merchant); got != "" {
		t.Errorf("stored: %s", got)
	}
}

// Of lists that were typed at the same time one is saved, on whatever node: the others are told, and replace nothing.
func TestOfListsSavedAtATimeOneIsStored(t *testing.T) {
	r := newRoom(t)
	who := r.actor(t, "a@example.test", "0811111111")
	first := r.typed(t, who, "203.0.113.5")
	nodes := []*auth.Service{r.Service, r.node(t), r.node(t)}
	var wg sync.WaitGroup
	failed := make([]error, 9)
	for i := range failed {
		wg.Go(func() {
			in := first
			in.Text = fmt.Sprintf("203.0.113.5\n10.0.0.%d", i)
			failed[i] = nodes[i%3].SaveAllowList(t.Context(), in)
		})
	}
	wg.Wait()
	saved := 0
	for i, err := range failed {
		if err == nil {
			saved++
		} else if !errors.Is(err, auth.ErrAllowListChanged) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := r.actions(t, activity.AllowListSaved); saved != 1 || n != 1 {
		t.Errorf("%d were saved, %d noted", saved, n)
	}
	wants(t, "what is stored already, of whatever version", r.SaveAllowList(t.Context(), auth.NewAllowList{
		Who: first.Who, Text: strings.ReplaceAll(r.networks(t, who.Merchant), " ", "\n"),
	}), nil)
}

// C020: a log-in from elsewhere is refused after the right password, and not told apart before; it is noted, and neither the browser nor a session comes of it.
func TestALogInFromOutsideIsRefusedAfterTheRightPasswordAlone(t *testing.T) {
	r := newRoom(t)
	who := r.actor(t, "a@example.test", "0811111111")
	logIn := func(password, address string) error {
		_, _, err := r.SignIn(t.Context(), "a@example.test", password, auth.Visitor{Address: address, Browser: "Browser at " + address})
		return err
	}
	wants(t, "before there is a list", logIn(goodPassword, "192.0.2.1"), nil)
	wants(t, "save", r.SaveAllowList(t.Context(), r.typed(t, who, "203.0.113.0/24")), nil)
	r.box.kinds()
	wants(t, "wrong, outside", logIn(wrongPassword, "192.0.2.9"), auth.ErrBadCredentials)
	if r.actions(t, activity.AddressRefused) != 0 {
		t.Error("a wrong password is noted as an address refused")
	}
	err := logIn(goodPassword, "192.0.2.9")
	wants(t, "right, outside", err, auth.ErrOutside)
	if strings.Contains(err.Error(), "192.0.2.9") || r.actions(t, activity.AddressRefused) != 1 {
		t.Errorf("%v; noted %d times", err, r.actions(t, activity.AddressRefused))
	}
	known, err := r.Browsers.Of(t.Context(), who.Person)
	if kinds := r.box.kinds(); err != nil || len(known) != 1 || len(kinds) != 0 {
		t.Errorf("browsers %v, %v; mails %v", known, err, kinds)
	}
	wants(t, "right, inside", logIn(goodPassword, "203.0.113.77"), nil)
	wants(t, "right, inside, as IPv6", logIn(goodPassword, "::ffff:203.0.113.78"), nil)
}

// Whoever knows a password fills nobody's log with it: what is refused counts against its address.
func TestLogInsFromOutsideCountAgainstTheirAddress(t *testing.T) {
	r := newRoom(t)
	who := r.actor(t, "a@example.test", "0811111111")
	wants(t, "save", r.SaveAllowList(t.Context(), r.typed(t, who, "203.0.113.0/24")), nil)
	refused := 0
	for range 102 {
		_, _, err := r.SignIn(t.Context(), "a@example.test", goodPassword, auth.Visitor{Address: "192.0.2.9"})
		if errors.Is(err, auth.ErrOutside) {
			refused++
		}
	}
	if n := r.actions(t, activity.AddressRefused); refused != 100 || n != 100 {
		t.Errorf("%d were looked at, %d noted; want 100", refused, n)
	}
}

func TestTheOperatorClearsAList(t *testing.T) {
	r := newRoom(t)
	who := r.actor(t, "a@example.test", "0811111111")
	wants(t, "save", r.SaveAllowList(t.Context(), r.typed(t, who, "203.0.113.5")), nil)
	r.box.kinds()
	for _, want := range []bool{true, false} {
		cleared, err := r.ClearAllowList(t.Context(), who.Merchant)
		if err != nil || cleared != want {
			t.Errorf("cleared: %v, %v; want %v", cleared, err, want)
		}
	}
	if got := r.networks(t, who.Merchant); got != "" || r.actions(t, activity.AllowListCleared) != 1 || !slices.Equal(r.box.kinds(), []outbox.Kind{outbox.AllowListCleared}) {
		t.Errorf("stored %q, noted %d times", got, r.actions(t, activity.AllowListCleared))
	}
	_, err := r.ClearAllowList(t.Context(), "G000000000")
	wants(t, "no such merchant", err, auth.ErrNotFound)
}
