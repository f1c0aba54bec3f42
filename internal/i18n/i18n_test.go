package i18n

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func load(t *testing.T) *Catalog {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// raw gives the untranslated text of every message of a language.
func raw(t *testing.T, lang string) map[string]string {
	t.Helper()
	names, err := fs.Glob(files, "messages/*."+lang+".json")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, &texts); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

var parameter = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

func parameters(text string) []string {
	var names []string
	for _, found := range parameter.FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestBothLanguagesTakeTheSameParameters(t *testing.T) {
	c := load(t)
	english, indonesian := raw(t, English), raw(t, Indonesian)
	for _, id := range c.IDs() {
		if en, id2 := parameters(english[id]), parameters(indonesian[id]); !slices.Equal(en, id2) {
			t.Errorf("%s takes %v in English and %v in Indonesian", id, en, id2)
		}
		if strings.TrimSpace(english[id]) == "" || strings.TrimSpace(indonesian[id]) == "" {
			t.Errorf("%s is empty", id)
		}
	}
}

func TestPlainMessagesDoNotAllocate(t *testing.T) {
	p := load(t).Printer(Indonesian)
	if n := testing.AllocsPerRun(100, func() { _ = p.T("login.title") }); n != 0 {
		t.Errorf("T allocates %v times", n)
	}
}

func TestMatchPrefersEnglishUnlessIndonesianIsPreferred(t *testing.T) {
	c := load(t)
	for header, want := range map[string]string{
		"": English, "en-US,en;q=0.9": English, "id": Indonesian, "id-ID,id;q=0.9,en;q=0.8": Indonesian,
		"en;q=0.9,id;q=0.8": English, "en;q=0.5,id;q=0.8": Indonesian, "fr-FR": English, "fr,id;q=0.5": Indonesian, ";;;": English,
	} {
		if got := c.Match(header).Lang(); got != want {
			t.Errorf("Match(%q) is %q, want %q", header, got, want)
		}
	}
}

func TestPrinterOfAnUnknownLanguageIsEnglish(t *testing.T) {
	c := load(t)
	for lang, want := range map[string]string{"en": English, "id": Indonesian, "": English, "fr": English, "ID": English} {
		if got := c.Printer(lang).Lang(); got != want {
			t.Errorf("Printer(%q) is %q, want %q", lang, got, want)
		}
	}
}

func TestUnknownMessagesStandOut(t *testing.T) {
	p := load(t).Printer(English)
	if got, want := p.T("no.such_message"), "⟦no.such_message⟧"; got != want {
		t.Errorf("T gives %q, want %q", got, want)
	}
	if got, want := p.Format("no.such_message", Args{"A": 1}), "⟦no.such_message⟧"; got != want {
		t.Errorf("Format gives %q, want %q", got, want)
	}
}

// However a message is put together, it says what text/template would say of it.
func TestParametersAreFilledInAsTheTemplateSays(t *testing.T) {
	for text, want := range map[string]string{
		"{{.A}}": "1", "{{ .A }} of {{.B}}.": "1 of <b>.", "a{{.A}}{{.A}}": "a11", "{{.Missing}}": "<no value>", "}}{{.A}}": "}}1", "{{.B}}{{": "", "{{.B": "",
		"{{if .A}}x{{end}}": "", "{{.A.B}}": "", "{{}}": "", "{{. A}}": "", "{{A}}": "",
	} {
		pieces, simple := cut(text)
		if simple != (want != "") {
			t.Errorf("%q is cut into %q, simple: %t", text, pieces, simple)
		}
		if got := fill(pieces, Args{"A": 1, "B": "<b>"}); simple && got != want {
			t.Errorf("%q says %q, want %q", text, got, want)
		}
	}
}

func TestTimeNamesMonthAndZone(t *testing.T) {
	c := load(t)
	moment := time.Date(2026, time.May, 4, 1, 33, 0, 0, time.UTC)
	zone := func(name string, hours int) *time.Location { return time.FixedZone(name, hours*60*60) }
	for _, tc := range []struct {
		lang string
		zone *time.Location
		want string
	}{
		{English, zone("WIB", 7), "4 May 2026, 08:33 WIB"},
		{Indonesian, zone("WIB", 7), "4 Mei 2026, 08:33 WIB"},
		{English, zone("WITA", 8), "4 May 2026, 09:33 WITA"},
		{English, zone("WIT", 9), "4 May 2026, 10:33 WIT"},
		{English, time.UTC, "4 May 2026, 01:33 UTC"},
		{English, nil, "4 May 2026, 01:33 UTC"},
	} {
		if got := c.Printer(tc.lang).Time(moment, tc.zone); got != tc.want {
			t.Errorf("Time in %s, %v is %q, want %q", tc.lang, tc.zone, got, tc.want)
		}
	}
}

func TestPrintersAreSafeForConcurrentUse(t *testing.T) {
	p := load(t).Printer(English)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if got, want := p.Format("dashboard.greeting", Args{"Name": "Sari"}), "Welcome, Sari"; got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				p.Time(time.Unix(0, 0), time.UTC)
			}
		})
	}
	wg.Wait()
}

