package web

import (
	"slices"

	"merchant-portal/internal/route"
)

// place is what search finds: a page, or a field of one. The ids name messages: what it is called, what it is for, and the words beside its title that
// people look for it with, separated by spaces.
type place struct{ anchor, title, about, words string }

// searchPage is a page that search finds, with its fields. Who may open it stands in the route table, under the same pattern, and nowhere else.
type searchPage struct {
	place
	pattern string
	under   []string // ids of what it belongs to, outermost first
	often   bool     // offered where nothing was typed
	fields  []place
}

// searchPages is everything that search finds, in the order in which equals are shown. A page of the table that is not in it has its reason in a test.
func searchPages() []searchPage {
	return slices.Concat(settingsPlaces(), paymentPlaces(), historyPlaces(), activationPlaces(), accountPlaces())
}

func settingsPlaces() []searchPage {
	const (
		settings  = "nav.settings"
		accessKey = "/{environment}" + keysPath
	)
	return []searchPage{
		{place: place{"", "dashboard.title", "search.dashboard", "search.dashboard_words"}, pattern: "/{environment}/dashboard", often: true},
		{
			place: place{"", "general.title", "search.general", "search.general_words"}, pattern: "/{environment}/settings/general",
			under: []string{settings}, often: true, fields: generalPlaces(),
		},
		{place: place{"", "compare.title", "search.compare", "search.compare_words"}, pattern: comparePath, under: []string{settings}},
		{place: place{"", "keys.title", "search.keys", "search.keys_words"}, pattern: accessKey, under: []string{settings}, often: true},
		{place: place{"", "snap.title", "search.snap", "search.snap_words"}, pattern: "/{environment}" + snapPath, under: []string{settings, "keys.title"}},
		{place: place{"", "doctor.title", "search.doctor", "search.doctor_words"}, pattern: doctorPath, under: []string{settings, "keys.title"}, often: true},
		{place: place{"", "signature.title", "search.bench", "search.bench_words"}, pattern: benchPath, under: []string{settings, "keys.title"}},
		{
			place: place{"", "signature.request_title", "search.bench_request", "search.bench_request_words"}, pattern: benchRequestPath,
			under: []string{settings, "keys.title", "signature.title"},
		},
		{place: place{"", "snippets.title", "search.snippets", "search.snippets_words"}, pattern: snippetsPath, under: []string{settings, "keys.title"}},
	}
}

// generalPlaces are the fields of General Settings. The anchor of a field is its name.
func generalPlaces() []place {
	return []place{
		{"merchant_name", "general.merchant_name", "search.merchant_name", "search.merchant_name_words"},
		{"official_merchant_name", "general.official_merchant_name", "search.official_name", "search.official_name_words"},
		{"merchant_url", "general.merchant_url", "search.merchant_url", "search.merchant_url_words"},
		{"merchant_email", "general.merchant_email", "search.merchant_email", "search.merchant_email_words"},
		{"director_name", "general.director_name", "search.director_name", "search.director_name_words"},
		{"director_phone", "general.director_phone", "search.director_phone", "search.director_phone_words"},
		{"npwp", "general.npwp", "search.npwp", "search.npwp_words"},
		{"npwp_name", "general.npwp_name", "search.npwp_name", "search.npwp_name_words"},
		{"timezone", "general.timezone", "search.timezone", "search.timezone_words"},
		{"business_address", "general.business_address", "search.business_address", "search.business_address_words"},
		{"branch_address", "general.branch_address", "search.branch_address", "search.branch_address_words"},
		{"custom_field1", "general.custom_field1", "search.custom_field", "search.custom_field_words"},
		{"custom_field2", "general.custom_field2", "search.custom_field", "search.custom_field_words"},
		{"custom_field3", "general.custom_field3", "search.custom_field", "search.custom_field_words"},
	}
}

func accountPlaces() []searchPage {
	under := []string{"nav.account"}
	return []searchPage{
		{
			place: place{"", "profile.title", "search.profile", "search.profile_words"}, pattern: profilePath, under: under, often: true, fields: []place{
				{"full_name", "register.full_name", "search.full_name", "search.full_name_words"},
				{"phone", "register.phone", "search.phone", "search.phone_words"},
				{"language", "language.label", "search.language", "search.language_words"},
				{"timezone", "profile.timezone", "search.own_timezone", "search.own_timezone_words"},
				{"theme", "profile.theme", "search.theme", "search.theme_words"},
			},
		},
		{place: place{"", "nav.password", "search.password", "search.password_words"}, pattern: passwordPath, under: under},
		{place: place{"", "second.title", "search.second", "search.second_words"}, pattern: factorPath, under: under},
		{place: place{"", "sessions.title", "search.sessions", "search.sessions_words"}, pattern: sessionsPath, under: under},
		{place: place{"", "users.title", "search.users", "search.users_words"}, pattern: usersPath, under: under, often: true},
		{place: place{"", "invite.title", "search.invite", "search.invite_words"}, pattern: usersPath + "/invite", under: []string{"nav.account", "users.title"}},
		{
			place: place{"", "nav.security", "search.security", "search.security_words"}, pattern: securityPath, under: under, fields: []place{
				{"allowed-networks", "allow_list.title", "search.networks", "search.networks_words"},
			},
		},
		{place: place{"", "activity.title", "search.activity", "search.activity_words"}, pattern: activityPath, under: under},
	}
}

// historyPlaces are the histories of all pages of settings.
func historyPlaces() (pages []searchPage) {
	for _, p := range settingsPages {
		pages = append(pages, searchPage{
			place: place{"", "history.title", "search.history", "search.history_words"}, pattern: "/" + route.Environment + p.path + "/history", under: []string{"nav.settings", p.title},
		})
	}
	return pages
}
