// Package integration holds the tests that need a real Temporal server. They drive Beckon as its users do, over HTTP, with
// the real providers' clients pointed at the sandbox, and look at what the sandbox holds and what histories say.
//
// One embedded server serves all tests of a run, since starting one takes longer than most tests. Each stack has a
// namespace of its own there, and with it task queues, workers, reconcile, and searches of its own; its database, sandbox
// and API are its own too. So tests run side by side, and one stack's workers never see another's work.
package integration
