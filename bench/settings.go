package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"merchant-portal/internal/pgtest"
)

// The lengths of the histories that are compared.
const (
	shortHistory = 10
	longHistory  = 1000
)

const generalPath = "/sandbox/settings/general"

// generalForm fills in all of General Settings.
func generalForm(environment string, version int) url.Values {
	return url.Values{
		"version": {strconv.Itoa(version)}, "merchant_name": {"Toko Bunga Sari"}, "official_merchant_name": {"PT Toko Bunga Sari"}, "director_name": {"Sari Wijaya"},
		"director_phone": {"0812345678901"}, "npwp": {"1234567890123456"}, "npwp_name": {"PT Toko Bunga Sari"}, "merchant_url": {"https://tokobunga.id"},
		"merchant_email": {email}, "timezone": {"Asia/Jakarta"}, "business_address": {"Jalan Melati 12\nJakarta 10110"}, "branch_address": {"Jalan Kenanga 3\nBandung"},
		"custom_field1": {"Cabang"}, "custom_field2": {"Kurir " + environment}, "custom_field3": {"Catatan " + strconv.Itoa(version)},
	}
}

// measureSettings compares the page of General Settings, and the comparison of both environments, with a bare handler of the same bytes.
func measureSettings(engine string, v *visitor, cost meter) error {
	for _, environment := range []string{"sandbox", "production"} {
		if _, _, err := v.send(http.MethodPost, "/"+environment+"/settings/general", generalForm(environment, 0), http.StatusSeeOther); err != nil {
			return err
		}
	}
	if _, _, err := v.get(generalPath); err != nil { // it clears the notice
		return err
	}
	delete(v.cookies, "__Host-notice")
	if err := comparePage(engine+": General Settings", generalPath, v, cost); err != nil {
		return err
	}
	return comparePage(engine+": comparison of settings", "/settings/compare", v, cost)
}

// written is a portal whose General Settings have so many versions, and who saved them.
type written struct {
	*process
	who *visitor
}

// openHistory makes one, as somebody would who saves the page again and again.
func openHistory(program, data string, versions int, flags ...string) (*written, error) {
	p, err := startPortal(program, data, flags...)
	if err != nil {
		return nil, err
	}
	w := &written{p, newVisitor(p.url)}
	if err := w.who.signUp(data); err != nil {
		p.stop()
		return nil, err
	}
	for version := range versions {
		if _, _, err := w.who.send(http.MethodPost, generalPath, generalForm("sandbox", version), http.StatusSeeOther); err != nil {
			p.stop()
			return nil, err
		}
	}
	delete(w.who.cookies, "__Host-notice")
	return w, nil
}

// measureHistories prints what the history of settings with many versions costs beside one with few; at gives the flags of a database by name.
func measureHistories(engine, program, folder string, others func() ([]int, error), at func(name string) ([]string, error)) error {
	var both []*written
	defer func() {
		for _, w := range both {
			w.stop()
		}
	}()
	for _, versions := range []int{longHistory, shortHistory} {
		name := fmt.Sprintf("history%d", versions)
		flags, err := at(name)
		if err != nil {
			return err
		}
		w, err := openHistory(program, filepath.Join(folder, name+engine), versions, flags...)
		if err != nil {
			return err
		}
		both = append(both, w)
	}
	on := func(w *written) side {
		return side{
			func() (time.Duration, error) { return cpuOf(w.process.process.Pid, others) },
			func() error { _, _, err := w.who.get(generalPath + "/history"); return err },
		}
	}
	r, err := compare(pairs, slice, on(both[0]), on(both[1]))
	if err != nil {
		return err
	}
	fmt.Printf("%s: history of settings of %d against %d versions: %s\n", engine, longHistory, shortHistory, r)
	return nil
}

func measureHistoriesOnSQLite(program, folder string) error {
	return measureHistories("SQLite", program, folder, none, func(string) ([]string, error) { return nil, nil })
}

func measureHistoriesOnPostgres(server *pgtest.Server, program, folder string) error {
	return measureHistories("PostgreSQL", program, folder, backendsOf(server), func(name string) ([]string, error) {
		database, err := server.CreateDatabase(name)
		return []string{"--database", database}, err
	})
}
