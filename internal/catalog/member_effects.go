package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// memberEffects says what a change does to the person. What they gain and lose
// in membership and roles follows from Grants and is not said again.
func memberEffects(t kind.Transition[Member]) plan.Effects {
	var e effects
	switch t.Action {
	case plan.Create:
		e.arrival(t.After)
		e.newFactor(t.After)
	case plan.Restore:
		e.restoration(t)
		e.newFactor(t.After)
	case plan.Delete:
		e.removal(t.Live)
	default:
		e.address(t)
		e.secondFactor(t)
		e.breakglass(t)
		e.rolesLost(t)
		if before := t.Live.Value.ExternalID.Value; t.Changed["external_id"] && before != "" {
			e.consequence("whoever names the member by the old external_id %q no longer finds them", before)
		}
	}
	return e.Effects
}

// arrival: what a new member can do beyond being one is as loud as when it is
// given later.
func (e *effects) arrival(after Member) {
	switch roles := sortedSet(after.Roles.Value); len(roles) {
	case 0:
	case 1:
		e.risk(plan.AccessWidened, "a new member has the role %s", roles[0])
	default:
		e.risk(plan.AccessWidened, "a new member has the roles %s", listed(roles))
	}
	if after.Breakglass.Value {
		e.risk(plan.AuthenticationWeakened, "the member may log in by methods that the organization does not allow")
	}
}

// newFactor: whoever is new has no factor but the number that is declared.
func (e *effects) newFactor(after Member) {
	switch {
	case after.DefaultMFA.Value == "totp":
		e.problem("default_mfa_method", "a new or restored member has no authenticator app, which default_mfa_method: totp needs",
			"declare it once they have set one up, or give an mfa_phone_number and sms_otp")
	case after.DefaultMFA.Value == "sms_otp" && after.Phone.Value == "":
		e.problem("default_mfa_method", "default_mfa_method: sms_otp needs an mfa_phone_number, and the member will have none",
			"give the number, or drop default_mfa_method")
	}
}

// restoration says what comes back and what does not (Stytch's SDK comment on
// Reactivate, and its own portal).
func (e *effects) restoration(t kind.Transition[Member]) {
	if !t.Live.Revives {
		e.risk(plan.AccessWidened, "a member of this address was deleted, and the address gets access again")
		e.consequence("the deleted member cannot be reactivated, because the address was never verified: a new member with a new member_id is created, and nothing of the old one returns")
		return
	}
	e.risk(plan.AccessWidened, "the deleted member comes back as active")
	e.consequence("comes back: the member_id, the verified address, and the name, metadata and external_id that they had, unless declared otherwise")
	e.consequence("does not come back: password, authenticator app, phone number, OAuth and SSO registrations, sessions and directly assigned roles; roles and a phone number that are declared are set again")
}

// removal: deletion is soft, and yet most of it cannot be undone.
func (e *effects) removal(live kind.Live[Member]) {
	e.risk(plan.SessionsRevoked, "all sessions of the member end")
	e.risk(plan.Irreversible, "password, second factors, OAuth and SSO registrations and directly assigned roles are destroyed; bringing the member back does not bring these")
	e.consequence("a member who never verified an address cannot come back: declared again they are a new member with a new member_id")
	if live.Owner != "" {
		e.consequence("an identity provider brought this member and may bring them again")
	}
}

// address tells of a changed address (Stytch's SDK comment on
// UpdateParams.EmailAddress).
func (e *effects) address(t kind.Transition[Member]) {
	if !t.Changed["email_address"] {
		return
	}
	before, after := t.Live.Value.Email, t.After.Email
	e.risk(plan.PasswordCleared, "Stytch clears the member's password with the change of address")
	e.consequence("%s is not verified: the member must prove it when they log in next", after)
	e.consequence("%s is retired: the member can switch back to it, and nobody else in the organization can have it", before)
	if slices.ContainsFunc(t.Live.Aliases, func(alias string) bool { return lower(alias) == lower(after) }) {
		e.consequence("%s is one of the member's retired addresses", after)
	}
	if domainOfAddress(before) != domainOfAddress(after) {
		e.consequence("roles that come by the domain of a verified address change with it")
	}
}

