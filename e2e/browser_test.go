package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// maxWait bounds every wait for something to appear.
const maxWait = 10 * time.Second

var browser struct {
	sync.Once
	ctx context.Context
	err error
}

// chromium starts the one browser of a test run.
func chromium(t *testing.T) context.Context {
	t.Helper()
	browser.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
			chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
		allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
		browser.ctx, _ = chromedp.NewContext(allocator)
		browser.err = chromedp.Do(browser.ctx, chromedp.Navigate("about:blank"))
	})
	if browser.err != nil {
		t.Fatalf("Chromium does not start (apt-get install chromium): %v", browser.err)
	}
	return browser.ctx
}

// tab is a browser window with cookies of its own.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string // of the portal

	mu       sync.Mutex
	problems []string
	expected string // a status that the next page may have

	warnings atomic.Int64 // before a changed form was left
}

// open gives a fresh window on a portal. Whatever its console complains about fails the test at its end.
func open(t *testing.T, p *portal) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium(t), chromedp.WithNewBrowserContext())
	ctx, cancelTime := context.WithTimeout(ctx, 2*time.Minute)
	b := &tab{t: t, ctx: ctx, url: p.url}
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, problem := range b.problems {
			t.Errorf("console: %s", problem)
		}
		cancelTime()
		cancel()
	})
	b.size(1280, 900, false)
	b.must(chromedp.Listen(ctx, b.listen))
	b.must(b.call(func(ctx context.Context, s *chromedp.Target) error {
		_, err := cdp.Call(ctx, s, cdplog.Enable, cdp.Empty{})
		return err
	}))
	return b
}

// listen collects what the console complains about.
func (b *tab) listen(event any) {
	var problem string
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		if e.Entry.Level != cdplog.EntryLevelError && e.Entry.Level != cdplog.EntryLevelWarning {
			return
		}
		problem = fmt.Sprintf("%s (%s)", e.Entry.Text, e.Entry.URL)
	case *runtime.EventExceptionThrown:
		problem = "exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeError && e.Type != runtime.ConsoleAPICalledTypeWarning {
			return
		}
		problem = fmt.Sprintf("console.%s", e.Type)
	case *page.EventJavascriptDialogOpening:
		b.leave()
		return
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.expected != "" && strings.Contains(problem, "status of "+b.expected) {
		return
	}
	b.problems = append(b.problems, problem)
}

// expect says that the following steps may see pages of this status, which Chromium logs as an error. "" ends it.
func (b *tab) expect(status string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = status
}

func (b *tab) call(f func(ctx context.Context, s *chromedp.Target) error) error {
	return chromedp.Do(b.ctx, chromedp.Func(f))
}

func (b *tab) must(err error) {
	b.t.Helper()
	if err == nil {
		return
	}
	text, _ := b.evaluate("document.title + '\\n' + document.body.innerText")
	shot, shotErr := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if shotErr == nil {
		name := filepath.Join("screenshots", "failed-"+strings.ReplaceAll(b.t.Name(), "/", "-")+".png")
		if os.MkdirAll("screenshots", 0o755) == nil && os.WriteFile(name, shot, 0o644) == nil {
			b.t.Logf("see e2e/%s", name)
		}
	}
	b.t.Fatalf("%v\nat %s\n%s", err, b.location(), text)
}

func (b *tab) evaluate(script string) (string, error) {
	return chromedp.Run(b.ctx, chromedp.Evaluate[string](script))
}

// js gives the text that a script evaluates to. It runs from outside the page, so the page's policy does not bind it.
func (b *tab) js(script string) string {
	b.t.Helper()
	text, err := b.evaluate(script)
	b.must(err)
	return text
}

func (b *tab) location() string {
	location, _ := chromedp.Run(b.ctx, chromedp.Location())
	return strings.TrimPrefix(location, b.url)
}

// visit opens a path of the portal, or a whole URL.
func (b *tab) visit(path string) {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.url + path
	}
	b.must(chromedp.Do(b.ctx, chromedp.Navigate(path)))
}

// size sets the window; dark chooses the theme.
func (b *tab) size(width, height int64, dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.must(chromedp.Do(b.ctx, chromedp.EmulateViewport(width, height)))
	b.must(b.call(func(ctx context.Context, s *chromedp.Target) error {
		_, err := cdp.Call(ctx, s, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme},
				{Name: "prefers-reduced-motion", Value: "reduce"}, // or axe measures colours halfway between two themes
			},
		})
		return err
	}))
}

