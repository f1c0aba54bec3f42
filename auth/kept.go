package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
)

// KeptLife is for how long a form that a session's end cut off can be had back (rules.md, Idle logout).
const KeptLife = 24 * time.Hour

// ErrNotKept: there is no such form for this person: another one's, too old, spent, or no form at all. One answer for all.
var ErrNotKept error = fault.New(fault.NotFound, "fault.not_found")

// KeptForm is what somebody had typed. It holds no password and no secret.
type KeptForm struct {
	ID     ids.FormID          `json:"id"`
	Person ids.PersonID        `json:"person"`
	Path   string              `json:"path"` // of the page that the form is on
	Fields map[string][]string `json:"fields"`
	At     int64               `json:"at"` // unix milliseconds
}

// KeptForms stores forms from the sign-in that brings them back until they are sent.
type KeptForms interface {
	// Add stores a form, and spends all but the newest few of the person; ErrNotKept where one with this id was stored before, spent or not.
	Add(ctx context.Context, id ids.FormID, p ids.PersonID, sealed []byte, at time.Time) error
	// Get reads a form of a person that is not spent and not older than oldest, or ErrNotKept.
	Get(ctx context.Context, id ids.FormID, p ids.PersonID, oldest time.Time) (sealed []byte, err error)
	// Spend drops what a form holds; its id stays.
	Spend(ctx context.Context, id ids.FormID, p ids.PersonID) error
	// DropOld drops those made before oldest, ids included. It is no part of an act.
	DropOld(ctx context.Context, oldest time.Time) error
}

var keptLabel = seal.Label("kept form")

// SealForm makes the text that a login page carries: it opens for this person alone, on this portal alone (C034).
func (s *Service) SealForm(p ids.PersonID, path string, fields map[string][]string) (string, error) {
	sealed, err := s.sealForm(KeptForm{ids.New[ids.FormID](), p, path, fields, s.Now().UnixMilli()})
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

func (s *Service) sealForm(f KeptForm) ([]byte, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("encode form: %w", err)
	}
	return s.Box.Seal(text, keptLabel)
}

// KeepForm takes what SealForm made back after a sign-in. It works once, for the person it was made for; else ErrNotKept.
func (s *Service) KeepForm(ctx context.Context, p ids.PersonID, text string) (KeptForm, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return KeptForm{}, ErrNotKept
	}
	f, err := s.openForm(sealed, p)
	if err != nil {
		return KeptForm{}, err
	}
	if err := s.KeptForms.DropOld(ctx, s.Now().Add(-2*KeptLife)); err != nil {
		return KeptForm{}, err
	}
	return f, s.KeptForms.Add(ctx, f.ID, p, sealed, time.UnixMilli(f.At))
}

// FormOf gives a form that was kept for a person and is not spent, or ErrNotKept. Looking does not spend it.
func (s *Service) FormOf(ctx context.Context, p ids.PersonID, id ids.FormID) (KeptForm, error) {
	sealed, err := s.KeptForms.Get(ctx, id, p, s.Now().Add(-KeptLife))
	if err != nil {
		return KeptForm{}, err
	}
	return s.openForm(sealed, p)
}

// SpendForm ends the offer of a form: it was sent.
func (s *Service) SpendForm(ctx context.Context, p ids.PersonID, id ids.FormID) error {
	return s.KeptForms.Spend(ctx, id, p)
}

func (s *Service) openForm(sealed []byte, p ids.PersonID) (KeptForm, error) {
	text, err := s.Box.Open(sealed, keptLabel)
	if errors.Is(err, seal.ErrOpen) {
		return KeptForm{}, ErrNotKept
	}
	if err != nil {
		return KeptForm{}, err
	}
	var f KeptForm
	if err := json.Unmarshal(text, &f); err != nil {
		return KeptForm{}, fmt.Errorf("decode form: %w", err)
	}
	age := s.Now().Sub(time.UnixMilli(f.At))
	if f.Person != p || age > KeptLife || age < -maxSkew {
		return KeptForm{}, ErrNotKept
	}
	return f, nil
}
