//go:build race

package store_test

// raced says that the race detector runs, which makes SQLite, a program in Go, many times slower.
const raced = true
