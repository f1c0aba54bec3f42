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

// places are made once: every page that shows a time asks for one.
var places = func() map[string]*time.Location {
	made := map[string]*time.Location{}
	for _, z := range All() {
		made[z.Name] = time.FixedZone(z.Short, z.Hours*60*60)
	}
	return made
}()

// Of gives the zone of an IANA name; of any other name, WIB.
func Of(name string) *time.Location {
	if place, known := places[name]; known {
		return place
	}
	return places[All()[0].Name]
}
