package store

// CountContacts is the query whose plan a test looks at.
const CountContacts = countContacts

// KnowsErased is what is asked about the sender of each opt-out that is nobody's.
const KnowsErased = knowsErased
