package store

import (
	"context"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/keys"
	"merchant-portal/settings"
)

// repos are the implementations of the domain's interfaces, one type each.
type repos struct {
	people        people
	registrations registrations
	passwords     passwords
	resets        resets
	environments  environments
	activations   activations
	papers        activationDocuments
	settings      documents
	keys          accessKeys
	keyReminders  keyReminders
	snap          snapRegistrations
	notifications notificationKeys
	currentKeys   currentKeys
	uses          *Uses
	externalIDs   externalIDs
	activity      activityLog
	chains        Chains
	entries       activityReader
	locks         locks
	browsers      browsers
	keptForms     keptForms
	staff         staff
	invitations   invitations
	factors       factors
	recoveryCodes recoveryCodes
	challenges    challenges
	requirements  requirements
	allowLists    allowLists
	alarms        alarms
	sessions      *Sessions
	outbox        *Outbox
	renew         *statement // gives a merchant another generation
}

// prepare makes every implementation with its statements.
func (st *Store) prepare(ctx context.Context) error {
	p := &preparer{ctx: ctx, st: st}
	st.renew = p.write(`UPDATE merchants SET generation = $1 WHERE id = $2`)
	st.people = preparePeople(p)
	st.registrations = prepareRegistrations(p)
	st.passwords = preparePasswords(p)
	st.resets = prepareResets(p)
	st.environments = prepareEnvironments(p)
	st.activations = prepareActivations(p)
	st.papers = prepareActivationDocuments(p)
	st.repos.settings = prepareDocuments(p)
	st.repos.keys = prepareAccessKeys(p)
	st.keyReminders = prepareKeyReminders(p)
	st.snap = prepareSnapRegistrations(p)
	st.notifications = prepareNotificationKeys(p)
	st.currentKeys = prepareCurrentKeys(p)
	st.uses = prepareUses(p)
	st.externalIDs = prepareExternalIDs(p)
	st.activity = prepareActivity(p)
	st.chains = prepareChains(p)
	st.entries = prepareActivityReader(p)
	st.locks = prepareLocks(p)
	st.browsers = prepareBrowsers(p)
	st.keptForms = prepareKeptForms(p)
	st.staff = prepareStaff(p)
	st.invitations = prepareInvitations(p)
	st.factors = prepareFactors(p)
	st.recoveryCodes = prepareRecoveryCodes(p)
	st.challenges = prepareChallenges(p)
	st.requirements = prepareRequirements(p)
	st.allowLists = prepareAllowLists(p)
	st.alarms = prepareAlarms(p)
	st.sessions = prepareSessions(p)
	if p.err != nil {
		return p.err
	}
	outbox, err := newOutbox(st)
	st.outbox = outbox
	return err
}

// ForAuth gives what auth keeps here, and what seals it; the rest of auth.Deps is the caller's.
func (st *Store) ForAuth() auth.Deps {
	return auth.Deps{
		People: st.people, Registrations: st.registrations, Passwords: st.passwords, Resets: st.resets, Locks: st.locks, Sessions: st.sessions,
		Browsers: st.browsers, KeptForms: st.keptForms, Staff: st.staff, Invitations: st.invitations, Factors: st.factors,
		RecoveryCodes: st.recoveryCodes, Challenges: st.challenges, Requirements: st.requirements, AllowLists: st.allowLists, Alarms: st.alarms,
		Tx: st, Log: st.activity, Outbox: st.outbox, Box: st.PortalBox(), Marker: st.marker,
	}
}

// People implements auth.People.
func (st *Store) People() auth.People { return st.people }

// Passwords implements auth.Passwords.
func (st *Store) Passwords() auth.Passwords { return st.passwords }

// Environments implements envswitch.Store.
func (st *Store) Environments() envswitch.Store { return st.environments }

// Activations implements envswitch.ActivationStore.
func (st *Store) Activations() envswitch.ActivationStore { return st.activations }

// ActivationDocuments implements envswitch.DocumentStore.
func (st *Store) ActivationDocuments() envswitch.DocumentStore { return st.papers }

// Settings implements settings.Store.
func (st *Store) Settings() settings.Store { return st.repos.settings }

// Keys implements keys.Store.
func (st *Store) Keys() keys.Store { return st.repos.keys }

// KeyReminders implements keys.Reminders.
func (st *Store) KeyReminders() keys.Reminders { return st.keyReminders }

// SnapRegistrations implements keys.Registrations.
func (st *Store) SnapRegistrations() keys.Registrations { return st.snap }

// NotificationKeys implements keys.NotificationKeys.
func (st *Store) NotificationKeys() keys.NotificationKeys { return st.notifications }

// CurrentKeys implements keys.Current.
func (st *Store) CurrentKeys() keys.Current { return st.currentKeys }

// Uses implements keys.Uses and writes what it counts.
func (st *Store) Uses() *Uses { return st.uses }

// ExternalIDs implements keys.ExternalIDs.
func (st *Store) ExternalIDs() keys.ExternalIDs { return st.externalIDs }

// Activity implements activity.Log.
func (st *Store) Activity() activity.Log { return st.activity }

// Entries implements activity.Reader.
func (st *Store) Entries() activity.Reader { return st.entries }

// Chains verifies activity logs.
func (st *Store) Chains() Chains { return st.chains }

// Locks implements auth.Locks.
func (st *Store) Locks() auth.Locks { return st.locks }

// Browsers implements auth.Browsers.
func (st *Store) Browsers() auth.Browsers { return st.browsers }

// KeptForms implements auth.KeptForms.
func (st *Store) KeptForms() auth.KeptForms { return st.keptForms }

// Staff implements auth.Staff.
func (st *Store) Staff() auth.Staff { return st.staff }

// Invitations implements auth.Invitations.
func (st *Store) Invitations() auth.Invitations { return st.invitations }

// Factors implements auth.Factors.
func (st *Store) Factors() auth.Factors { return st.factors }

// RecoveryCodes implements auth.RecoveryCodes.
func (st *Store) RecoveryCodes() auth.RecoveryCodes { return st.recoveryCodes }

// AllowLists implements auth.AllowLists.
func (st *Store) AllowLists() auth.AllowLists { return st.allowLists }

// Sessions implements the session manager's store and auth.Sessions.
func (st *Store) Sessions() *Sessions { return st.sessions }

// Outbox implements outbox.Queue and works it off.
func (st *Store) Outbox() *Outbox { return st.outbox }
