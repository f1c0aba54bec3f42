package main

import (
	"time"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/settings"
	"merchant-portal/store"
)

// newSettings makes the room of settings.
func newSettings(st *store.Store, people *auth.Service, rooms onboarding) *settings.Service {
	return settings.New(settings.Deps{Store: st.Settings(), Tx: st, Log: st.Activity(), Staff: people, Now: time.Now, Notifications: rooms.keys})
}

// newActivations makes the room in which merchants get Production: what they say of themselves comes from the settings, what they get from the keys.
func newActivations(st *store.Store, people *auth.Service, rooms onboarding, pages *settings.Service) *envswitch.Activations {
	return &envswitch.Activations{
		Store: st.Activations(), Documents: st.ActivationDocuments(), Environments: st.Environments(), Business: pages, Opening: rooms.keys,
		Tx: st, Log: st.Activity(), Sealer: st.Keysets(), Staff: people, Now: time.Now,
	}
}
