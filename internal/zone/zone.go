// Package zone knows Indonesia's three time zones. They have no summer time, so they are fixed here: the program also runs on machines
// without a time zone database.
package zone

import "time"

// Zone is one of them.
type Zone struct {
	Name  string // IANA name, as stored
	Short string // WIB, WITA, WIT
	Hours int    // east of UTC
}

// All lists them from west to east.
func All() []Zone {
	return []Zone{{"Asia/Jakarta", "WIB", 7}, {"Asia/Makassar", "WITA", 8}, {"Asia/Jayapura", "WIT", 9}}
}

// Of gives the zone of an IANA name; of any other name, WIB.
func Of(name string) *time.Location {
	all := All()
	found := all[0]
	for _, z := range all {
		if z.Name == name {
			found = z
		}
	}
	return time.FixedZone(found.Short, found.Hours*60*60)
}
