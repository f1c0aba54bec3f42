package web

import (
	"slices"
	"strconv"
	"strings"

	"merchant-portal/internal/i18n"
	"merchant-portal/settings"
)

// The notices of a save: of one that changed fields the cookie carries the page's and the fields' names as well.
const (
	savedNotice     = "notice.settings_saved"
	unchangedNotice = "notice.settings_unchanged"
)

// namedFields is how many of the changed fields a notice names.
const namedFields = 3

// settingsNotice is what to say of a save, as the notice cookie carries it.
func settingsNotice(done settings.Result) string {
	if len(done.Changes) == 0 {
		return unchangedNotice
	}
	parts := []string{savedNotice, string(done.Page)}
	for _, c := range done.Changes {
		parts = append(parts, c.Field)
	}
	return strings.Join(parts, ":")
}

// noticeWords are the words of a notice, "" for what no notice is. A cookie may hold anything: fields are named only where the page has them.
func noticeWords(t *i18n.Printer, value string) (words string, good bool) {
	id, rest, _ := strings.Cut(value, ":")
	good, known := notices[id]
	if !known {
		return "", false
	}
	if names := changedFields(t, id, rest); names != "" {
		return t.T(id) + " " + t.Format("notice.settings_changed", i18n.Args{"Fields": names}), good
	}
	return t.T(id), good
}

// changedFields names the fields of a notice, the first ones and how many more there are.
func changedFields(t *i18n.Printer, id, rest string) string {
	parts := strings.Split(rest, ":")
	page := settings.Page(parts[0])
	if id != savedNotice || !slices.Contains(settings.Pages(), page) {
		return ""
	}
	var names []string
	for _, field := range settings.Fields(page) {
		if slices.Contains(parts[1:], field) {
			names = append(names, fieldLabel(t, page, field))
		}
	}
	if more := len(names) - namedFields; more > 0 {
		names = append(names[:namedFields], t.Format("notice.settings_more", i18n.Args{"More": strconv.Itoa(more)}))
	}
	return strings.Join(names, ", ")
}
