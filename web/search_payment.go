package web

// paymentPlaces are what search finds of where notifications and customers go, and of what a merchant's programs need.
func paymentPlaces() []searchPage {
	const settings = "nav.settings"
	return []searchPage{
		{
			place: place{"", "payment.title", "search.payment", "search.payment_words"}, pattern: "/{environment}" + paymentPath, under: []string{settings}, often: true,
			fields: []place{
				{"payment_notification_url", "payment.payment_notification_url", "search.payment_url", "search.payment_url_words"},
				{"recurring_notification_url", "payment.recurring_notification_url", "payment.recurring_hint", "search.recurring_words"},
				{"account_linking_notification_url", "payment.account_linking_notification_url", "payment.linking_hint", "search.linking_words"},
				{"finish_redirect_url", "payment.finish_redirect_url", "payment.finish_hint", "search.redirect_words"},
				{"unfinish_redirect_url", "payment.unfinish_redirect_url", "payment.unfinish_hint", "search.redirect_words"},
				{"error_redirect_url", "payment.error_redirect_url", "payment.error_hint", "search.redirect_words"},
			},
		},
		{place: place{"", "bi_snap.title", "search.bi_snap", "search.bi_snap_words"}, pattern: "/{environment}" + snapSettingsPath, under: []string{settings}},
		{place: place{"", "integration.title", "search.integration", "search.integration_words"}, pattern: "/{environment}" + integrationPath, under: []string{settings}, often: true},
	}
}
