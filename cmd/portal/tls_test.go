package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// pairFiles are a certificate for this machine and its key, in files of a test.
type pairFiles struct{ cert, key string }

func newPairFiles(t *testing.T, serial int64) pairFiles {
	t.Helper()
	folder := t.TempDir()
	f := pairFiles{filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")}
	f.write(t, serial)
	return f
}

// write puts another pair in place. Its modification time is as many seconds after the epoch as the serial says: no two are the same.
func (f pairFiles) write(t *testing.T, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeAt(t, f.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), serial)
	writeAt(t, f.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), serial)
}

func writeAt(t *testing.T, file string, text []byte, second int64) {
	t.Helper()
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, time.Time{}, time.Unix(second, 0)); err != nil {
		t.Fatal(err)
	}
}

// client trusts the pair's certificate.
func (f pairFiles) client(t *testing.T) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(f.cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return &tls.Config{RootCAs: roots}
}

// watched is a pair with a clock and a log that a test holds in hand.
type watched struct {
	*keyPair
	clock time.Time
	log   bytes.Buffer
}

func watch(t *testing.T, f pairFiles) *watched {
	t.Helper()
	w := &watched{clock: time.Unix(1_000_000, 0)}
	var err error
	w.keyPair, err = newKeyPair(f.cert, f.key, func() time.Time { return w.clock }, slog.New(slog.NewTextHandler(&w.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *watched) wantSerial(t *testing.T, when string, want int64) {
	t.Helper()
	cert, err := w.certificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := cert.Leaf.SerialNumber.Int64(); got != want {
		t.Errorf("%s: certificate %d, want %d", when, got, want)
	}
}

func TestAChangedCertificateIsUsedASecondLater(t *testing.T) {
	f := newPairFiles(t, 1)
	w := watch(t, f)
	f.write(t, 2)
	w.clock = w.clock.Add(maxCertificateAge - time.Nanosecond)
	w.wantSerial(t, "before the second is over", 1)
	w.clock = w.clock.Add(time.Nanosecond)
	w.wantSerial(t, "after the second", 2)
	f.write(t, 3)
	w.clock = w.clock.Add(maxCertificateAge - time.Nanosecond)
	w.wantSerial(t, "before the next second is over", 2)
}

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

func TestAnotherTimeOrAnotherSizeIsAChange(t *testing.T) {
	f := newPairFiles(t, 1)
	before := stampOf(f.cert)
	text, err := os.ReadFile(f.cert)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(){
		"time": func() { writeAt(t, f.cert, text, 2) }, "size": func() { writeAt(t, f.cert, append(text, '\n'), 1) }, "gone": func() { remove(t, f.cert) },
	} {
		if change(); stampOf(f.cert) == before {
			t.Errorf("%s: not seen", name)
		}
	}
	if writeAt(t, f.cert, text, 1); stampOf(f.cert) != before {
		t.Error("the same file is a change")
	}
}

func TestAPairThatCannotBeLoadedLeavesTheOldOneInUse(t *testing.T) {
	f := newPairFiles(t, 1)
	w := watch(t, f)
	for i, change := range []func(){
		func() { writeAt(t, f.cert, []byte("half a certif"), 2) },
		func() { writeAt(t, f.cert, []byte("half a certificat"), 2) },
		func() { remove(t, f.key) },
	} {
		change()
		for range 3 {
			w.clock = w.clock.Add(maxCertificateAge)
			w.wantSerial(t, "a broken pair", 1)
		}
		if got := strings.Count(w.log.String(), "level=ERROR"); got != i+1 {
			t.Errorf("after %d changes %d errors are logged:\n%s", i+1, got, w.log.String())
		}
	}
	f.write(t, 3)
	w.clock = w.clock.Add(maxCertificateAge)
	w.wantSerial(t, "a whole pair again", 3)
}

func TestHandshakesMayComeAtTheSameTime(t *testing.T) {
	f := newPairFiles(t, 1)
	w := watch(t, f)
	f.write(t, 2)
	w.clock = w.clock.Add(maxCertificateAge)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { w.wantSerial(t, "one of many", 2) })
	}
	all.Wait()
}

func TestAPairThatIsNoneStopsTheStartAndTheCheck(t *testing.T) {
	f, other := newPairFiles(t, 1), newPairFiles(t, 2)
	for name, pair := range map[string]pairFiles{"missing": {f.cert, f.key + ".none"}, "of two pairs": {f.cert, other.key}} {
		for _, command := range []string{"serve", "check-config"} {
			data := filepath.Join(t.TempDir(), "data")
			err := run(t.Context(), []string{command, "--listen", "127.0.0.1:0", "--data", data, "--tls-cert", pair.cert, "--tls-key", pair.key}, nil, new(bytes.Buffer), new(bytes.Buffer))
			if err == nil || !strings.Contains(err.Error(), "--tls-cert and --tls-key") {
				t.Errorf("%s, %s: %v", command, name, err)
			}
		}
	}
	if _, last, err := checkConfig(t, nil, "--tls-cert", f.cert, "--tls-key", f.key, "--data", t.TempDir()); err != nil || last != "configuration ok" {
		t.Errorf("a good pair: %v, %s", err, last)
	}
}
