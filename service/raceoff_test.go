//go:build !race

package service_test

// raced says that the race detector runs.
const raced = false
