package e2e

import (
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe.min.js
var axeSource string

// forms are the ways in which every page is looked at. axe looks at both themes and at both layouts, each once: its rules do not depend on which goes with which.
var forms = []struct {
	name      string
	width     int64
	dark, axe bool
}{
	{"1280-light", 1280, false, true}, {"1280-dark", 1280, true, false}, {"390-light", 390, false, false}, {"360-dark", 360, true, true},
}

// look checks the page that is open in every form: axe finds nothing, nothing sticks out at the side. With PORTAL_SCREENSHOTS=1 it keeps a picture of each.
func (b *tab) look(name string) {
	b.t.Helper()
	for _, form := range forms {
		b.size(form.width, 900, form.dark)
		if form.axe {
			b.axe(name + " " + form.name)
		}
		if wide := b.js("String(document.scrollingElement.scrollWidth - innerWidth)"); wide != "0" && !strings.HasPrefix(wide, "-") {
			b.t.Errorf("%s at %d px sticks out by %s px", name, form.width, wide)
		}
		if os.Getenv("PORTAL_SCREENSHOTS") != "" {
			b.picture(name + "." + form.name + "." + b.js("document.documentElement.lang"))
		}
	}
	b.size(1280, 900, false)
}

func (b *tab) picture(name string) {
	b.t.Helper()
	shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	b.must(err)
	b.must(os.MkdirAll("screenshots", 0o755))
	b.must(os.WriteFile(filepath.Join("screenshots", name+".png"), shot, 0o644))
}

// axe runs axe-core on the page.
func (b *tab) axe(where string) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Evaluate[any](axeSource+";0"))
	b.must(err)
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v => ({
		id: v.id, help: v.help, nodes: v.nodes.map(n => n.target.join(" ") + ": " + (n.failureSummary || ""))}))))`, chromedp.EvalAwaitPromise))
	b.must(err)
	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	b.must(json.Unmarshal([]byte(found), &violations))
	for _, v := range violations {
		b.t.Errorf("%s: axe: %s (%s)\n\t%s", where, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
}
