package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// ErrOutside is in the chain of every refusal because of a merchant's allow-list.
var ErrOutside = errors.New("outside the merchant's allow-list")

// Outside refuses a request from an address that a merchant's allow-list does not have.
func Outside(address string) error {
	return &fault.Error{Kind: fault.Forbidden, Public: fault.Message{ID: "outside.text", Args: map[string]any{"Address": address}}, Err: ErrOutside}
}

// ErrAllowListChanged: somebody else saved another list since the page was opened.
var ErrAllowListChanged error = fault.New(fault.Conflict, "allow_list.changed")

// ErrLocksOut is in the chain of the refusal of a list that would shut out whoever saves it.
var ErrLocksOut = errors.New("the list would shut out whoever saves it")

// AllowLists stores merchants' lists.
type AllowLists interface {
	// Load gives a merchant's list as stored, "" for everywhere, or ErrNotFound.
	Load(ctx context.Context, m ids.MerchantID) (string, error)
	// Save replaces it. It holds from the next request on, on every node.
	Save(ctx context.Context, m ids.MerchantID, list string) error
	// Staff lists a merchant's people who can sign in.
	Staff(ctx context.Context, m ids.MerchantID) ([]Person, error)
}

// StoredAllowList is a list as a page shows it. Version is that of the list: who saves says which one they saw.
type StoredAllowList struct {
	Networks []string
	Version  string
}

// AllowList gives a merchant's list.
func (s *Service) AllowList(ctx context.Context, m ids.MerchantID) (StoredAllowList, error) {
	stored, err := s.AllowLists.Load(ctx, m)
	return StoredAllowList{ParseAllowList(stored).entries(), versionOf(stored)}, err
}

func versionOf(stored string) string { return hex.EncodeToString(TokenDigest(stored)[:8]) }

// NewAllowList is a list that somebody typed.
type NewAllowList struct {
	Who     activity.Actor
	Browser string // like "Chrome on Windows"
	Text    string
	Version string // of the list that was seen
	AddOwn  bool   // the network of whoever saves is to be in it
}

// SaveAllowList replaces a merchant's list, with an entry about it and mails to the Administrators and to whoever did it. What is stored already is
// neither written nor noted. Refusals: the field networks, once for each thing that is wrong; a fault around ErrLocksOut; ErrAllowListChanged.
func (s *Service) SaveAllowList(ctx context.Context, in NewAllowList) error {
	text := in.Text
	if in.AddOwn {
		text += "\n" + OwnNetwork(in.Who.Address)
	}
	list, err := typedAllowList(text)
	if err != nil {
		return err
	}
	if !list.Allows(in.Who.Address) {
		args := map[string]any{"Address": in.Who.Address}
		return &fault.Error{Kind: fault.Invalid, Public: fault.Message{ID: "allow_list.locks_out", Args: args}, Err: ErrLocksOut}
	}
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		if _, err := s.mayStill(ctx, in.Who, EditSecurity); err != nil {
			return err
		}
		stored, err := s.AllowLists.Load(ctx, in.Who.Merchant)
		switch {
		case err != nil:
			return err
		case stored == list.String():
			return nil
		case versionOf(stored) != in.Version:
			return ErrAllowListChanged
		}
		return s.putAllowList(ctx, list, activity.Entry{
			Actor: in.Who, Action: activity.AllowListSaved, Target: fmt.Sprintf("networks: %d", len(list.networks)), Outcome: activity.Done, At: s.Now(),
		}, outbox.Message{Kind: outbox.AllowListSaved, Address: in.Who.Address, Browser: in.Browser})
	})
}

// ClearAllowList is the operator's way back for a merchant that has shut itself out: everywhere is allowed from the next request on. It
// reports whether there was a list. ErrNotFound if there is no such merchant.
func (s *Service) ClearAllowList(ctx context.Context, m ids.MerchantID) (cleared bool, err error) {
	err = s.Tx.Do(ctx, func(ctx context.Context) error {
		stored, err := s.AllowLists.Load(ctx, m)
		if cleared = stored != ""; err != nil || !cleared {
			return err
		}
		return s.putAllowList(ctx, AllowList{}, activity.Entry{
			Actor: activity.Actor{Merchant: m}, Action: activity.AllowListCleared, Outcome: activity.Done, At: s.Now(),
		}, outbox.Message{Kind: outbox.AllowListCleared})
	})
	return cleared, err
}

// putAllowList writes a list in the transaction of ctx, notes it, and tells those who answer for it.
func (s *Service) putAllowList(ctx context.Context, list AllowList, e activity.Entry, letter outbox.Message) error {
	if err := s.AllowLists.Save(ctx, e.Merchant, list.String()); err != nil {
		return err
	}
	if err := s.Log.Record(ctx, e); err != nil {
		return err
	}
	letter.At = e.At.UnixMilli()
	return s.tellAdministrators(ctx, e.Actor, letter)
}

// admit refuses somebody who has shown everything that it takes to sign in, but at an address that their merchant does not allow. It is noted:
// somebody knows their password.
func (s *Service) admit(ctx context.Context, p Person, address string, at time.Time) error {
	stored, err := s.AllowLists.Load(ctx, p.Merchant)
	if err != nil || ParseAllowList(stored).Allows(address) {
		return err
	}
	return errors.Join(Outside(address), s.noteOutside(ctx, activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: address}, at))
}

// NoteOutside writes down that somebody sent a form in a session from an address that their merchant does not allow: it may be a stolen one.
func (s *Service) NoteOutside(ctx context.Context, who activity.Actor) error {
	return s.noteOutside(ctx, who, s.Now())
}

func (s *Service) noteOutside(ctx context.Context, who activity.Actor, at time.Time) error {
	return s.Log.Record(ctx, activity.Entry{Actor: who, Action: activity.AddressRefused, Target: string(who.Person), Outcome: activity.Refused, At: at})
}
