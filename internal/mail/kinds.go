package mail

import "merchant-portal/internal/outbox"

// kind is what is particular to a kind of message: the ids of its words and the page that it leads to.
type kind struct {
	subject string
	before  []string // paragraphs before the link; the facts stand after the first
	button  string
	page    string // path that the button leads to
	token   bool   // the link carries the message's token; no other letter holds one
	after   []string
	support string // sentence with the support address
	at      string // label of the message's At; "" for the usual one
	until   string // label of the message's Until
	by      string // label of the message's By; "" for the usual one

	inEnvironment bool // page is one of the message's environment
}

// alarmPage is where a letter leads whoever did not do what it tells of.
const alarmPage = "/account-alarm"

// kinds are the letters there are. Each says what happened, and what to do if it was somebody else.
var kinds = map[outbox.Kind]kind{
	outbox.ConfirmRegistration: {
		subject: "mail.confirm.subject", before: []string{"mail.confirm.lead"},
		button: "mail.confirm.button", page: "/register/confirm", token: true, after: []string{"mail.confirm.not_you"}, support: "mail.support",
	},
	outbox.AlreadyRegistered: {
		subject: "mail.known.subject", before: []string{"mail.known.lead"},
		button: "mail.known.button", page: "/login", after: []string{"mail.known.not_you"}, support: "mail.support",
	},
	outbox.ResetPassword: {
		subject: "mail.reset.subject", before: []string{"mail.reset.lead"},
		button: "mail.reset.button", page: "/password/reset", token: true, after: []string{"mail.reset.valid", "mail.reset.not_you"}, support: "mail.support",
	},
	outbox.PasswordChanged: {
		subject: "mail.changed.subject", before: []string{"mail.changed.lead", "mail.changed.not_you"},
		button: "mail.alarm.button", page: alarmPage, token: true, after: []string{"mail.alarm.what", "mail.alarm.valid"}, support: "mail.support_alarm",
	},
	outbox.AccountLocked: {
		subject: "mail.locked.subject", before: []string{"mail.locked.lead", "mail.locked.forgot"}, at: "mail.locked.at", until: "mail.locked.until",
		button: "mail.locked.button", page: "/password/forgot", after: []string{"mail.locked.not_you"}, support: "mail.locked.support",
	},
	outbox.NewBrowser: {
		subject: "mail.new_browser.subject", before: []string{"mail.new_browser.lead", "mail.new_browser.not_you"},
		button: "mail.alarm.button", page: alarmPage, token: true, after: []string{"mail.alarm.what", "mail.alarm.valid"}, support: "mail.support_alarm",
	},
	outbox.AllowListSaved: {
		subject: "mail.allow_list.subject", before: []string{"mail.allow_list.lead", "mail.allow_list.means", "mail.allow_list.not_you"},
		button: "mail.allow_list.button", page: "/account/security", support: "mail.support_alarm",
	},
	outbox.AllowListCleared: {
		subject: "mail.allow_list.subject", before: []string{"mail.allow_list.cleared", "mail.allow_list.open"},
		button: "mail.allow_list.button", page: "/account/security", support: "mail.support",
	},
	outbox.PasswordExpires: {
		subject: "mail.expires.subject", before: []string{"mail.expires.lead"}, until: "mail.expires.until",
		button: "mail.expires.button", page: "/account/password", after: []string{"mail.expires.forgot"}, support: "mail.support",
	},
	outbox.AuthenticatorAdded:   factorLetter("mail.authenticator_added.subject", "mail.authenticator_added.lead"),
	outbox.AuthenticatorRemoved: factorLetter("mail.authenticator_removed.subject", "mail.authenticator_removed.lead"),
	outbox.PasskeyAdded:         factorLetter("mail.passkey_added.subject", "mail.passkey_added.lead"),
	outbox.PasskeyRemoved:       factorLetter("mail.passkey_removed.subject", "mail.passkey_removed.lead"),
	outbox.RecoveryCodesMade:    factorLetter("mail.codes_made.subject", "mail.codes_made.lead"),
	outbox.RecoveryCodeUsed:     factorLetter("mail.code_used.subject", "mail.code_used.lead", "mail.code_used.left"),
	outbox.FactorsCleared: {
		subject: "mail.factors_cleared.subject", before: []string{"mail.factors_cleared.lead", "mail.factors_cleared.not_you"},
		button: "mail.alarm.button", page: alarmPage, token: true, after: []string{"mail.alarm.what", "mail.alarm.valid"}, support: "mail.support_alarm",
	},
	outbox.FactorRequired: {
		subject: "mail.factor_required.subject", before: []string{"mail.factor_required.lead"}, until: "mail.factor_required.from",
		button: "mail.factor_required.button", page: "/account/second-factor", support: "mail.support",
	},
	outbox.Invited: {
		subject: "mail.invited.subject", before: []string{"mail.invited.lead"}, by: "mail.invited.by",
		button: "mail.invited.button", page: "/invitation", token: true, after: []string{"mail.invited.valid", "mail.invited.not_you"}, support: "mail.support",
	},
	outbox.InvitedElsewhere: {
		subject: "mail.invited.subject", before: []string{"mail.elsewhere.lead", "mail.elsewhere.another"}, by: "mail.invited.by",
		button: "mail.known.button", page: "/login", after: []string{"mail.elsewhere.unchanged"}, support: "mail.support",
	},
	outbox.RolesChanged: {
		subject: "mail.roles.subject", before: []string{"mail.roles.lead"},
		button: "mail.known.button", page: "/login", after: []string{"mail.staff.ask"}, support: "mail.support",
	},
	outbox.AccountDisabled: {
		subject: "mail.disabled.subject", before: []string{"mail.disabled.lead"},
		button: "mail.staff.portal", page: "/login", after: []string{"mail.staff.ask"}, support: "mail.support",
	},
	outbox.AccountEnabled: {
		subject: "mail.enabled.subject", before: []string{"mail.enabled.lead"},
		button: "mail.known.button", page: "/login", after: []string{"mail.enabled.forgot"}, support: "mail.support",
	},
	outbox.AccountRemoved: {
		subject: "mail.removed.subject", before: []string{"mail.removed.lead"},
		button: "mail.staff.portal", page: "/login", after: []string{"mail.staff.ask"}, support: "mail.support",
	},
	outbox.SnapRegistered: {
		subject: "mail.snap_registered.subject", before: []string{"mail.snap_registered.lead", "mail.snap_registered.not_you"},
		button: "mail.snap_registered.button", page: "/settings/access-keys/bi-snap", inEnvironment: true, support: "mail.support_alarm",
	},
	outbox.KeyRotated:     keyLetter("mail.key_rotated.subject", "mail.key.until", "mail.key_rotated.lead", "mail.key_rotated.what", "mail.key.known"),
	outbox.KeyReplaced:    keyLetter("mail.key_rotated.subject", "mail.key.ended", "mail.key_replaced.lead", "mail.key_replaced.what", "mail.key.known"),
	outbox.KeyRetired:     keyLetter("mail.key_retired.subject", "mail.key.ended", "mail.key_retired.lead", "mail.key.known"),
	outbox.KeyExtended:    keyLetter("mail.key_extended.subject", "mail.key.until", "mail.key_extended.lead", "mail.key.known"),
	outbox.RotationUndone: keyLetter("mail.rotation_undone.subject", "", "mail.rotation_undone.lead", "mail.key.known"),
	outbox.KeyEndsSoon: {
		subject: "mail.key_ends_soon.subject", before: []string{"mail.key_ends_soon.lead", "mail.key_ends_soon.what"}, until: "mail.key.until",
		at: "mail.key.last_used", button: "mail.key.button", page: "/settings/access-keys", inEnvironment: true, support: "mail.support",
	},
	outbox.ActivationSubmitted: activationSubmitted, outbox.ActivationRejected: activationRejected, outbox.ActivationApproved: activationApproved,
}

// factorLetter tells somebody what was done with their second factor.
func factorLetter(subject string, before ...string) kind {
	return kind{
		subject: subject, before: append(before, "mail.changed.not_you"),
		button: "mail.alarm.button", page: alarmPage, token: true, after: []string{"mail.alarm.what", "mail.alarm.valid"}, support: "mail.support_alarm",
	}
}
