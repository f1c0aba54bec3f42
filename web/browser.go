package web

import (
	"strings"

	"github.com/mileusna/useragent"

	"merchant-portal/internal/i18n"
)

// browserName says which browser a request came from in words that its owner recognises, like "Chrome on Windows"; so they are stored, and translated
// where they are shown. It is a name for people: whoever sends the header can write anything into it, so nothing is decided by it but whether to send
// a notice, and only names that are known get into it.
func browserName(header string) string {
	ua := useragent.Parse(header[:min(len(header), maxAgent)])
	name, system := ua.Name, ua.OS
	if !browsers[name] {
		name = ""
	}
	switch {
	case name == "" && system == "":
		return unknownBrowser
	case system == "":
		return name
	case name == "":
		return system
	}
	return name + between + system
}

const (
	// maxAgent bounds how much of the header is looked at: those of real browsers are below 300 bytes.
	maxAgent       = 512
	between        = " on "
	unknownBrowser = "?"
)

// browsers are the names that are shown. Systems need no such list: the parser gives those it knows alone.
var browsers = map[string]bool{
	useragent.Chrome: true, useragent.Edge: true, useragent.Firefox: true, useragent.Safari: true, useragent.Opera: true, useragent.OperaMini: true,
	useragent.OperaTouch: true, useragent.SamsungBrowser: true, useragent.Vivaldi: true, useragent.InternetExplorer: true, useragent.HeadlessChrome: true,
	useragent.FacebookApp: true, useragent.InstagramApp: true, useragent.TiktokApp: true, "Android browser": true, "Miui Browser": true,
	"Huawei Browser": true, "curl": true,
}

// browserWords writes what browserName gave in somebody's language.
func browserWords(t *i18n.Printer, stored string) string {
	if stored == unknownBrowser || stored == "" {
		return t.T("sessions.unknown_browser")
	}
	if name, system, both := strings.Cut(stored, between); both {
		return t.Format("mail.browser_on", i18n.Args{"Browser": name, "System": system})
	}
	return stored
}

// onMobile reports whether a name of browserName is that of a phone or tablet.
func onMobile(stored string) bool {
	for _, system := range []string{useragent.Android, useragent.IOS, useragent.WindowsPhone, useragent.Harmony, useragent.BlackBerry} {
		if strings.HasSuffix(stored, system) {
			return true
		}
	}
	return false
}
