package web

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/zone"
)

// filterFields are the fields of the filter of the activity log, as they stand in its address.
var filterFields = []string{"person", "address", "action", "env", "outcome", "from", "to"}

// maxTyped bounds a field of the filter.
const maxTyped = 320

// entryFilter is the filter of a request: what was typed, what it means, and the message ids of what cannot be meant, by field.
type entryFilter struct {
	typed  url.Values
	wanted activity.Filter
	said   map[string]string
}

// filterOf reads the filter. What cannot be understood is said at its field; only bytes that are no text are an error.
func (s *Server) filterOf(r *request, place *time.Location) (entryFilter, error) {
	f := entryFilter{typed: url.Values{}, said: map[string]string{}}
	query := r.URL.Query()
	for _, name := range filterFields {
		text := query.Get(name)
		if !isText(text) {
			return f, errNotAsText
		}
		if text = strings.TrimSpace(text); text != "" {
			f.typed.Set(name, text)
		}
		if len(text) > maxTyped {
			return f, errTooLarge
		}
	}
	f.readChoices()
	f.readDates(place)
	return f, s.readPerson(r, &f)
}

func (f *entryFilter) readChoices() {
	if text := f.typed.Get("address"); text != "" {
		address, err := netip.ParseAddr(text)
		if err != nil {
			f.said["address"] = "activity.bad_address"
		}
		f.wanted.Address = address.Unmap().String()
	}
	if action := activity.Action(f.typed.Get("action")); action != "" {
		if f.wanted.Action = action; !slices.Contains(activity.Actions(), action) {
			f.said["action"] = "activity.bad_choice"
		}
	}
	if env := ids.Environment(f.typed.Get("env")); env != "" {
		if f.wanted.Environment = env; !slices.Contains(ids.Environments(), env) {
			f.said["env"] = "activity.bad_choice"
		}
	}
	switch f.typed.Get("outcome") {
	case "":
	case string(activity.Refused):
		f.wanted.Refused = true
	default:
		f.said["outcome"] = "activity.bad_choice"
	}
}

// readDates takes whole days of the business's time zone: from the beginning of the first to the end of the last.
func (f *entryFilter) readDates(place *time.Location) {
	day := func(name string) (at time.Time) {
		text := f.typed.Get(name)
		if text == "" {
			return at
		}
		at, err := time.ParseInLocation(time.DateOnly, text, place)
		if err != nil || at.Year() < 1 {
			f.said[name] = "activity.bad_date"
		}
		return at
	}
	f.wanted.From = day("from")
	if last := day("to"); !last.IsZero() {
		f.wanted.Until = last.AddDate(0, 0, 1)
	}
	if !f.wanted.Until.IsZero() && len(f.said) == 0 && !f.wanted.From.Before(f.wanted.Until) {
		f.said["to"] = "activity.to_before_from"
	}
}

func (s *Server) readPerson(r *request, f *entryFilter) (err error) {
	email := f.typed.Get("person")
	if email == "" {
		return nil
	}
	if f.wanted.People, err = s.Entries.PeopleWith(r.Context(), r.who.Merchant, email); err == nil && len(f.wanted.People) == 0 {
		f.said["person"] = "activity.nobody"
	}
	return err
}

// link is the address of a page of the log with this filter.
func (f entryFilter) link(path string, more ...string) string {
	query := url.Values{}
	for name, values := range f.typed {
		query[name] = values
	}
	for i := 0; i < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

var cursorText = regexp.MustCompile(`^([0-9]{1,18})-([A-Za-z0-9-]{1,64})$`)

// cursorOf reads the place in the list that an older page begins at.
func cursorOf(r *request) (activity.Cursor, error) {
	text := r.URL.Query().Get("before")
	if text == "" {
		return activity.Cursor{}, nil
	}
	found := cursorText.FindStringSubmatch(text)
	if found == nil {
		return activity.Cursor{}, errNotFound
	}
	at, err := strconv.ParseInt(found[1], 10, 64)
	return activity.Cursor{At: at, ID: found[2]}, err
}

func cursorLink(c activity.Cursor) string { return strconv.FormatInt(c.At, 10) + "-" + c.ID }

// businessZone is the time zone of the merchant: that of its General Settings in Production, else in Sandbox, else WIB.
func (s *Server) businessZone(r *request) (*time.Location, error) {
	for _, env := range []ids.Environment{ids.Production, ids.Sandbox} {
		g, err := s.Settings.General(r.Context(), r.who.Merchant, env)
		if err != nil {
			return nil, err
		}
		if g.Timezone != "" {
			return zone.Of(g.Timezone), nil
		}
	}
	return zone.Of(""), nil
}
