// Package intake reads contacts from their sources: it normalises addresses, names and time zones, reads contact files
// through a mapping of their columns, and checks the contacts that other software posts. Its functions are pure: they
// take readers and values, and use no database, network or clock. What it refuses is named by code, place and reason;
// the refused value itself, which may be personal data, is in no error.
package intake
