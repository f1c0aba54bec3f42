package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"merchant-portal/internal/fault"
)

// Cost is what one hash takes.
type Cost struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DocumentedCost is that of the portal (rules.md, Passwords; C047): OWASP's smallest memory with two passes.
func DocumentedCost() Cost { return Cost{Memory: 19 * 1024, Time: 2, Threads: 1} }

// Sizes in bytes.
const (
	saltSize = 16
	hashSize = 32
)

// Bounds of a stored hash: beyond them it is damaged or planted, and computing it could exhaust the machine.
const (
	maxArgonMemory = 256 * 1024 // KiB
	maxArgonTime   = 16
)

// Queue bounds of the gate (design, Passwords): who cannot be served in time is told so instead of waiting for ever.
const (
	maxWaiting = 64
	maxWait    = 5 * time.Second
)

// ErrBusy: more password checks are under way than this machine can do in time (503 with Retry-After).
var ErrBusy error = &fault.Error{Kind: fault.Unavailable, Public: fault.Message{ID: "fault.busy"}, RetryAfter: maxWait}

// errBadHash: a stored hash that is no PHC string of argon2id within the bounds above.
var errBadHash = errors.New("stored password hash is not usable")

// Hasher is the gate through which every password goes: at most one hash per core at a time, a bounded queue, a bounded wait.
type Hasher struct {
	cost    Cost
	running chan struct{}
	waiting chan struct{}
	spent   atomic.Int64 // KiB that hashes have left behind since the last collection
}

// NewHasher makes a gate for a machine with cores processors, and new hashes of that cost.
func NewHasher(cores int, cost Cost) *Hasher {
	return &Hasher{cost: cost, running: make(chan struct{}, cores), waiting: make(chan struct{}, cores+maxWaiting)}
}

// Hash makes the PHC string of a password with a fresh salt. ErrBusy where the gate is full.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt) //nolint:errcheck // never fails since Go 1.24
	made, err := h.hash(ctx, password, salt)
	return made.String(), err
}

// Rehash is Hash with the salt of stored, which a person keeps for life: see Renew.
func (h *Hasher) Rehash(ctx context.Context, password, stored string) (string, error) {
	old, err := parsePHC(stored)
	if err != nil {
		return "", err
	}
	made, err := h.hash(ctx, password, old.salt)
	return made.String(), err
}

// Renew makes the PHC string of a new password in place of present, and reports whether the password made present or one of past (rules.md, No
// reuse; C052). All hashes of a person have one salt, so a single hash is compared with as many as there are; where the cost was another
// one, a single hash more for each such cost.
func (h *Hasher) Renew(ctx context.Context, password, present string, past []string) (renewed string, used bool, err error) {
	stored := make([]phc, 0, len(past)+1)
	for _, text := range append([]string{present}, past...) {
		p, err := parsePHC(text)
		if err != nil {
			return "", false, err
		}
		stored = append(stored, p)
	}
	now, err := h.hash(ctx, password, stored[0].salt)
	if err != nil {
		return "", false, err
	}
	made, same := map[generation][]byte{now.generation(): now.hash}, 0
	for _, p := range stored {
		of, want := p.generation(), p.hash
		if made[of] == nil {
			if err := h.derive(ctx, &p, password, len(want)); err != nil {
				return "", false, err
			}
			made[of] = p.hash
		}
		same |= subtle.ConstantTimeCompare(made[of], want)
	}
	return now.String(), same == 1, nil
}

// Among finds the one of some PHC strings that a text made, and costs one hash where all of them have one salt and one cost. All are compared.
func (h *Hasher) Among(ctx context.Context, text string, stored []string) (which string, found bool, err error) {
	made := map[generation][]byte{}
	for _, candidate := range stored {
		p, err := parsePHC(candidate)
		if err != nil {
			return "", false, err
		}
		of, want := p.generation(), p.hash
		if made[of] == nil {
			if err := h.derive(ctx, &p, text, len(want)); err != nil {
				return "", false, err
			}
			made[of] = p.hash
		}
		if subtle.ConstantTimeCompare(made[of], want) == 1 {
			which, found = candidate, true
		}
	}
	return which, found, nil
}

