package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"merchant-portal/internal/seal"
	"merchant-portal/store"
)

// masterKey reads the master key from the environment or its file. It makes one only together with a new, empty database: for any other
// database a key that is not there is lost, and another would open nothing (C083).
func masterKey(ctx context.Context, c *Config, database string) (seal.MasterKey, error) {
	if c.MasterKey != "" {
		return seal.ParseMasterKey(c.MasterKey)
	}
	key, err := readMasterKey(c.MasterKeyFile)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if store.IsPostgres(database) {
		return seal.MasterKey{}, noSharedMasterKey(c.MasterKeyFile)
	}
	isNew, err := store.IsNew(ctx, database)
	if err != nil {
		return seal.MasterKey{}, err
	}
	if !isNew {
		return seal.MasterKey{}, fmt.Errorf("the database %s needs its master key, and %s is not there: "+
			"put the file back or set PORTAL_MASTER_KEY; without it the secrets cannot be read", database, c.MasterKeyFile)
	}
	return makeMasterKey(c.MasterKeyFile)
}

func noSharedMasterKey(path string) error {
	return fmt.Errorf("with PostgreSQL every node is given the same master key, and %s is not there: "+
		"set PORTAL_MASTER_KEY, or put the key into the file (head -c 32 /dev/urandom | base64 makes one for a new database)", path)
}

// readMasterKey reads the file, which must be there (fs.ErrNotExist otherwise) and closed to others.
func readMasterKey(path string) (seal.MasterKey, error) {
	if _, err := seal.ParseMasterKey(path); err == nil {
		return seal.MasterKey{}, errors.New("--master-key-file must name a file: the key itself belongs into PORTAL_MASTER_KEY")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return seal.MasterKey{}, fmt.Errorf("read master key: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return seal.MasterKey{}, fmt.Errorf("read master key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return seal.MasterKey{}, fmt.Errorf("the master key %s can be read by others on this machine: chmod 600 it", path)
	}
	key, err := seal.ParseMasterKey(string(text))
	if err != nil {
		return seal.MasterKey{}, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// makeMasterKey writes a new key and makes sure that it is on disk before anything is sealed with it.
func makeMasterKey(path string) (seal.MasterKey, error) {
	text := seal.NewMasterKeyText()
	if err := writeMasterKey(path, text); err != nil {
		return seal.MasterKey{}, err
	}
	return seal.ParseMasterKey(text)
}

// writeMasterKey writes a file that is not there yet, and makes sure that it is on disk.
func writeMasterKey(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make master key: %w", err)
	}
	_, err = f.WriteString(text + "\n")
	if err := errors.Join(err, f.Sync(), f.Close(), syncFolder(filepath.Dir(path))); err != nil {
		return fmt.Errorf("make master key: %w", err)
	}
	return nil
}

func syncFolder(path string) error { return syncFile(path) }

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
