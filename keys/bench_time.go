package keys

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// judgeTimestamp says what is wrong with an X-TIMESTAMP, its form or its time; nothing if it is accepted.
func (r *Report) judgeTimestamp(text string, window time.Duration) {
	at, ok := ParseTimestamp(text)
	if !ok {
		r.find(PartTimestamp, formOfTimestamp(text), nil)
		return
	}
	late := r.At.Sub(at)
	if late.Abs() <= window {
		return
	}
	args := map[string]any{"Off": late.Abs(), "Window": window}
	const zone = 7 * time.Hour // Jakarta, which many servers' clocks show
	switch {
	case (late - zone).Abs() <= window:
		r.find(PartTimestamp, "signature.time_utc_as_local", args)
	case (late + zone).Abs() <= window:
		r.find(PartTimestamp, "signature.time_local_as_utc", args)
	case late > 0:
		r.find(PartTimestamp, "signature.time_old", args)
	default:
		r.find(PartTimestamp, "signature.time_future", args)
	}
}

// timestampMistakes are forms that are refused, the most telling first.
var timestampMistakes = []struct {
	name string
	form *regexp.Regexp
}{
	{"signature.time_empty", regexp.MustCompile(`^$`)},
	{"signature.time_spaces", regexp.MustCompile(`^\s|\s$`)},
	{"signature.time_unix", regexp.MustCompile(`^[0-9]{10,13}$`)},
	{"signature.time_no_zone", regexp.MustCompile(`(?i)^[0-9-]{10}[T ][0-9:]{8}([.,][0-9]+)?$`)},
	{"signature.time_space", regexp.MustCompile(`(?i)^[0-9-]{10} [0-9:]{8}`)},
	{"signature.time_offset", regexp.MustCompile(`(?i)^[0-9-]{10}T[0-9:]{8}([.,][0-9]+)? ?[+-]?[0-9]{2}:?([0-9]{2})?$`)},
	{"signature.time_small", regexp.MustCompile(`^[0-9-]{10}(t[0-9:]{8}([.,][0-9]+)?[Zz]|T[0-9:]{8}([.,][0-9]+)?z)$`)},
}

func formOfTimestamp(text string) string {
	for _, m := range timestampMistakes {
		if m.form.MatchString(text) {
			return m.name
		}
	}
	return "signature.time_form"
}

// timestampForms are other ways to write the moment of an X-TIMESTAMP: what was signed may be one, and the header another.
var timestampForms = []func(at time.Time) string{
	func(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") },
	func(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") },
	func(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000000Z") },
	func(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05+00:00") },
	func(at time.Time) string { return at.In(jakarta).Format("2006-01-02T15:04:05-07:00") },
	func(at time.Time) string { return at.In(jakarta).Format("2006-01-02T15:04:05.000-07:00") },
	func(at time.Time) string { return at.Format("2006-01-02T15:04:05") },
	func(at time.Time) string { return at.Format("2006-01-02T15:04:05-0700") },
	func(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) },
	func(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) },
}

var jakarta = time.FixedZone("WIB", 7*60*60)

// otherForms gives the forms of a timestamp that are not its own.
func otherForms(text string) (forms []string) {
	trimmed := strings.TrimSpace(text)
	if trimmed != text {
		forms = append(forms, trimmed)
	}
	at, ok := ParseTimestamp(trimmed)
	if !ok {
		return forms
	}
	for _, form := range timestampForms {
		if other := form(at); other != text {
			forms = append(forms, other)
		}
	}
	return forms
}
