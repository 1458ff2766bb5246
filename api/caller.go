package api

import (
	"context"

	"beckon/models"
)

// caller is who a request comes from: a user who signed in, or an API key.
type caller struct {
	user *models.User   // nil of a key
	key  *models.APIKey // nil of a user
}

// callerKey is the key under which a context carries the caller.
type callerKey struct{}

// callerOf returns who a request comes from; nil for what is public.
func callerOf(ctx context.Context) *caller {
	who, _ := ctx.Value(callerKey{}).(*caller)
	return who
}

// withCaller notes who a request comes from, for handlers and for the record.
func withCaller(ctx context.Context, who *caller) context.Context {
	return models.WithActor(context.WithValue(ctx, callerKey{}, who), who.actor())
}

// callerName is the name under which what the caller does is noted.
func callerName(ctx context.Context) string { return models.ActorOf(ctx).Name }

// actor is the caller as it is put on record.
func (c *caller) actor() models.Actor {
	if c.user != nil {
		return models.Actor{Kind: models.ActorUser, ID: c.user.ID, Name: c.user.Name}
	}
	return models.Actor{Kind: models.ActorAPIKey, ID: c.key.ID, Name: c.key.Name}
}

func (c *caller) role() models.Role {
	if c.user != nil {
		return c.user.Role
	}
	return c.key.Role
}

func (c *caller) roleInWords() string {
	if c.user != nil {
		return "you have the role " + string(c.user.Role)
	}
	return "the key has the role " + string(c.key.Role)
}

// campaignsOf are the campaigns that the caller is limited to; nil where there is no such limit.
func campaignsOf(ctx context.Context) []string {
	if who := callerOf(ctx); who != nil && who.key != nil {
		return who.key.CampaignIDs()
	}
	return nil
}

// showCaller is what callers may know of themselves.
func showCaller(who *caller) Caller {
	actor := who.actor()
	shown := Caller{Kind: actor.Kind, ID: actor.ID, Name: actor.Name, Role: who.role()}
	if who.user != nil {
		shown.Email = &who.user.Email
		return shown
	}
	shown.CampaignIDs, shown.Actions = listed(who.key.CampaignIDs()), listed(who.key.Actions())
	return shown
}

// listed is a list as an answer has it: null for nil.
func listed[T any](list []T) *[]T {
	if list == nil {
		return nil
	}
	return &list
}
