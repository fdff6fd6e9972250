package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// effects collects what a change does, in the order in which it is said.
type effects struct{ plan.Effects }

func (e *effects) risk(class, format string, args ...any) {
	e.Risks = append(e.Risks, plan.Risk{Class: class, Reason: fmt.Sprintf(format, args...)})
}

func (e *effects) consequence(format string, args ...any) {
	e.Consequences = append(e.Consequences, fmt.Sprintf(format, args...))
}

func (e *effects) problem(attribute, message, hint string) {
	e.Problems = append(e.Problems, plan.Problem{Attribute: attribute, Message: message, Hint: hint})
}

// organizationEffects says what a change of an organization does to its people.
func organizationEffects(t kind.Transition[Organization]) plan.Effects {
	var e effects
	switch t.Action {
	case plan.Create:
		e.connectionsNamed(Organization{}, t.After)
		e.openFromTheStart(t)
	case plan.Delete:
		e.risk(plan.Irreversible, "Stytch cannot bring a deleted organization back: its settings, connections and members are gone for good")
		e.risk(plan.SessionsRevoked, "the sessions of all its members end")
		switch n := t.Live.Nested; n {
		case 0:
			e.consequence("the organization has no members")
		case 1:
			e.risk(plan.AccessRemoved, "deleting this organization removes its 1 member")
		default:
			e.risk(plan.AccessRemoved, "deleting this organization removes its %d members", n)
		}
	default:
		e.rename(t)
		e.methods(t.Live.Value, t.After, t.Live.Nested)
		e.secondFactors(t.Live.Value, t.After)
		e.waysIn(t.Live.Value, t.After)
		e.connectionsNamed(t.Live.Value, t.After)
		e.emailRoles(t)
		e.claims(t.Live.Value, t.After)
		e.apps(t.Live.Value, t.After)
	}
	return e.Effects
}

func (e *effects) rename(t kind.Transition[Organization]) {
	if before := t.Live.Value.Slug; t.Changed["organization_slug"] {
		e.consequence("links and login pages that name the old slug %q stop working, and another organization may take it", before)
	}
	if before := t.Live.Value.ExternalID.Value; t.Changed["organization_external_id"] && before != "" {
		e.consequence("whoever names the organization by its old external id %q no longer finds it", before)
	}
}

var (
	everyMethod = strings.Fields("sso magic_link email_otp password google_oauth microsoft_oauth slack_oauth github_oauth hubspot_oauth")
	everyFactor = strings.Fields("sms_otp totp")
)

// allowed is the list that a setting means: everything, or what is named.
func allowed(setting kind.Opt[string], list kind.Opt[[]string], every []string) []string {
	if setting.Value == restricted {
		return list.Value
	}
	return every
}

// closedMethods are the ways to log in that a change closes.
func closedMethods(before, after Organization) []string {
	return missingFrom(allowed(after.Methods, after.Allowed, everyMethod), allowed(before.Methods, before.Allowed, everyMethod))
}

// methods tells which ways to log in open and close.
// Closing one takes a grant from every one of the members.
func (e *effects) methods(before, after Organization, members int) {
	was := allowed(before.Methods, before.Allowed, everyMethod)
	is := allowed(after.Methods, after.Allowed, everyMethod)
	closed, opened := closedMethods(before, after), missingFrom(was, is)
	if len(closed) > 0 {
		e.risk(plan.AccessRemoved, "members can no longer log in with %s; breakglass members are exempt", listed(closed))
		if members > 0 {
			e.consequence("closing a way to log in concerns the organization's %d members", members)
		}
		e.Removals = members * len(closed)
	}
	if len(closed) > 0 && slices.Equal(is, []string{"sso"}) {
		e.risk(plan.LockOut, "single sign-on is the only way in that remains: without a working connection none but breakglass members can log in")
	}
	if len(opened) > 0 {
		e.risk(plan.AccessWidened, "members can log in with %s", listed(opened))
	}
}

