package web

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"merchant-portal/internal/activity"
)

// What is written of the log at a time, and how long a reader may take for that much.
const (
	entriesAtOnce = 500
	maxPart       = 30 * time.Second
)

// activityFile gives all entries that the filter wants as CSV, newest first. The download is itself an entry, written before the first byte goes out;
// it is not part of the file. The file goes out in parts, so that a long log needs no more memory than a short one.
func (s *Server) activityFile(w http.ResponseWriter, r *request) error {
	place, err := s.businessZone(r)
	if err != nil {
		return err
	}
	filter, err := s.filterOf(r, place)
	if err != nil {
		return err
	}
	if len(filter.said) > 0 { // the page says what is wrong with it
		http.Redirect(w, r.Request, filter.link(activityPath), http.StatusSeeOther)
		return nil
	}
	part, err := s.Entries.List(r.Context(), r.who.Merchant, filter.wanted, activity.Cursor{}, entriesAtOnce)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="activity-`+string(r.who.Merchant)+"-"+r.at.In(place).Format("20060102")+`.csv"`)
	if r.Method == http.MethodHead {
		return nil
	}
	err = s.Log.Record(r.Context(), activity.Entry{Actor: r.actor(), Action: activity.ActivityExported, Outcome: activity.Done, At: r.at})
	if err != nil {
		h.Del("Content-Disposition")
		return err
	}
	if err := s.writeEntries(w, r, filter.wanted, part, place); err != nil {
		s.Logger.Warn("a download of the activity log was broken off", "id", r.id, "error", err)
		panic(http.ErrAbortHandler) // so that nobody takes half a file for all of it
	}
	return nil
}

// byteOrderMark tells spreadsheets that the file is UTF-8: without it they take names for something else.
const byteOrderMark = "\ufeff"

func (s *Server) writeEntries(w http.ResponseWriter, r *request, filter activity.Filter, part activity.Page, place *time.Location) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	file := csv.NewWriter(w)
	file.UseCRLF = true // RFC 4180
	if err := file.Write(cells(
		r.t.Format("activity.csv_time", map[string]any{"Zone": place.String()}), r.t.T("activity.person"), r.t.T("login.email"), r.t.T("activity.address"),
		r.t.T("activity.action"), r.t.T("activity.csv_about"), r.t.T("activity.csv_object"), r.t.T("environment.label"), r.t.T("activity.outcome"),
	)); err != nil {
		return err
	}
	control := http.NewResponseController(w)
	for {
		for _, row := range part.Rows {
			if err := file.Write(line(r, row, place)); err != nil {
				return err
			}
		}
		if file.Flush(); file.Error() != nil || !part.More {
			return file.Error()
		}
		if err := control.SetWriteDeadline(s.Now().Add(maxPart)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if err := r.Context().Err(); err != nil {
			return err
		}
		var err error
		if part, err = s.Entries.List(r.Context(), r.who.Merchant, filter, part.Next, entriesAtOnce); err != nil {
			return err
		}
	}
}

func line(r *request, row activity.Row, place *time.Location) []string {
	outcome := r.t.T("activity.done")
	if row.Outcome == activity.Refused {
		outcome = r.t.T("activity.refused")
	}
	return cells(
		row.At.In(place).Format("2006-01-02 15:04:05"), who(r.t, row), row.By.Email, row.Address, actionWords(r.t, row.Action), about(row), row.Target,
		environmentWords(r.t, row.Environment), outcome,
	)
}

// formulas are the characters that make a spreadsheet take a cell for a formula, in either width, or skip to one (C107).
const formulas = "=+-@\t\r\n＝＋－＠"

// cells makes every cell text for a spreadsheet: an apostrophe in front of what it would compute. Where the comma is the decimal sign, as in Indonesia, it
// takes semicolons for the ends of cells: what follows one is treated alike.
func cells(texts ...string) []string {
	for i, text := range texts {
		parts := strings.Split(text, ";")
		for j, part := range parts {
			if first, _ := utf8.DecodeRuneInString(strings.TrimLeft(part, " ")); strings.ContainsRune(formulas, first) {
				parts[j] = "'" + part
			}
		}
		texts[i] = strings.Join(parts, ";")
	}
	return texts
}
