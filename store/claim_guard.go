//go:build !noclaim

package store

// claimGuard refuses to claim an outreach that is submitting already. It is always on: the build tag `noclaim` switches it
// off to show that the tests which kill processes find duplicates without it.
const claimGuard = true