// secondFactors tells whether logging in becomes easier, or harder for some.
func (e *effects) secondFactors(before, after Organization) {
	switch {
	case before.MFAPolicy.Value == "REQUIRED_FOR_ALL" && after.MFAPolicy.Value == "OPTIONAL":
		e.risk(plan.AuthenticationWeakened, "a second factor is asked of members with mfa_enrolled alone, and no longer of all")
	case before.MFAPolicy.Value == "OPTIONAL" && after.MFAPolicy.Value == "REQUIRED_FOR_ALL":
		e.risk(plan.LockOut, "members without a second factor must set one up when they log in next, before they get in; live sessions stay valid")
	}
	was := allowed(before.MFAMethods, before.AllowedMFA, everyFactor)
	is := allowed(after.MFAMethods, after.AllowedMFA, everyFactor)
	if opened := missingFrom(was, is); len(opened) > 0 {
		e.risk(plan.AuthenticationWeakened, "%s counts as a second factor too", listed(opened))
	}
	if closed := missingFrom(is, was); len(closed) > 0 {
		e.risk(plan.AccessRemoved, "%s no longer counts as a second factor; breakglass members are exempt", listed(closed))
		e.risk(plan.LockOut, "members who have no other second factor must set one up when they log in next, before they get in")
	}
}

// openness orders the values of what may be restricted.
func openness(o kind.Opt[string]) int {
	return slices.Index([]string{notAllowed, restricted, allAllowed}, o.Value)
}

// waysIn tells who can become a member that could not before.
func (e *effects) waysIn(before, after Organization) {
	widened := func(was, is kind.Opt[string], who string) {
		if was.Set && openness(is) > openness(was) {
			e.risk(plan.AccessWidened, "%s (was %s)", who, was.Value)
		}
	}
	inDomains := " with addresses of email_allowed_domains"
	switch after.Invites.Value {
	case allAllowed:
		widened(before.Invites, after.Invites, "anybody can be invited")
	case restricted:
		widened(before.Invites, after.Invites, "people"+inDomains+" can be invited")
	}
	widened(before.EmailJIT, after.EmailJIT, "people"+inDomains+" can join by themselves")
	if after.SSOJIT.Value == allAllowed {
		widened(before.SSOJIT, after.SSOJIT, "whoever logs in through any of the organization's SSO connections becomes a member")
	} else {
		widened(before.SSOJIT, after.SSOJIT, "whoever logs in through an allowed SSO connection becomes a member")
	}
	widened(before.OAuthJIT, after.OAuthJIT, "people of allowed_oauth_tenants become members by logging in")

	added := missingFrom(lowerAll(before.Domains.Value), lowerAll(after.Domains.Value))
	switch {
	case len(added) == 0:
	case before.EmailJIT.Value == restricted && after.EmailJIT.Value == restricted:
		e.risk(plan.AccessWidened, "people with addresses of %s can join by themselves", listed(added))
	case before.Invites.Value == restricted && after.Invites.Value == restricted:
		e.risk(plan.AccessWidened, "people with addresses of %s can be invited", listed(added))
	}
	if before.OAuthJIT.Value == restricted && after.OAuthJIT.Value == restricted {
		for _, provider := range sortedNames(after.Tenants.Value) {
			if ids := missingFrom(before.Tenants.Value[provider], after.Tenants.Value[provider]); len(ids) > 0 {
				e.risk(plan.AccessWidened, "people of %s's %s become members by logging in", provider, listed(ids))
			}
		}
	}
}

