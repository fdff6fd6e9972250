package plan

import (
	"fmt"
	"slices"
)

// ownership says why a change of what an identity provider brought is not ours
// to make, or nothing.
//
//	idp_members   SCIM's: update        SCIM's: restore   SCIM's or SSO's: delete
//	observe       forbidden             forbidden         forbidden
//	roles         forbidden but roles   forbidden         forbidden
//	manage        allowed               allowed           allowed
//
// A member who merely signed in through SSO is updated like any other. By
// omission no such member is deleted either, without any block: see undeclared.
func (e *entry) ownership(live *Object, policy string) string {
	if live == nil || live.Owner == "" || policy == IDPManage {
		return ""
	}
	scim := live.Owner == "scim"
	switch {
	case e.Action == Delete:
		return fmt.Sprintf("%s was brought by %s", e.Address, ownerName(live.Owner))
	case scim && e.Action == Restore:
		return fmt.Sprintf("%s was deleted and had been provisioned by SCIM, which would not know that it came back", e.Address)
	case scim && (policy != IDPRoles || !onlyRoles(e.Attributes)):
		return fmt.Sprintf("%s is provisioned by SCIM, whose changes would fight with these", e.Address)
	}
	return ""
}

func onlyRoles(changed []Attribute) bool {
	return !slices.ContainsFunc(changed, func(a Attribute) bool { return a.Name != "roles" })
}

func ownerName(owner string) string {
	switch owner {
	case "scim":
		return "SCIM"
	case "sso":
		return "single sign-on"
	}
	return owner
}
