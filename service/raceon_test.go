//go:build race

package service_test

// raced says that the race detector runs, which makes SQLite, a program in Go, many times slower.
const raced = true
