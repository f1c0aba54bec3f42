package auth_test

import (
	"net/url"
	"testing"

	"merchant-portal/auth"
	"merchant-portal/internal/passkeytest"
)

func home() *auth.RelyingParty {
	return auth.NewRelyingParty(&url.URL{Scheme: "https", Host: "portal.test"}, "Portal")
}

// device is a browser with a passkey.
type device struct{ *passkeytest.Device }

func newDevice(t *testing.T) device {
	t.Helper()
	return device{passkeytest.New(t, "portal.test")}
}

// but gives a copy about which something is wrong.
func (d device) but(spoil func(*passkeytest.Device)) device {
	bad := *d.Device
	spoil(&bad)
	return device{&bad}
}

func (d device) make(r auth.PasskeyRequest) auth.PasskeyAnswer {
	return auth.PasskeyAnswer{Ceremony: r.Ceremony, Response: d.Make(r.Options)}
}

func (d device) show(r auth.PasskeyRequest) auth.PasskeyAnswer {
	return auth.PasskeyAnswer{Ceremony: r.Ceremony, Response: d.Show(r.Options)}
}

// withPasskey gives a member a passkey.
func (r *room) withPasskey(t *testing.T, email string) device {
	t.Helper()
	d := newDevice(t)
	if _, err := r.addPasskey(t, d, email); err != nil {
		t.Fatal(err)
	}
	return d
}

func (r *room) addPasskey(t *testing.T, d device, email string) (codes []string, err error) {
	t.Helper()
	return r.AddPasskey(t.Context(), r.who(t, email), chrome, "Laptop", d.make(r.newPasskey(t, email)))
}

func (r *room) newPasskey(t *testing.T, email string) auth.PasskeyRequest {
	t.Helper()
	asked, err := r.NewPasskey(t.Context(), r.who(t, email))
	if err != nil {
		t.Fatal(err)
	}
	return asked
}

func (r *room) askSignIn(t *testing.T) auth.PasskeyRequest {
	t.Helper()
	asked, err := r.AskPasskey()
	if err != nil {
		t.Fatal(err)
	}
	return asked
}

// enter signs in without a password.
func (r *room) enter(t *testing.T, a auth.PasskeyAnswer) error {
	t.Helper()
	opening, _, err := r.SignInWithPasskey(t.Context(), a, auth.Visitor{Browser: chrome})
	if (err == nil) != (opening.Factor && opening.TypedAt.IsZero()) {
		t.Errorf("%v, and the opening is %+v", err, opening)
	}
	return err
}
