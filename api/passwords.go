package api

import (
	"context"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"beckon/models"
)

// PasswordHasher hashes passwords, and costs time and memory for each.
type PasswordHasher interface {
	// Hash makes the hash by which a password is stored. Error: CodeUnavailable where too many are being hashed.
	Hash(ctx context.Context, password string) (string, error)
	// Matches says whether the hash is the password's. An empty hash is nobody's, and takes as long as any other. Error:
	// CodeUnavailable.
	Matches(ctx context.Context, password, hash string) (bool, error)
}

// Parameters of argon2id: the first of those that OWASP's Password Storage Cheat Sheet recommends for few threads.
const (
	hashMemory     = 19 * 1024 // KiB
	hashIterations = 2
	hashThreads    = 1
	hashSalt       = 16
	hashKey        = 32
)

// At most so many passwords are hashed at once, 19 MiB each, and none waits longer than that for its turn.
const (
	hashesAtOnce = 4
	hashPatience = 5 * time.Second
)

// nobodysHash is of a random password that was thrown away, with the parameters above: what is compared with it takes as
// long as what is compared with a user's.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IG9mIDE2IQ$g6fPbJblaYRCCm6HXWa0dHa4wn4BEgzayoG9OnIia70"

// Passwords hashes with argon2id. It is safe for concurrent use.
type Passwords struct {
	places chan struct{}
}

// NewPasswords makes a hasher.
func NewPasswords() *Passwords {
	return &Passwords{places: make(chan struct{}, hashesAtOnce)}
}

// enter waits for a place among those that hash.
func (p *Passwords) enter(ctx context.Context) (leave func(), err error) {
	patience := time.NewTimer(hashPatience)
	defer patience.Stop()
	busy := models.Errorf(models.CodeUnavailable, "too many people are signing in; try again")
	select {
	case p.places <- struct{}{}:
		return func() { <-p.places }, nil
	case <-patience.C:
		return nil, busy
	case <-ctx.Done():
		return nil, busy
	}
}

// Hash implements PasswordHasher.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	hash, err := argon2id.CreateHash(normal(password), &argon2id.Params{
		Memory: hashMemory, Iterations: hashIterations, Parallelism: hashThreads, SaltLength: hashSalt, KeyLength: hashKey,
	})
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// Matches implements PasswordHasher.
func (p *Passwords) Matches(ctx context.Context, password, hash string) (bool, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	somebodys := hash != ""
	if !somebodys {
		hash = nobodysHash
	}
	matches, err := argon2id.ComparePasswordAndHash(normal(password), hash)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return matches && somebodys, nil
}

// normal is a password in the one form that all keyboards' ways of writing it have (NFKC, as NIST SP 800-63B asks for).
func normal(password string) string { return norm.NFKC.String(password) }
