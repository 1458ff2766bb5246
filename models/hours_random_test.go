package models_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"
	"github.com/stretchr/testify/require"

	"beckon/models"
)

// TestHoursAgainstReference compares Hours with the reference in random cases of zones, dates, windows and quiet hours,
// spread evenly over all zones that are known: no time is outside its window, and none needlessly late.
// BECKON_WINDOW_CASES says how many (`make fuzz`: 1,000,000), BECKON_WINDOW_SEED which.
func TestHoursAgainstReference(t *testing.T) {
	t.Parallel()
	const casesOfScene = 40
	cases, seed := setting(t, "BECKON_WINDOW_CASES", 100_000), setting(t, "BECKON_WINDOW_SEED", 1)
	scenes := (cases + casesOfScene - 1) / casesOfScene
	zones := everyZone(t)
	t.Logf("%d cases in %d zones, seed %d", scenes*casesOfScene, len(zones), seed)

	var next atomic.Int64
	var workers sync.WaitGroup
	var seen tally
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for n := int(next.Add(1)) - 1; n < scenes && !t.Failed(); n = int(next.Add(1)) - 1 {
				random := rand.New(rand.NewPCG(uint64(seed), uint64(n)))
				s := drawScene(random, zones, n)
				for range casesOfScene {
					if fault := s.check(random, &seen); fault != "" {
						t.Errorf("seed %d, scene %d: %s", seed, n, fault)
						return
					}
				}
			}
		})
	}
	workers.Wait()
	seen.require(t, int64(scenes*casesOfScene))
}

// tally counts what the cases were like, so that a test that has come to draw dull ones fails.
type tally struct {
	openAtOnce, later, never, closes, several, otherZone, changes atomic.Int64
}

func (c *tally) require(t *testing.T, cases int64) {
	t.Helper()
	for name, count := range map[string]*atomic.Int64{
		"open at once": &c.openAtOnce, "open later": &c.later, "never open": &c.never, "closing": &c.closes,
		"of several zones": &c.several, "open by the fallback": &c.otherZone, "over a change of clocks": &c.changes,
	} {
		t.Logf("%d cases %s", count.Load(), name)
		require.Greater(t, count.Load(), cases/100, "cases %s", name)
	}
}

// scene is a period and one to three zones, of which the first has a change of clocks in it if it has any.
type scene struct {
	zones    []*time.Location
	other    *time.Location
	clocks   []clock
	fallback clock
	from     time.Time
	change   time.Time // zero where there is none
}

func drawScene(random *rand.Rand, zones []*time.Location, n int) *scene {
	s := &scene{zones: []*time.Location{zones[n%len(zones)]}}
	for random.IntN(2) == 0 && len(s.zones) < 3 {
		s.zones = append(s.zones, zones[random.IntN(len(zones))])
	}
	s.other = zones[random.IntN(len(zones))]

	middle := time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, random.IntN(365*45))
	switch random.IntN(10) {
	case 0:
	case 1: // the days about a year's end; leap years have one more
		middle = time.Date(2000+random.IntN(45), time.December, 31, 0, 0, 0, 0, time.UTC)
	default:
		if change, ok := changeAfter(middle, s.zones[0]); ok {
			s.change, middle = change, change
		}
	}
	s.from = middle.Add(-askedDays / 2 * 24 * time.Hour).Truncate(time.Minute)
	for _, zone := range s.zones {
		s.clocks = append(s.clocks, newClock(zone, s.from))
	}
	s.fallback = newClock(s.other, s.from)
	return s
}

// changeAfter is a minute in which a zone's offset changes, within ten years of an instant; false where there is none.
func changeAfter(at time.Time, zone *time.Location) (time.Time, bool) {
	const step = 10 * 24 * time.Hour // no zone has changed and changed back within this
	for end := at.AddDate(10, 0, 0); sameOffset(at, at.Add(step), zone); at = at.Add(step) {
		if at.After(end) {
			return time.Time{}, false
		}
	}
	for apart := step / 2; apart >= 30*time.Second; apart /= 2 {
		if sameOffset(at, at.Add(apart), zone) {
			at = at.Add(apart)
		}
	}
	return at.Add(time.Minute).Truncate(time.Minute), true
}

func sameOffset(a, b time.Time, zone *time.Location) bool {
	_, offsetOfA := a.In(zone).Zone()
	_, offsetOfB := b.In(zone).Zone()
	return offsetOfA == offsetOfB
}

// draw draws an instant: anywhere in the scene's first days, or within hours of the change, on the minute or not.
func (s *scene) draw(random *rand.Rand) time.Time {
	at := s.from.Add(time.Duration(random.IntN(askedDays*minutesOfDay)) * time.Minute)
	if !s.change.IsZero() && random.IntN(2) == 0 {
		at = s.change.Add(time.Duration(random.IntN(3*minutesOfDay)-2*minutesOfDay) * time.Minute)
	}
	if random.IntN(3) == 0 {
		at = at.Add(time.Duration(random.Int64N(int64(time.Minute))))
	}
	return at
}

// check draws a case and says what Hours answer wrongly; "" where nothing.
func (s *scene) check(random *rand.Rand, seen *tally) string {
	windows, quiet := drawWindows(random)
	given := make([]models.Window, len(windows))
	for i, w := range windows {
		given[i] = w.window()
	}
	h := models.NewHours(s.zones, given, quiet)
	r := newReference(s.clocks, windows, quiet)
	if len(s.zones) > 1 && random.IntN(2) == 0 {
		h, r.fallback = h.OrIn(s.other), s.fallback
	}
	at := s.draw(random)
	fault := s.compare(h, r, at, seen)
	if fault == "" {
		return ""
	}
	return fmt.Sprintf("%s\nat %s, zones %v, fallback %v (used: %t), quiet %t, windows %+v",
		fault, at.Format(time.RFC3339Nano), s.zones, s.other, r.fallback != nil, quiet, given)
}

