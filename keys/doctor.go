package keys

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"merchant-portal/internal/ids"
)

// Asker is who asks the key doctor or the signature bench. They are told of the keys of their own merchant alone, and of those environments alone in which
// they may see keys; all other keys are to them as if there were none.
type Asker struct {
	Merchant ids.MerchantID
	Sees     []ids.Environment
}

func (a Asker) sees(env ids.Environment) bool { return slices.Contains(a.Sees, env) }

// Whose says whether a pasted text is the asker's. Each but WhoseUnasked is a message of the catalogs.
type Whose string

// Whose a text may be.
const (
	WhoseUnasked Whose = ""                  // of such texts there is no owner, or the portal does not keep them
	WhoseOwn     Whose = "doctor.whose_own"  // the asker's
	WhoseNot     Whose = "doctor.whose_none" // a stranger's, or unknown, or of an environment that the asker may not see: the same in all respects
)

// Advice is the one next step. It is a message of the catalogs.
type Advice string

// Next steps.
const (
	NextPaste        Advice = "doctor.next_paste"         // nothing was pasted, or too much
	NextCopy         Advice = "doctor.next_copy"          // copy the key from the list once more
	NextServerKey    Advice = "doctor.next_server_key"    // a client key: take the server key
	NextReplaced     Advice = "doctor.next_replaced"      // the key has ended: take the one that is live
	NextReplaceSoon  Advice = "doctor.next_replace_soon"  // the key ends
	NextEnvironment  Advice = "doctor.next_environment"   // right, but of the other environment than the page's
	NextSnippet      Advice = "doctor.next_snippet"       // right: see how it is sent
	NextSnap         Advice = "doctor.next_snap"          // see the BI-SNAP credentials
	NextNewPair      Advice = "doctor.next_new_pair"      // a private key was shown: make a new pair
	NextBench        Advice = "doctor.next_bench"         // right, or a signature or token: have it checked
	NextNewToken     Advice = "doctor.next_new_token"     // an access token that has ended: ask for another
	NextReveal       Advice = "doctor.next_reveal"        // hidden: reveal it
	NextAnotherShape Advice = "doctor.next_another_shape" // nothing that the portal makes
)

// Diagnosis is what the doctor says. It holds nothing of the pasted text.
type Diagnosis struct {
	Looks       Looks
	Environment ids.Environment // of an own key; else what the form says; "" if it says nothing
	Odd         []Oddity
	Whose       Whose
	Key         Key // an own key; empty for what is no key
	Live        bool
	Ends        time.Time // of an own key or access token; zero: no end
	Used        LastUse   // an own key's; zero: not yet
	Fingerprint string    // of a readable public key
	Refused     error     // why a public key cannot be registered; nil: it can
	Next        Advice
	At          time.Time // the moment that Live is about
}

// Diagnose says what a pasted text is, of which environment, in what state and whose, and what to do. It stores nothing and writes nothing down. A key is
// found by its digest, with one question to the store whatever the answer; only for an own key there is another, about its use. env is the environment of the
// page.
func (s *Service) Diagnose(ctx context.Context, who Asker, env ids.Environment, pasted string) (Diagnosis, error) {
	form := examine(pasted)
	d := Diagnosis{Looks: form.looks, Environment: form.env, Odd: form.odd, At: s.Now()}
	var err error
	switch d.Looks {
	case LooksServer, LooksClient, LooksSecret:
		err = s.findKey(ctx, who, form.text, &d)
	case LooksPublicKey:
		err = s.findPublicKey(ctx, who, form.text, &d)
	case LooksMerchantID:
		d.ownIf(form.text == string(who.Merchant))
	case LooksClientID:
		d.ownIf(form.text == ClientID(who.Merchant))
	case LooksChannelID:
		err = s.findChannel(ctx, who, form.text, &d)
	case LooksToken:
		s.findToken(who, form.text, &d)
	}
	if err != nil {
		return Diagnosis{}, err
	}
	d.Live = d.HasState() && (d.Ends.IsZero() || d.At.Before(d.Ends))
	d.Next = d.advise(env)
	return d, nil
}

