package auth_test

import (
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// weakHash is the stored form of a password at a cost that is no longer used.
func weakHash(password string) string {
	salt := []byte("sixteen bytes of")
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=64,t=1,p=1$%s$%s", b64.EncodeToString(salt), b64.EncodeToString(argon2.IDKey([]byte(password), salt, 1, 64, 1, 32)))
}
