// Package simulation holds the tests that run a whole campaign, its workflows, activities and database, in Temporal's test
// environment, where weeks take no time: only the AI and the providers are stood in for.
package simulation
