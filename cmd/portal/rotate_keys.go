package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"merchant-portal/internal/seal"
)

// newKeySource: the new key is the one that is given, else one that is drawn into a file beside the old one.
func (c *Config) newKeySource() keySource {
	if c.NewMasterKey != "" || c.NewMasterKeyFile != "" || c.MasterKey != "" {
		return givenKeys{c}
	}
	return keyFiles{c.MasterKeyFile}
}

// nextKeyFile is where a new master key stands until it takes the place of the old one.
func (c *Config) nextKeyFile() string { return keyFiles{c.MasterKeyFile}.fresh() }

// rotationBegun reports whether a new master key stands beside the old one.
func (c *Config) rotationBegun() bool {
	_, err := os.Stat(c.nextKeyFile())
	return c.MasterKey == "" && err == nil
}

// givenKeys: whoever runs the command keeps the keys, in variables or files. No file is touched.
type givenKeys struct{ c *Config }

func (k givenKeys) old() (seal.MasterKey, error) {
	if k.c.MasterKey != "" {
		return seal.ParseMasterKey(k.c.MasterKey)
	}
	return readMasterKey(k.c.MasterKeyFile)
}

func (k givenKeys) next() (key seal.MasterKey, there bool, err error) {
	if k.c.NewMasterKey == "" && k.c.NewMasterKeyFile == "" {
		return key, false, nil
	}
	key, err = k.draw()
	return key, true, err
}

func (k givenKeys) draw() (seal.MasterKey, error) {
	var key seal.MasterKey
	var err error
	switch {
	case k.c.NewMasterKey != "":
		key, err = seal.ParseMasterKey(k.c.NewMasterKey)
	case k.c.NewMasterKeyFile != "":
		key, err = readMasterKey(k.c.NewMasterKeyFile)
	default:
		err = errors.New("set PORTAL_NEW_MASTER_KEY, or --new-master-key-file: where the master key comes from PORTAL_MASTER_KEY, the next one is yours to keep " +
			"(head -c 32 /dev/urandom | base64 makes one); nothing was changed")
	}
	if err != nil {
		return seal.MasterKey{}, fmt.Errorf("new master key: %w", err)
	}
	return key, nil
}

func (k givenKeys) settle() (string, error) {
	place := "PORTAL_MASTER_KEY"
	if k.c.MasterKey == "" {
		place = k.c.MasterKeyFile
	}
	return "what is left: put the new key into " + place + " of every node, take the settings of the new key away, then start the portal. " +
		"Keep the old key, apart from this machine, as long as there are backups from before, which need it; else delete it.", nil
}

// keyFiles: the new key is drawn into a file beside the old one before the database is touched. At each moment of the rotation one of the two opens the
// database, and the old one's file is there, in its place or as the one that is kept.
type keyFiles struct{ path string }

func (k keyFiles) fresh() string { return k.path + ".new" }
func (k keyFiles) kept() string  { return k.path + ".old" }

func (k keyFiles) old() (seal.MasterKey, error) { return readMasterKey(k.path) }

func (k keyFiles) next() (key seal.MasterKey, there bool, err error) {
	key, err = readMasterKey(k.fresh())
	if errors.Is(err, fs.ErrNotExist) {
		return key, false, nil
	}
	return key, true, err
}

// draw takes a key that is there from a run that was broken off: that run may have reached the database without anybody knowing.
func (k keyFiles) draw() (seal.MasterKey, error) {
	if _, err := os.Lstat(k.kept()); !errors.Is(err, fs.ErrNotExist) {
		return seal.MasterKey{}, fmt.Errorf("%s is there: an earlier rotation is complete, and that is the key from before it. Move it to the backups that need it, or delete it; "+
			"then run this again for another rotation; nothing was changed", k.kept())
	}
	next, there, err := k.next()
	if there && err == nil {
		return next, errors.Join(syncFile(k.fresh()), syncFolder(filepath.Dir(k.path)))
	}
	if text, readErr := os.ReadFile(k.fresh()); readErr == nil && len(text) < len(seal.NewMasterKeyText()) {
		err = os.Remove(k.fresh()) // cut off while it was written: the database never saw it
	}
	if err != nil {
		return seal.MasterKey{}, err
	}
	return makeMasterKey(k.fresh())
}

// settle copies the old key and puts the new one in its place. It may be broken off, and run again, anywhere.
func (k keyFiles) settle() (string, error) {
	text, err := os.ReadFile(k.path)
	if err != nil {
		return "", fmt.Errorf("keep the old master key: %w", err)
	}
	if err := k.keep(strings.TrimSpace(string(text))); err != nil {
		return "", err
	}
	if err := errors.Join(os.Rename(k.fresh(), k.path), syncFolder(filepath.Dir(k.path))); err != nil {
		return "", fmt.Errorf("put the new master key in its place: %w", err)
	}
	return fmt.Sprintf("%s is the new master key: copy it to a safe place, and to every other node, then start the portal. %s is the old one: keep it, apart from this machine, "+
		"as long as there are backups from before, which need it; else delete it.", k.path, k.kept()), nil
}

// keep copies the old key. What is there already is from a run that was broken off while it did.
func (k keyFiles) keep(text string) error {
	if there, err := os.ReadFile(k.kept()); err == nil {
		if !strings.HasPrefix(text, strings.TrimSpace(string(there))) {
			return fmt.Errorf("%s holds another key: move it away, then run this again", k.kept())
		}
		if err := os.Remove(k.kept()); err != nil {
			return fmt.Errorf("keep the old master key: %w", err)
		}
	}
	return writeMasterKey(k.kept(), text)
}
