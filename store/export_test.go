package store

import "database/sql"

// Pools gives the tests both pools by name.
func Pools(st *Store) map[string]*sql.DB {
	return map[string]*sql.DB{"writer": st.writer, "reader": st.reader}
}