func (d *Diagnosis) ownIf(own bool) {
	if d.Whose = WhoseNot; own {
		d.Whose = WhoseOwn
	}
}

// findKey looks for a key by its digest.
func (s *Service) findKey(ctx context.Context, who Asker, text string, d *Diagnosis) error {
	digest := sha256.Sum256([]byte(text))
	found, err := s.Store.Find(ctx, digest[:])
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	d.ownIf(err == nil && found.Merchant == who.Merchant && who.sees(found.Environment))
	if d.Whose != WhoseOwn {
		return nil
	}
	return s.tellOwn(ctx, found, d)
}

// tellOwn fills in what is known of an own key.
func (s *Service) tellOwn(ctx context.Context, k Key, d *Diagnosis) error {
	used, err := s.Uses.Last(ctx, k.Merchant, k.Environment)
	if err != nil {
		return err
	}
	d.Key, d.Environment, d.Used, d.Ends = k, k.Environment, used[k.ID], k.EndsAt
	d.Whose = WhoseOwn
	return nil
}

// findPublicKey looks among the merchant's own: those of others are never compared.
func (s *Service) findPublicKey(ctx context.Context, who Asker, text string, d *Diagnosis) error {
	if _, d.Fingerprint, d.Refused = ParsePublicKey(text); d.Refused != nil {
		return nil //nolint:nilerr // what is wrong with the key is the diagnosis
	}
	d.Whose = WhoseNot
	for _, env := range who.Sees {
		owned, err := s.Store.List(ctx, who.Merchant, env)
		if err != nil {
			return err
		}
		for _, k := range owned {
			if k.Kind != PublicKey {
				continue
			}
			_, own, err := s.PublicKeyOf(k)
			if err != nil {
				return err
			}
			if own == d.Fingerprint {
				return s.tellOwn(ctx, k, d)
			}
		}
	}
	return nil
}

func (s *Service) findChannel(ctx context.Context, who Asker, text string, d *Diagnosis) error {
	d.Whose = WhoseNot
	for _, env := range who.Sees {
		of, err := s.Registrations.Of(ctx, who.Merchant, env)
		if err != nil && !errors.Is(err, ErrNotRegistered) {
			return err
		}
		if err == nil && of.ChannelID == text {
			d.Whose, d.Environment = WhoseOwn, env
			return nil
		}
	}
	return nil
}

// findToken opens an access token: nothing of it is stored.
func (s *Service) findToken(who Asker, text string, d *Diagnosis) {
	t, ok := s.openToken(text)
	d.ownIf(ok && t.merchant == who.Merchant && who.sees(t.environment))
	if d.Whose == WhoseOwn {
		d.Environment, d.Ends = t.environment, t.ends()
	}
}

// HasState reports whether it is something own that is live or has ended.
func (d Diagnosis) HasState() bool {
	return d.Key.ID != "" || d.Looks == LooksToken && d.Whose == WhoseOwn
}

// advise chooses the next step.
func (d *Diagnosis) advise(page ids.Environment) Advice {
	switch {
	case d.Key.ID != "":
		return d.adviseOwn(page)
	case d.Looks == LooksToken && d.Whose == WhoseOwn && !d.Live:
		return NextNewToken
	case d.Looks == LooksToken:
		return NextBench
	case d.Whose == WhoseOwn:
		return NextSnap
	}
	switch d.Looks {
	case LooksEmpty, LooksTooLong:
		return NextPaste
	case LooksServer, LooksClient:
		return NextCopy
	case LooksPrivateKey:
		return NextNewPair
	case LooksSignature:
		return NextBench
	case LooksMasked:
		return NextReveal
	case LooksSecret, LooksPublicKey, LooksClientID, LooksMerchantID, LooksChannelID, LooksOtherPEM:
		return NextSnap
	}
	return NextAnotherShape
}

func (d *Diagnosis) adviseOwn(page ids.Environment) Advice {
	switch {
	case !d.Live:
		return NextReplaced
	case !d.Ends.IsZero():
		return NextReplaceSoon
	case d.Key.Kind == Client:
		return NextServerKey
	case d.Key.Environment != page:
		return NextEnvironment
	case d.Key.Kind == Server:
		return NextSnippet
	}
	return NextBench
}
