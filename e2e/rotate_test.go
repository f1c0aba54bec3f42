package e2e

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// C082: killed at any moment, again and again, rotating the master key comes to its end; then the portal starts without the old key, who had an account logs in, and
// the key that was there is revealed.
func TestARotationKilledAtAnyMomentGoesOn(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{"SQLite": nil, "PostgreSQL": onPostgres(t)} {
		t.Run(name, func(t *testing.T) {
			data, box := t.TempDir(), startMailbox(t)
			flags := append(slices.Clone(flags), "--smtp", "smtp://"+box.addr)
			key := filepath.Join(data, "master.key")
			if at := slices.Index(flags, "--master-key-file"); at >= 0 {
				key = flags[at+1]
			}
			p := startPortal(t, data, flags...)
			newClient(t).signUp(sari, box, p)
			secret := revealed(t, p)
			wantRotation(t, data, flags, "stop every portal")
			p.stop(t)
			for range 3 {
				old := read(t, key)
				rotateUntilDone(t, data, key, flags)
				if read(t, key) == old || read(t, key+".old") != old {
					t.Error("the new key is not in the place of the old one")
				}
				if err := os.Remove(key + ".old"); err != nil {
					t.Fatal(err)
				}
			}
			p = startPortal(t, data, flags...)
			if got := revealed(t, p); got != secret {
				t.Error("another key is shown than before")
			}
		})
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// revealed logs in and gives the server key.
func revealed(t *testing.T, p *portal) string {
	t.Helper()
	c := newClient(t)
	c.logIn(p, sari)
	page := c.get(p, "/sandbox/settings/access-keys").text
	for _, form := range regexp.MustCompile(`/sandbox/settings/access-keys/[A-Za-z0-9]+/reveal`).FindAllString(page, -1) {
		a := c.post(p, form)
		if key := regexp.MustCompile(`SB-Mid-server-[A-Za-z0-9_-]{24}`).FindString(a.text); a.status == http.StatusOK && key != "" {
			return key
		}
	}
	t.Fatalf("no key is revealed:\n%s", page)
	return ""
}

func rotation(data string, flags []string) (command *exec.Cmd, said *bytes.Buffer) {
	said = new(bytes.Buffer)
	command = exec.Command(program, append([]string{"master-key", "rotate", "--data", data}, flags...)...)
	command.Stdout, command.Stderr = said, said
	command.Env = slices.DeleteFunc(os.Environ(), func(line string) bool { return strings.HasPrefix(line, "PORTAL_") })
	return command, said
}

// wantRotation runs the command to its end, which must fail with a sentence.
func wantRotation(t *testing.T, data string, flags []string, want string) {
	t.Helper()
	command, said := rotation(data, flags)
	if err := command.Run(); err == nil || !strings.Contains(said.String(), want) {
		t.Errorf("rotate: %v, %s; want %q", err, said, want)
	}
}

// rotateUntilDone kills the command a little later each time, and then lets it run. A portal that is started meanwhile refuses or starts well.
func rotateUntilDone(t *testing.T, data, key string, flags []string) {
	t.Helper()
	for wait := 20 * time.Millisecond; wait < 400*time.Millisecond; wait += 20*time.Millisecond + rand.N(20*time.Millisecond) {
		command, said := rotation(data, flags)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		killer := time.AfterFunc(wait, func() { command.Process.Kill() }) //nolint:errcheck // it may have ended by itself
		err := command.Wait()
		killer.Stop()
		if _, kept := os.Stat(key + ".old"); kept == nil && (err == nil || !exists(key+".new")) {
			return // complete
		}
		if err != nil && command.ProcessState.Exited() {
			t.Fatalf("it failed by itself: %v\n%s", err, said)
		}
	}
	command, said := rotation(data, flags)
	if err := command.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
