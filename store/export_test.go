package store

// CountContacts is the query whose plan a test looks at.
const CountContacts = countContacts
