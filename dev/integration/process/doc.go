// Package process holds the tests that need real processes, since they are about what becomes of one: killed while it sends,
// stopped, run twice, or left without Temporal. They build the binaries and use them as an operator does, over HTTP and
// with signals; nothing of Beckon runs in the test's own process.
package process
