//go:build !race

package store_test

// raced says that the race detector runs.
const raced = false
