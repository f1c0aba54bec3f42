package web

import (
	"merchant-portal/internal/i18n"
	"merchant-portal/settings"
)

type settingsPage struct {
	page                 settings.Page
	path, section, title string
}

var settingsPages = []settingsPage{{settings.GeneralPage, "/settings/general", "general", "general.title"}}

func fieldLabel(t *i18n.Printer, p settings.Page, field string) string {
	return t.T(string(p) + "." + field)
}