var (
	quoted = regexp.MustCompile(`"([a-z][a-z0-9_.]*)"`)
	asked  = regexp.MustCompile(`(?:\.(?:T|Format)\(|\bfault\.(?:New|Wrap)\(\w[\w.]*, )"([a-z][a-z0-9_.]*)"`)
)

// sources calls see with every hand-written source file of the repository that is not a test of this package.
func sources(t *testing.T, see func(name, text string)) {
	t.Helper()
	err := filepath.WalkDir("../..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := entry.Name(); base != ".." && strings.HasPrefix(base, ".") || base == "data" || base == "bin" {
				return fs.SkipDir
			}
			return nil
		}
		written := strings.HasSuffix(name, ".templ") || strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_templ.go")
		if !written || strings.HasSuffix(name, "i18n_test.go") {
			return nil
		}
		text, err := os.ReadFile(name)
		see(strings.TrimPrefix(filepath.ToSlash(name), "../../"), string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryMessageThatIsAskedForExists(t *testing.T) {
	ids := load(t).IDs()
	sources(t, func(name, text string) {
		for _, found := range asked.FindAllStringSubmatch(text, -1) {
			if _, known := slices.BinarySearch(ids, found[1]); !known {
				t.Errorf("%s asks for %q, which no catalog has", name, found[1])
			}
		}
	})
}

func TestEveryMessageIsUsed(t *testing.T) {
	used := map[string]bool{}
	sources(t, func(_, text string) {
		for _, found := range quoted.FindAllStringSubmatch(text, -1) {
			used[found[1]], used["action."+found[1]] = true, true // the words of an action are found by its name
		}
	})
	for _, id := range load(t).IDs() {
		if !used[id] {
			t.Errorf("no source file names the message %q", id)
		}
	}
}

// A length of time is said in one unit, rounded up: who waits that long has waited long enough.
func TestLengthsOfTimeAreSaidInOneUnit(t *testing.T) {
	for _, tt := range []struct {
		length          time.Duration
		english, bahasa string
	}{
		{time.Nanosecond, "1 second", "1 detik"}, {time.Second, "1 second", "1 detik"}, {1001 * time.Millisecond, "2 seconds", "2 detik"},
		{59 * time.Second, "59 seconds", "59 detik"}, {time.Minute, "1 minute", "1 menit"}, {61 * time.Second, "61 seconds", "61 detik"},
		{2 * time.Minute, "2 minutes", "2 menit"}, {14*time.Minute + 1, "15 minutes", "15 menit"}, {time.Hour, "1 hour", "1 jam"},
		{90 * time.Minute, "90 minutes", "90 menit"}, {24 * time.Hour, "1 day", "1 hari"}, {36 * time.Hour, "36 hours", "36 jam"}, {90 * 24 * time.Hour, "90 days", "90 hari"},
	} {
		catalog := load(t)
		if got := catalog.Printer(English).Span(tt.length); got != tt.english {
			t.Errorf("%s: %q, want %q", tt.length, got, tt.english)
		}
		if got := catalog.Printer(Indonesian).Span(tt.length); got != tt.bahasa {
			t.Errorf("%s: %q, want %q", tt.length, got, tt.bahasa)
		}
	}
}
