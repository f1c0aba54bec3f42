package auth_test

import (
	"fmt"
	"runtime"
	"testing"

	"merchant-portal/store/storetest"
)

// BenchmarkUnknownAddresses counts a wrong password for one random address after the other, without the hash. Rows and memory have to stay flat: with 100,000
// addresses there are not more rows than buckets (C008).
func BenchmarkUnknownAddresses(b *testing.B) {
	r := newRoom(b)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := 0; b.Loop(); i++ {
		if err := r.TryStranger(b.Context(), fmt.Sprintf("nobody%d@example.test", i)); err == nil {
			b.Fatal("nobody has a password")
		}
	}
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(storetest.Count(r.db.Dump(b), "password_locks")), "rows")
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1024, "KiB-more")
}
