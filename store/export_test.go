package store

import (
	"database/sql"
	"fmt"

	"merchant-portal/internal/ids"
)

// Pools gives the tests both pools by name.
func Pools(st *Store) map[string]*sql.DB {
	return map[string]*sql.DB{"writer": st.writer, "reader": st.reader}
}

// RememberedAfter gives the number of merchants in memory after n were read.
func RememberedAfter(n int) int {
	k := newMemory()
	for i := range n {
		k.put(ids.MerchantID(fmt.Sprint(i)), 1, "key", "value")
	}
	return len(k.merchants)
}
