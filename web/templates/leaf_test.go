package templates

import (
	"context"
	"html"
	"strings"
	"testing"
)

// C108: a leaf escapes exactly as the standard library does, whatever the text.
func FuzzLeafEscapes(f *testing.F) {
	for _, seed := range []string{"", "Toko", `"><script>alert(1)</script>`, "a&b'c", "\x00\xff", "日本"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var got strings.Builder
		if err := (leaf{{`<p title="`, text}, {`">`, text}, {`</p>`, ""}}).Render(context.Background(), &got); err != nil {
			t.Fatal(err)
		}
		safe := html.EscapeString(text)
		if want := `<p title="` + safe + `">` + safe + `</p>`; got.String() != want {
			t.Errorf("got %q, want %q", got.String(), want)
		}
	})
}
