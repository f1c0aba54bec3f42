package web

import (
	"strings"
	"testing"

	"merchant-portal/internal/i18n"
)

func TestBrowsersAreNamedInKnownWordsAlone(t *testing.T) {
	for header, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36":                                "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0":                  "Edge on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0":                                                               "Firefox on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/125.0.0.0":                  "Opera on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15":                          "Safari on macOS",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36":                          "Chrome on macOS",
		"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0":                                                                         "Firefox on Linux",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36":                                  "Headless Chrome on Linux",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36":                                 "Chrome on ChromeOS",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36":                                "Chrome on Android",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36":            "Samsung Browser on Android",
		"Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0":                                                                           "Firefox on Android",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36 EdgA/142.0.0.0":                 "Edge on Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1":        "Safari on iOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1": "Chrome on iOS",
		"Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/145.0 Mobile/15E148 Safari/604.1":                  "Firefox on iOS",
		"curl/8.14.1":                           "curl",
		"":                                      "?",
		"-":                                     "?",
		"Your account is closed, call 08123":    "?",
		`"><script>alert(1)</script>`:           "?",
		"Chrome\r\nBcc: x@example.test":         "?",
		"Mozilla/5.0 (Windows NT 10.0) Evil/1":  "Windows",
		strings.Repeat("Mozilla/5.0 (((", 4000): "?",
		"\xff\xfe\x00":                          "?",
	} {
		if got := browserName(header); got != want {
			t.Errorf("%.140q is %q, want %q", header, got, want)
		}
	}
}

func TestBrowsersAreShownInThePersonsLanguage(t *testing.T) {
	catalog, err := catalogs()
	if err != nil {
		t.Fatal(err)
	}
	for stored, want := range map[string][2]string{
		"Chrome on Windows": {"Chrome on Windows", "Chrome di Windows"}, "curl": {"curl", "curl"}, "Windows": {"Windows", "Windows"},
		"?": {"Unknown browser", "Peramban tidak dikenal"}, "": {"Unknown browser", "Peramban tidak dikenal"},
	} {
		for i, language := range []string{i18n.English, i18n.Indonesian} {
			if got := browserWords(catalog.Printer(language), stored); got != want[i] {
				t.Errorf("%q in %s is %q, want %q", stored, language, got, want[i])
			}
		}
	}
	for stored, want := range map[string]bool{"Safari on iOS": true, "Chrome on Android": true, "Android": true, "Chrome on Windows": false, "curl": false, "?": false, "": false} {
		if got := onMobile(stored); got != want {
			t.Errorf("%q is mobile: %v", stored, got)
		}
	}
}