// openFromTheStart tells who can become a member of a new organization without
// anybody making them one. Of Stytch's defaults nothing is said: they are what a
// new organization is.
func (e *effects) openFromTheStart(t kind.Transition[Organization]) {
	after, domains := t.After, sortedSet(lowerAll(t.After.Domains.Value))
	switch {
	case after.EmailJIT.Value == restricted && len(domains) > 0:
		e.risk(plan.AccessWidened, "people with addresses of %s can join by themselves", listed(domains))
	case after.Invites.Value == restricted && len(domains) > 0:
		e.risk(plan.AccessWidened, "people with addresses of %s can be invited", listed(domains))
	case t.Changed["email_invites"] && after.Invites.Value == allAllowed:
		e.risk(plan.AccessWidened, "anybody can be invited")
	}
	if t.Changed["sso_jit_provisioning"] && after.SSOJIT.Value == allAllowed {
		e.risk(plan.AccessWidened, "whoever logs in through any of the organization's SSO connections becomes a member")
	}
	if after.OAuthJIT.Value == restricted {
		for _, provider := range sortedNames(after.Tenants.Value) {
			if ids := after.Tenants.Value[provider]; len(ids) > 0 {
				e.risk(plan.AccessWidened, "people of %s's %s become members by logging in", provider, listed(sortedSet(ids)))
			}
		}
	}
	for _, grant := range grantsLost(after, Organization{}) {
		e.risk(plan.AccessWidened, "members with a verified address gain a role by their domain: %s for %s", grant.RoleID, grant.Domain)
	}
}

// emailRoles tells of roles by domain. Who loses one is counted: see countDomainRoles.
func (e *effects) emailRoles(t kind.Transition[Organization]) {
	for _, grant := range grantsLost(t.After, t.Live.Value) {
		e.risk(plan.AccessWidened, "members with a verified address gain a role by their domain: %s for %s", grant.RoleID, grant.Domain)
	}
	var roles []string
	for _, grant := range grantsLost(t.Live.Value, t.After) {
		e.risk(plan.AccessRemoved, "members with a verified address lose a role that they have by their domain alone: %s for %s", grant.RoleID, grant.Domain)
		roles = append(roles, grant.RoleID)
	}
	for _, role := range slices.Compact(roles) {
		if n := t.Live.Holders[roleGrant(role, t.Address)]; n > 0 {
			e.consequence("%s the role %s for no other reason", counted(n, "member has", "members have"), role)
		}
	}
}

// grantsLost are the roles by domain that one organization gives and another
// does not, in order.
func grantsLost(from, to Organization) []EmailRole {
	tidied := func(o Organization) []EmailRole { return tidyOrganization(o).RoleGrants.Value }
	kept := tidied(to)
	lost := slices.DeleteFunc(tidied(from), func(g EmailRole) bool { return slices.Contains(kept, g) })
	slices.SortFunc(lost, func(a, b EmailRole) int {
		return cmp.Or(cmp.Compare(a.RoleID, b.RoleID), cmp.Compare(a.Domain, b.Domain))
	})
	return slices.Compact(lost)
}

func (e *effects) claims(before, after Organization) {
	was, is := lowerAll(before.Claimed.Value), lowerAll(after.Claimed.Value)
	if claimed := missingFrom(was, is); len(claimed) > 0 {
		e.consequence("addresses of %s can no longer be used in organizations that do not claim the domain", listed(claimed))
	}
	if released := missingFrom(is, was); len(released) > 0 {
		e.risk(plan.AccessWidened, "addresses of %s can be used in other organizations", listed(released))
	}
}

// apps tells about Connected Apps. Stytch may uninstall what is no longer
// allowed (Stytch's SDK comment on the allowed types).
func (e *effects) apps(before, after Organization) {
	e.appsOf("first-party", before.FirstApps, after.FirstApps, before.FirstList.Value, after.FirstList.Value)
	e.appsOf("third-party", before.ThirdApps, after.ThirdApps, before.ThirdList.Value, after.ThirdList.Value)
}

func (e *effects) appsOf(party string, was, is kind.Opt[string], before, after []string) {
	listCounts := was.Value == restricted && is.Value == restricted
	if openness(is) < openness(was) || listCounts && len(missingFrom(after, before)) > 0 {
		e.risk(plan.AccessRemoved, "%s Connected Apps that are no longer allowed may be uninstalled for its members", party)
	}
	if openness(is) > openness(was) || listCounts && len(missingFrom(before, after)) > 0 {
		e.risk(plan.AccessWidened, "members can use more %s Connected Apps", party)
	}
}

// missingFrom lists what of all is not in some, sorted and once.
func missingFrom(some, all []string) []string {
	var missing []string
	for _, s := range all {
		if !slices.Contains(some, s) {
			missing = append(missing, s)
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

// listed writes names for a sentence.
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
