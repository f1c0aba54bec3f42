package keys

import "testing"

// What is remembered does not grow with those who ask: one more takes the place of another, and what is there is never doubled.
func TestWhatIsRememberedIsBounded(t *testing.T) {
	var m memory[int, string]
	for i := range maxRemembered + 5 {
		m.put(i, 1, "first")
	}
	if n := len(m.values); n != maxRemembered {
		t.Errorf("%d are remembered, want %d", n, maxRemembered)
	}
	m.put(maxRemembered+4, 2, "again")
	if got, ok := m.get(maxRemembered + 4); !ok || got.generation != 2 || got.value != "again" || len(m.values) != maxRemembered {
		t.Errorf("the last one is %+v, %t, of %d", got, ok, len(m.values))
	}
}
