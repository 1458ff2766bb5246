package models

import (
	"context"
	"strings"
)

// ActorKind says what kind of caller did something.
type ActorKind string

// Kinds of actors.
const (
	ActorUser   ActorKind = "user"    // a person who signed in
	ActorAPIKey ActorKind = "api_key" // an integration
	ActorSignal ActorKind = "signal"  // whoever signalled a workflow: Temporal's CLI or Web UI, another service
	ActorSystem ActorKind = "system"  // Beckon itself: a guardrail, a webhook, reconcile, a command of the host
)

// Actor is who does something, as it is put on record.
type Actor struct {
	Kind ActorKind
	ID   string // of the user or API key; empty otherwise
	Name string // as it was when it was done; of a user the name, never the address
}

// actorKey is the key under which a context carries its actor.
type actorKey struct{}

// WithActor says on whose behalf what is given the context is done.
func WithActor(ctx context.Context, actor Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// ActorOf returns on whose behalf something is done; Beckon itself, where nobody is named.
func ActorOf(ctx context.Context) Actor {
	if actor, ok := ctx.Value(actorKey{}).(Actor); ok {
		return actor
	}
	return Actor{Kind: ActorSystem, Name: "system"}
}

// Author is the actor as the author of a text. A key or user that is called as the AI is must not pass for it.
func (a Actor) Author() string {
	if strings.EqualFold(strings.TrimSpace(a.Name), AuthorAI) {
		return string(a.Kind) + " " + a.Name
	}
	return a.Name
}
