package sandbox

import (
	"context"
	crand "crypto/rand"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"
)

// FaultKind is what goes wrong with a request.
type FaultKind string

// The faults. Those that say so store nothing; the others store the message and call back.
const (
	// FaultRateLimited answers 429 and stores nothing.
	FaultRateLimited FaultKind = "429"
	// FaultServerError answers 500 and stores nothing.
	FaultServerError FaultKind = "500"
	// FaultUnauthorized answers 401 and stores nothing.
	FaultUnauthorized FaultKind = "401"
	// FaultRefuse takes no connection: on a vendor's own port the socket is closed for that share of the time; on the
	// main listener the connection is dropped. It stores nothing. Texts and calls share a port, which closes for either.
	FaultRefuse FaultKind = "refuse"
	// FaultDropAfterAccept stores the message and closes the connection without an answer.
	FaultDropAfterAccept FaultKind = "drop_after_accept"
	// FaultMalformed stores the message and answers what no client can take for success; for a plan, an answer that does
	// not fit the schema.
	FaultMalformed FaultKind = "malformed"
	// FaultDelay waits before it stores the message and answers, also when the client has gone meanwhile.
	FaultDelay FaultKind = "delay"
)

// Target is what a fault is set on: a channel's name, or TargetPlan.
type Target string

// The targets that this sandbox serves.
const (
	TargetEmail Target = Target(ChannelEmail)
	TargetText  Target = Target(ChannelText)
	TargetPhone Target = Target(ChannelPhone)
	TargetPlan  Target = "plan"
)

// Fault makes a share of a target's requests go wrong.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Rate is the share of requests that it hits, from 0 to 1.
	Rate float64 `json:"rate"`
	// RetryAfter is the Retry-After header of a 429 or 500, in seconds.
	RetryAfter *int `json:"retryAfter"`
	// DelayMs is how long FaultDelay waits, in milliseconds.
	DelayMs *int `json:"delayMs"`
}

// delay is DelayMs as a duration.
func (f Fault) delay() time.Duration {
	if f.DelayMs == nil {
		return 0
	}

	return time.Duration(*f.DelayMs) * time.Millisecond
}

// settingFaults is where the faults are kept across restarts.
const settingFaults = "faults"

// faults holds what is set now and decides which requests it hits.
type faults struct {
	db *sql.DB

	mu      sync.Mutex
	current map[Target]Fault
	random  *rand.Rand
}

// loadFaults reads the faults of the last run.
func loadFaults(ctx context.Context, db *sql.DB, seed uint64) (*faults, error) {
	stored, err := readSetting(ctx, db, settingFaults)
	if err != nil {
		return nil, err
	}
	current := map[Target]Fault{}
	if stored != "" {
		if err := json.Unmarshal([]byte(stored), &current); err != nil {
			return nil, fmt.Errorf("read the stored faults: %w", err)
		}
	}
	if seed == 0 {
		var bytes [8]byte
		if _, err := crand.Read(bytes[:]); err != nil {
			return nil, fmt.Errorf("choose a seed: %w", err)
		}
		seed = binary.LittleEndian.Uint64(bytes[:])
	}

	// Faults need a repeatable source, not an unpredictable one.
	return &faults{db: db, current: current, random: rand.New(rand.NewPCG(seed, seed))}, nil //nolint:gosec // see above
}

// all returns what is set now.
func (f *faults) all() map[Target]Fault {
	f.mu.Lock()
	defer f.mu.Unlock()

	return maps.Clone(f.current)
}

// replace stores a whole new set and puts it into force.
func (f *faults) replace(ctx context.Context, set map[Target]Fault) error {
	encoded, err := json.Marshal(set)
	if err != nil {
		return fmt.Errorf("encode faults: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := writeSetting(ctx, f.db, settingFaults, string(encoded)); err != nil {
		return err
	}
	f.current = maps.Clone(set)

	return nil
}

// draw says which fault hits this request, if any.
func (f *faults) draw(target Target) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fault, set := f.current[target]

	return fault, set && f.random.Float64() < fault.Rate
}

// refuseRate is the share of the time for which a port that serves these targets is to be closed.
func (f *faults) refuseRate(targets []Target) float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	rate := 0.0
	for _, target := range targets {
		if fault := f.current[target]; fault.Kind == FaultRefuse {
			rate = max(rate, fault.Rate)
		}
	}

	return rate
}
