package api

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"beckon/models"
)

// Permission is what one operation asks of its caller, as the table of operations has it.
type Permission struct {
	Operation, Method, Path string
	Role                    models.Role // the least that may call it; empty: it is public
	People                  bool        // keys may not
	// InCampaign says that a key which is limited to campaigns may call it for these alone, and ForAnyCampaign that it may
	// call it, and is shown what is of its campaigns. Neither: it may not.
	InCampaign, ForAnyCampaign bool
	// Action is what a key that is limited to actions must have. Empty: such keys may not.
	Action models.KeyAction
	// AnyAction says that every key may call it, whatever actions it is limited to.
	AnyAction bool
}

// Permissions lists all operations of the API by path and method.
func Permissions() ([]Permission, error) {
	found, err := routes()
	if err != nil {
		return nil, err
	}
	list := make([]Permission, 0, len(found))
	for _, r := range slices.Collect(maps.Values(found)) {
		permission := Permission{
			Operation: r.id, Method: r.spec.Method, Path: r.spec.Path, Role: r.permission, People: r.people,
			InCampaign: r.scope == inCampaign, ForAnyCampaign: r.scope == filtered || r.scope == neutral,
			Action: r.action, AnyAction: r.action == anyAction,
		}
		if permission.AnyAction {
			permission.Action = ""
		}
		list = append(list, permission)
	}
	slices.SortFunc(list, func(a, b Permission) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return list, nil
}

// Row is the permission as a row of a table in the docs.
func (p Permission) Row() string {
	role, limited, action := string(p.Role), "no", "–"
	switch {
	case p.Role == public:
		role, limited = "public", "–"
	case p.People:
		role += ", signed in"
	}
	switch {
	case p.InCampaign:
		limited = "its campaigns"
	case p.ForAnyCampaign:
		limited = "yes"
	}
	switch {
	case p.AnyAction:
		action = "any"
	case p.Action != "":
		action = "`" + string(p.Action) + "`"
	}
	return fmt.Sprintf("| `%s %s` | %s | %s | %s |", p.Method, p.Path, role, limited, action)
}
