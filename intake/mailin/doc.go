// Package mailin imports contact files that come by e-mail: it finds out whose mail it is, whether it is truly from them, and
// which file of it holds contacts.
package mailin