func (e *effects) secondFactor(t kind.Transition[Member]) {
	before, after := t.Live.Value, t.After
	if t.Changed["mfa_enrolled"] && !after.Enrolled.Value {
		e.risk(plan.AuthenticationWeakened, "no second factor is asked of the member unless the organization requires one of all")
	}
	phone := t.Changed["mfa_phone_number"]
	switch {
	case phone && before.Phone.Value != "" && after.Phone.Value == "":
		e.risk(plan.AuthenticationWeakened, "the member has no phone number for second factors any more")
		e.consequence("removing a phone number works for active members alone")
		if before.DefaultMFA.Value == "sms_otp" {
			e.consequence("default_mfa_method is reset with it")
		}
	case phone && before.Phone.Value != "":
		e.risk(plan.AuthenticationWeakened, "between removing the old phone number and setting the new one the member has none; the new one is not verified")
		e.consequence("replacing a phone number takes two requests and works for active members alone")
	case phone:
		e.consequence("setting a phone number works for active members alone")
	}
	if holder := holderOfNumber(t); holder != "" && before.Phone.Value != "" {
		e.problem("mfa_phone_number", fmt.Sprintf("%s has the phone number already, and Stytch takes it for one member alone", holder),
			"take it from them in a change of its own first: the old number would go before Stytch refuses the new one")
	}
	if phone && before.Inactive != "" {
		e.problem("mfa_phone_number", "the member is "+before.Inactive+", and Stytch changes the phone number of active members alone",
			"drop mfa_phone_number until they have logged in, or give it in initial: {mfa_phone_number: …}, which is sent to new members alone")
	}
	if t.Changed["default_mfa_method"] && after.DefaultMFA.Value == "totp" && !before.App {
		e.problem("default_mfa_method", "default_mfa_method: totp needs an authenticator app, and the member has none",
			"declare it once they have set one up, or use sms_otp")
	}
	if t.Changed["default_mfa_method"] && after.DefaultMFA.Value == "sms_otp" && after.Phone.Value == "" {
		e.problem("default_mfa_method", "default_mfa_method: sms_otp needs an mfa_phone_number, and the member will have none",
			"give the number, or drop default_mfa_method")
	}
}

// holderOfNumber is another member who has the number that the change sets.
func holderOfNumber(t kind.Transition[Member]) string {
	if !t.Changed["mfa_phone_number"] || t.After.Phone.Value == "" {
		return ""
	}
	for other := range t.Siblings() {
		if other.Value.Phone.Value == t.After.Phone.Value {
			return other.Value.Email
		}
	}
	return ""
}

func (e *effects) breakglass(t kind.Transition[Member]) {
	switch {
	case !t.Changed["is_breakglass"]:
	case t.After.Breakglass.Value:
		e.risk(plan.AuthenticationWeakened, "the member may log in by methods that the organization does not allow")
	default:
		e.risk(plan.AccessRemoved, "the member is held to the organization's methods again, and cannot log in by others")
		e.Removals = 1
	}
}

// rolesLost: taking a role that an SSO connection gives too ends the sessions
// that came by it (Stytch's SDK comment on UpdateParams.Roles).
func (e *effects) rolesLost(t kind.Transition[Member]) {
	lost := missingFrom(t.After.Roles.Value, t.Live.Value.Roles.Value)
	if !t.Changed["roles"] || len(lost) == 0 || t.Live.Owner == "" {
		return
	}
	e.risk(plan.SessionsRevoked, "if an SSO connection gives %s too, the sessions that came by it end, and the role stays", listed(lost))
}

// domainOfAddress is what stands behind the last @, in lower case.
func domainOfAddress(address string) string {
	return lower(address[strings.LastIndexByte(address, '@')+1:])
}
