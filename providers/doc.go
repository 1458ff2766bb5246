// Package providers holds what the adapters of all providers share: an HTTP client that sends a request at most once, and
// the one table that says what an answer, or the lack of one, proves. Each provider's adapter is a package below.
package providers