func (b *tab) scripts(on bool) {
	b.must(b.call(func(ctx context.Context, s *chromedp.Target) error {
		_, err := cdp.Call(ctx, s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	}))
}

// find waits for the first visible element with an accessible role and name.
func (b *tab) find(role, name string) cdp.BackendNodeID {
	b.t.Helper()
	deadline := time.Now().Add(maxWait)
	for {
		if ids := b.all(role, name); len(ids) > 0 {
			return ids[0]
		}
		if time.Now().After(deadline) {
			b.must(fmt.Errorf("there is no %s %q", role, name))
		}
		b.must(chromedp.Do(b.ctx, chromedp.Sleep(20*time.Millisecond)))
	}
}

// all gives the elements that a screen reader would find under a role and name.
func (b *tab) all(role, name string) (found []cdp.BackendNodeID) {
	err := b.call(func(ctx context.Context, s *chromedp.Target) error {
		document, err := cdp.Call(ctx, s, dom.GetDocument, dom.GetDocumentParams{})
		if err != nil {
			return err
		}
		result, err := cdp.Call(ctx, s, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{
			BackendNodeID: document.Root.BackendNodeID, Role: role, AccessibleName: name,
		})
		if err != nil {
			return err
		}
		for _, n := range result.Nodes {
			if !n.Ignored {
				found = append(found, n.BackendDOMNodeID)
			}
		}
		return nil
	})
	if err != nil {
		return nil // the page is just being replaced: the caller asks again
	}
	return found
}

// click presses the mouse in the middle of an element.
func (b *tab) click(role, name string) {
	b.t.Helper()
	id := b.find(role, name)
	var x, y float64
	b.must(b.call(func(ctx context.Context, s *chromedp.Target) error {
		if _, err := cdp.Call(ctx, s, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: id}); err != nil {
			return err
		}
		box, err := cdp.Call(ctx, s, dom.GetBoxModel, dom.GetBoxModelParams{BackendNodeID: id})
		if err != nil {
			return err
		}
		q := box.Model.Content
		x, y = (q[0]+q[4])/2, (q[1]+q[5])/2
		return nil
	}))
	b.must(chromedp.Do(b.ctx, chromedp.MouseClickXY(x, y)))
}

// submit clicks and waits for the page that follows.
func (b *tab) submit(role, name string) {
	b.t.Helper()
	loaded := chromedp.Events(b.ctx, page.LoadEventFired)
	b.click(role, name)
	for _, err := range loaded {
		b.must(err)
		break
	}
}

func (b *tab) focus(role, name string) {
	b.t.Helper()
	id := b.find(role, name)
	b.must(b.call(func(ctx context.Context, s *chromedp.Target) error {
		_, err := cdp.Call(ctx, s, dom.Focus, dom.FocusParams{BackendNodeID: id})
		return err
	}))
}

// fill replaces the text of a field, as typing would.
func (b *tab) fill(name, text string) {
	b.t.Helper()
	b.focus("textbox", name)
	b.press("a", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	b.press("\b")
	b.must(b.call(func(ctx context.Context, s *chromedp.Target) error {
		_, err := cdp.Call(ctx, s, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// choose picks an option of a drop-down by typing the beginning of its name.
func (b *tab) choose(name, beginning string) {
	b.t.Helper()
	b.focus("combobox", name)
	b.press(beginning)
}

func (b *tab) press(keys string, options ...chromedp.KeyOption) {
	b.t.Helper()
	b.must(chromedp.Do(b.ctx, chromedp.KeyEvent(keys, options...)))
}

// text is what a person sees of the page.
func (b *tab) text() string {
	text, _ := b.evaluate("document.body.innerText")
	return text
}

// see waits until the page shows a text.
func (b *tab) see(text string) {
	b.t.Helper()
	deadline := time.Now().Add(maxWait)
	for !strings.Contains(b.text(), text) {
		if time.Now().After(deadline) {
			b.must(fmt.Errorf("the page does not show %q", text))
		}
		b.must(chromedp.Do(b.ctx, chromedp.Sleep(20*time.Millisecond)))
	}
}

// value is what stands in a field.
func (b *tab) value(name string) string {
	b.t.Helper()
	id := b.find("textbox", name)
	var value string
	b.must(b.call(func(ctx context.Context, s *chromedp.Target) error {
		result, err := cdp.Call(ctx, s, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{BackendNodeID: id})
		if err != nil {
			return err
		}
		for _, n := range result.Nodes {
			if n.BackendDOMNodeID == id && n.Value != nil {
				value = strings.Trim(string(n.Value.Value), `"`)
			}
		}
		return nil
	}))
	return value
}

func (b *tab) at(path string) {
	b.t.Helper()
	if b.location() != path {
		b.must(fmt.Errorf("this is %s, want %s", b.location(), path))
	}
}

// focusedNodes gives the nodes of the accessibility tree that have the focus.
func focusedNodes(ctx context.Context, s *chromedp.Target) (found []cdp.BackendNodeID, err error) {
	tree, err := cdp.Call(ctx, s, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		return nil, err
	}
	for _, n := range tree.Nodes {
		for _, p := range n.Properties {
			if p.Name == accessibility.PropertyNameFocused && p.Value != nil && string(p.Value.Value) == "true" {
				found = append(found, n.BackendDOMNodeID)
			}
		}
	}
	return found, nil
}