func (s *scene) compare(h models.Hours, r *reference, at time.Time, seen *tally) string {
	minute := int(at.Sub(s.from) / time.Minute)
	want, opens := r.first(true, minute)
	if h.Open(at) != (opens && want == minute) {
		return fmt.Sprintf("Open is %t", h.Open(at))
	}
	next, ok := h.Next(at)
	if ok != opens || ok && !next.Equal(s.instant(want, at)) {
		return fmt.Sprintf("Next is %s, %t, the reference's %s, %t", next, ok, s.instant(want, at), opens)
	}
	seen.count(s, r, minute, want, opens)
	if !opens {
		return ""
	}

	wantEnd, ends := r.first(false, want)
	end, ok := h.Closes(next)
	if ok != ends || ok && !end.Equal(s.instant(wantEnd, next)) {
		return fmt.Sprintf("Closes(%s) is %s, %t, the reference's %s, %t", next, end, ok, s.instant(wantEnd, next), ends)
	}
	if ends {
		seen.closes.Add(1)
	}
	return ""
}

// instant is when a minute begins, or the instant asked for where that is in the minute.
func (s *scene) instant(minute int, asked time.Time) time.Time {
	begins := s.from.Add(time.Duration(minute) * time.Minute)
	if begins.Before(asked) {
		return asked
	}
	return begins
}

func (c *tally) count(s *scene, r *reference, minute, opens int, ok bool) {
	switch {
	case !ok:
		c.never.Add(1)
	case opens == minute:
		c.openAtOnce.Add(1)
	default:
		c.later.Add(1)
	}
	if len(s.zones) > 1 {
		c.several.Add(1)
	}
	if ok && !r.common(opens) {
		c.otherZone.Add(1)
	}
	change := int(s.change.Sub(s.from) / time.Minute)
	if !s.change.IsZero() && ok && minute < change && change <= opens {
		c.changes.Add(1)
	}
}

// setting reads a whole number from the environment.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text, ok := os.LookupEnv(name)
	if !ok {
		return otherwise
	}
	number, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	require.Positive(t, number, name)
	return number
}

// everyZone are the zones of the host's IANA database, where it has one, those that phone numbers lead to, and the odd ones.
func everyZone(t *testing.T) []*time.Location {
	t.Helper()
	names := strings.Fields(oddZones)
	for prefix := 1; prefix < 10_000; prefix++ {
		zones, err := phonenumbers.GetTimezonesForPrefix(strconv.Itoa(prefix))
		require.NoError(t, err)
		names = append(names, zones...)
	}
	const system = "/usr/share/zoneinfo"
	if _, err := os.Stat(system); err == nil {
		require.NoError(t, fs.WalkDir(os.DirFS(system), ".", func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && path[0] >= 'A' && path[0] <= 'Z' { // posix/ and right/ are the same zones again
				names = append(names, path)
			}
			return err
		}))
	}

	slices.Sort(names)
	var zones []*time.Location
	for _, name := range slices.Compact(names) {
		if zone, err := time.LoadLocation(name); err == nil { // others are tables that lie beside the zones
			zones = append(zones, zone)
		}
	}
	require.Greater(t, len(zones), 200)
	return zones
}

// oddZones have changed their clocks at midnight, by half an hour or a day, often, lately, or lie far out.
const oddZones = `
	UTC Africa/Cairo Africa/Casablanca Africa/El_Aaiun Africa/Juba Africa/Khartoum Africa/Sao_Tome Africa/Tripoli Africa/Tunis
	Africa/Windhoek America/Adak America/Anchorage America/Argentina/San_Luis America/Asuncion America/Bahia America/Caracas
	America/Chicago America/Coyhaique America/Cuiaba America/Denver America/Fortaleza America/Godthab America/Goose_Bay
	America/Grand_Turk America/Halifax America/Havana America/Indiana/Indianapolis America/Los_Angeles America/Managua
	America/Metlakatla America/Mexico_City America/Miquelon America/Montevideo America/New_York America/Nuuk America/Ojinaga
	America/Phoenix America/Port-au-Prince America/Punta_Arenas America/Regina America/Resolute America/Santiago
	America/Sao_Paulo America/Scoresbysund America/St_Johns America/Whitehorse Antarctica/Casey Antarctica/Macquarie
	Antarctica/Troll Asia/Almaty Asia/Amman Asia/Beirut Asia/Colombo Asia/Damascus Asia/Dhaka Asia/Famagusta Asia/Gaza
	Asia/Hebron Asia/Hovd Asia/Jerusalem Asia/Karachi Asia/Kathmandu Asia/Kolkata Asia/Pyongyang Asia/Tehran Asia/Tokyo
	Asia/Yangon Atlantic/Azores Atlantic/Stanley Australia/Adelaide Australia/Eucla Australia/Lord_Howe Australia/Sydney
	Europe/Berlin Europe/Chisinau Europe/Dublin Europe/Istanbul Europe/London Europe/Moscow Europe/Samara Europe/Volgograd
	Indian/Mauritius Pacific/Apia Pacific/Auckland Pacific/Chatham Pacific/Easter Pacific/Fakaofo Pacific/Fiji
	Pacific/Honolulu Pacific/Kiritimati Pacific/Kwajalein Pacific/Marquesas Pacific/Norfolk Pacific/Pago_Pago
	Pacific/Tongatapu`
