// Package models is the domain of Beckon: campaigns, contacts, outreaches, their statuses with the tables of allowed
// transitions, the rules that decide what a contact does next, and the errors that all parts share. It does no I/O and
// reads no clock; time comes in as a parameter and is UTC unless a docstring says otherwise.
package models
