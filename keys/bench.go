package keys

import (
	"context"
	"crypto/rsa"
	"fmt"
	"strings"
	"time"

	"merchant-portal/internal/ids"
)

// The signature bench finds out what is wrong with a signature by making the mistakes that people make and seeing with which of them it is right. It answers
// for signatures that somebody already has; it never gives one, nor a secret (docs/adr/0026).

// Part is what a finding is about.
type Part string

// The parts, in the order in which they are shown.
const (
	PartKey       Part = "key"
	PartClientID  Part = "client_id"
	PartMethod    Part = "method"
	PartPath      Part = "path"
	PartToken     Part = "token"
	PartBody      Part = "body"
	PartTimestamp Part = "timestamp"
	PartText      Part = "text"
	PartSignature Part = "signature"
)

// Parts lists all parts in their order.
func Parts() []Part {
	return []Part{PartKey, PartClientID, PartMethod, PartPath, PartToken, PartBody, PartTimestamp, PartText, PartSignature}
}

// Finding is something about a part that is wrong, or right but worth knowing (Fine). Name is its message, filled in with Args.
type Finding struct {
	Part Part
	Name string
	Fine bool
	Args map[string]any
}

// Report is what the bench says of a request.
type Report struct {
	Verified bool // the signature is right if what is found is mended: all mistakes in it are named
	Findings []Finding
	Minified string   // the body as it is hashed, "" where there is none
	BodyHash string   // its hash, of transaction requests alone
	Text     string   // what has to be signed, the access token masked; "" where a secret stands in a part of it
	Keys     []string // fingerprints of the public keys that are accepted now
	At       time.Time
}

// Right reports that nothing is wrong.
func (r *Report) Right() bool {
	for _, f := range r.Findings {
		if !f.Fine {
			return false
		}
	}
	return r.Verified
}

func (r *Report) find(part Part, name string, args map[string]any) {
	r.Findings = append(r.Findings, Finding{Part: part, Name: name, Args: args})
}

// variant is one way of signing: a mistake, or something that is as good as the documented way. It changes one part of the documented way.
type variant[S any] struct {
	Finding
	apply func(*S)
}

// explain finds the variants with which a signature is right: none, one, or two of different parts. It reports whether there are such.
func explain[S any](documented S, variants []variant[S], right func(*S) bool) ([]Finding, bool) {
	if right(&documented) {
		return nil, true
	}
	for i := range variants {
		tried := documented
		variants[i].apply(&tried)
		if right(&tried) {
			return []Finding{variants[i].Finding}, true
		}
	}
	for i := range variants {
		for j := range i {
			if variants[i].Part == variants[j].Part {
				continue
			}
			tried := documented
			variants[j].apply(&tried)
			variants[i].apply(&tried)
			if right(&tried) {
				return []Finding{variants[j].Finding, variants[i].Finding}, true
			}
		}
	}
	return nil, false
}

// maxEnded is how many ended keys of a kind are tried, the latest first.
const maxEnded = 8

// candidate is a key of the asker, opened, with which something may have been signed.
type candidate struct {
	Key
	text string // a secret
	rsa  *rsa.PublicKey
}

// candidates opens the asker's keys of the kinds named: all that are live, and the latest that have ended, of the environments that they may see.
func (s *Service) candidates(ctx context.Context, who Asker, kinds ...Kind) ([]candidate, error) {
	var found []candidate
	now := s.Now()
	for _, env := range who.Sees {
		owned, err := s.Store.List(ctx, who.Merchant, env)
		if err != nil {
			return nil, err
		}
		for _, kind := range kinds {
			ended := 0
			for i := len(owned) - 1; i >= 0; i-- { // the oldest is the first
				k := owned[i]
				if k.Kind != kind || !k.LiveAt(now) && ended == maxEnded {
					continue
				}
				if !k.LiveAt(now) {
					ended++
				}
				c, err := s.openCandidate(k)
				if err != nil {
					return nil, err
				}
				found = append(found, c)
			}
		}
	}
	return found, nil
}

func (s *Service) openCandidate(k Key) (c candidate, err error) {
	c.Key = k
	if k.Kind == PublicKey {
		c.rsa, err = s.openPublic(k)
		return c, err
	}
	c.text, err = s.open(k)
	return c, err
}

// otherNames are the findings about a key that is not the documented one.
type otherNames struct{ other, otherEnded, ended, ending string }

var (
	otherKeys    = otherNames{"signature.key_other", "signature.key_other_ended", "signature.key_ended", "signature.key_ending"}
	otherSecrets = otherNames{"signature.secret_other", "signature.secret_other_ended", "signature.secret_ended", "signature.secret_ending"}
)

// nameOf names a candidate that is not the documented one: of the other environment, ended, or about to end, which is fine.
func (c candidate) nameOf(names otherNames, env ids.Environment, now time.Time) Finding {
	f := Finding{Part: PartKey, Args: map[string]any{"LastFour": c.LastFour, "Environment": c.Environment, "At": c.EndsAt}}
	switch {
	case c.Environment != env && !c.LiveAt(now):
		f.Name = names.otherEnded
	case c.Environment != env:
		f.Name = names.other
	case !c.LiveAt(now):
		f.Name = names.ended
	default:
		f.Name, f.Fine = names.ending, true
	}
	return f
}

// maskToken shows which access token it is; nothing of a secret that was taken for one.
func maskToken(token string) string {
	const shown = 6
	if len(token) < 4*shown || HoldsSecret(token) {
		return strings.Repeat("•", len(token))
	}
	return fmt.Sprintf("%s…%s", token[:shown], token[len(token)-shown:])
}
