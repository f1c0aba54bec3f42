package web

// activationPlaces is what search finds of the registration for Production.
func activationPlaces() []searchPage {
	return []searchPage{{
		place: place{"", "activation.title", "search.activation", "search.activation_words"}, pattern: activationPath, often: true,
		fields: []place{{"documents", "activation.documents", "search.documents", "search.documents_words"}},
	}}
}