// hash computes a password at today's cost.
func (h *Hasher) hash(ctx context.Context, password string, salt []byte) (phc, error) {
	p := phc{h.cost.Memory, h.cost.Time, h.cost.Threads, salt, nil}
	err := h.derive(ctx, &p, password, hashSize)
	return p, err
}

// Verify reports whether password made stored, and whether stored should be made anew because the cost has changed since. An empty
// stored hash costs the same work and is never right: nobody learns from the time whether an account exists (C021).
func (h *Hasher) Verify(ctx context.Context, stored, password string) (right, stale bool, err error) {
	p := phc{h.cost.Memory, h.cost.Time, h.cost.Threads, make([]byte, saltSize), make([]byte, hashSize)}
	if stored != "" {
		if p, err = parsePHC(stored); err != nil {
			return false, false, err
		}
	}
	want := p.hash
	if err := h.derive(ctx, &p, password, len(want)); err != nil {
		return false, false, err
	}
	right = subtle.ConstantTimeCompare(p.hash, want) == 1 && stored != ""
	stale = Cost{p.memory, p.time, p.threads} != h.cost || len(want) != hashSize
	return right, right && stale, nil
}

// derive computes p.hash behind the gate.
func (h *Hasher) derive(ctx context.Context, p *phc, password string, size int) error {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return ErrBusy
	}
	timeout := time.NewTimer(maxWait)
	defer timeout.Stop()
	select {
	case h.running <- struct{}{}:
		defer func() { <-h.running }()
	case <-timeout.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
	h.collect()
	defer h.spent.Add(int64(p.memory))
	p.hash = argon2.IDKey([]byte(NormalPassword(password)), p.salt, p.time, p.memory, p.threads, uint32(size)) //nolint:gosec // 16 to 64
	return nil
}

// collect frees what hashes have left behind, 19 MiB each at the documented cost, once there would be more of it and of those under way than as
// many as may run at a time take. The collector by itself would wait for several times as much.
func (h *Hasher) collect() {
	most := int64(cap(h.running)) * int64(DocumentedCost().Memory)
	running := int64(len(h.running)) * int64(h.cost.Memory)
	if spent := h.spent.Load(); running+spent > most && h.spent.CompareAndSwap(spent, 0) {
		runtime.GC()
	}
}

// phc is the parsed form of "$argon2id$v=19$m=…,t=…,p=…$salt$hash".
type phc struct {
	memory, time uint32
	threads      uint8
	salt, hash   []byte
}

// generation is what two hashes must have in common to be compared: equal passwords then have equal hashes.
type generation struct {
	memory, time uint32
	threads      uint8
	salt         string
	size         int
}

func (p phc) generation() generation {
	return generation{p.memory, p.time, p.threads, string(p.salt), len(p.hash)}
}

func (p phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.time, p.threads,
		b64.EncodeToString(p.salt), b64.EncodeToString(p.hash))
}

func parsePHC(stored string) (phc, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errBadHash
	}
	var p phc
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil || n != 3 {
		return phc{}, errBadHash
	}
	var saltErr, hashErr error
	p.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	p.hash, hashErr = base64.RawStdEncoding.DecodeString(parts[5])
	sane := saltErr == nil && hashErr == nil && p.memory >= 8 && p.memory <= maxArgonMemory && p.time >= 1 && p.time <= maxArgonTime &&
		p.threads >= 1 && p.threads <= 4 && len(p.salt) >= 8 && len(p.salt) <= 64 && len(p.hash) >= 16 && len(p.hash) <= 64
	if !sane {
		return phc{}, errBadHash
	}
	return p, nil
}
