package mail

// activationPage is a page of Production alone.
const activationPage = "/production/activation"

// The letters about a merchant's registration for Production. The reason of a rejection stands after the link: addresses may stand in it.
var (
	activationSubmitted = kind{
		subject: "mail.activation_submitted.subject", before: []string{"mail.activation_submitted.lead", "mail.activation_submitted.not_you"},
		button: "mail.activation_submitted.button", page: activationPage, support: "mail.support_alarm",
	}
	activationRejected = kind{
		subject: "mail.activation_rejected.subject", before: []string{"mail.activation_rejected.lead"},
		button: "mail.activation_rejected.button", page: activationPage, after: []string{"mail.activation_rejected.reason"}, support: "mail.support",
	}
	activationApproved = kind{
		subject: "mail.activation_approved.subject", before: []string{"mail.activation_approved.lead", "mail.activation_approved.next"},
		button: "mail.activation_approved.button", page: "/settings/access-keys", inEnvironment: true, support: "mail.support",
	}
)
