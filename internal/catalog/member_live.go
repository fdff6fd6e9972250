package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// A memberAnswer is a member as Stytch shows them. Null, absent and empty mean
// the same in every field.
type memberAnswer struct {
	ID             string `json:"member_id"`
	OrganizationID string `json:"organization_id"`
	Status         string `json:"status"`
	Email          string `json:"email_address"`
	Verified       bool   `json:"email_address_verified"`
	Retired        []struct {
		Email string `json:"email_address"`
	} `json:"retired_email_addresses"`
	Name       string               `json:"name"`
	ExternalID string               `json:"external_id"`
	Roles      []roleAnswer         `json:"roles"`
	Breakglass bool                 `json:"is_breakglass"`
	Trusted    map[string]any       `json:"trusted_metadata"`
	Untrusted  map[string]any       `json:"untrusted_metadata"`
	Enrolled   bool                 `json:"mfa_enrolled"`
	Phone      string               `json:"mfa_phone_number"`
	DefaultMFA string               `json:"default_mfa_method"`
	TOTP       string               `json:"totp_registration_id"`
	SSO        []registrationAnswer `json:"sso_registrations"`
	SCIM       json.RawMessage      `json:"scim_registration"`
}

// A registrationAnswer ties a member to an SSO connection.
type registrationAnswer struct {
	ConnectionID string `json:"connection_id"`
}

// A roleAnswer is a role and why the member has it.
type roleAnswer struct {
	ID      string         `json:"role_id"`
	Sources []sourceAnswer `json:"sources"`
}

// A sourceAnswer is one reason why a member has a role.
type sourceAnswer struct {
	Type    string `json:"type"`
	Details struct {
		Domain     string `json:"email_domain"`
		Connection string `json:"connection_id"`
		Group      string `json:"group_id"`
	} `json:"details"`
}

// The statuses that say more than that the member is there.
const (
	statusPending = "pending"
	statusInvited = "invited"
	statusDeleted = "deleted"
)

func (a memberAnswer) live() kind.Live[Member] {
	live := kind.Live[Member]{
		ID: a.ID, OrganizationID: a.OrganizationID, Gone: a.Status == statusDeleted, Owner: a.owner(),
		Value: Member{
			Email:      a.Email,
			Name:       kind.Some(a.Name),
			ExternalID: kind.Some(a.ExternalID),
			Roles:      kind.Some(directRoles(a.Roles)),
			Breakglass: kind.Some(a.Breakglass),
			Trusted:    kind.Some(a.Trusted),
			Untrusted:  kind.Some(a.Untrusted),
			Enrolled:   kind.Some(a.Enrolled),
			Phone:      kind.Some(a.Phone),
			DefaultMFA: kind.Some(a.DefaultMFA),
			App:        a.TOTP != "",
		},
	}
	if a.Status == statusPending || a.Status == statusInvited {
		live.Value.Inactive = a.Status
	}
	live.Revives = live.Gone && a.Verified
	for _, retired := range a.Retired {
		live.Aliases = append(live.Aliases, retired.Email)
	}
	return live
}

// directRoles are the roles that a member's own roles attribute holds: those
// with direct assignment among their sources. stytch_member is reported so too,
// on everybody, and belongs to nobody.
func directRoles(roles []roleAnswer) []string {
	var direct []string
	for _, role := range roles {
		for _, source := range role.Sources {
			if source.Type == "direct_assignment" && role.ID != everyonesRole && !slices.Contains(direct, role.ID) {
				direct = append(direct, role.ID)
			}
		}
	}
	return direct
}

// owner says which identity provider brought the member. SCIM goes before
// single sign-on, because it keeps writing.
func (a memberAnswer) owner() string {
	switch {
	case len(a.SCIM) > 0 && string(a.SCIM) != "null":
		return "scim"
	case len(a.SSO) > 0:
		return "sso"
	}
	return ""
}

// listMembers reads the members of all scopes in one search; deleted ones are
// not among them.
func listMembers(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[Member], error] {
	return func(yield func(kind.Live[Member], error) bool) {
		ids := organizationIDs(scopes)
		if len(ids) == 0 {
			return
		}
		found, err := searchMembers(ctx, c, map[string]any{"organization_ids": ids})
		yieldFound(found, err, memberAnswer.live, func(a memberAnswer) bool { return a.Status != statusDeleted }, yield)
	}
}

// listDeletedMembers finds, in one search, the deleted members who had one of
// the keys in the scope that asks for it. Several may have had the same one.
// Where Stytch refuses the search of several scopes, the reader asks for fewer;
// that of one is halved here.
func listDeletedMembers(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[Member], error] {
	return func(yield func(kind.Live[Member], error) bool) {
		wanted, addresses := wantedAddresses(scopes)
		ids := organizationIDs(scopes)
		if len(ids) == 0 || len(addresses) == 0 {
			return
		}
		s := deletedSearch{client: c, ids: ids}
		if len(scopes) == 1 {
			s.halvings = mostHalvings
		}
		found, err := s.find(ctx, addresses)
		keep := func(a memberAnswer) bool {
			return a.Status == statusDeleted && wanted[a.OrganizationID][lower(a.Email)]
		}
		yieldFound(found, err, memberAnswer.live, keep, yield)
	}
}

// mostHalvings is how often the addresses of one organization are halved. It is
// enough to come from 2,000 addresses down to the 32 that Stytch might take.
const mostHalvings = 64

// A deletedSearch looks for deleted members by address: for half of the
// addresses at a time where Stytch refuses all at once, for how many it takes is
// not documented.
type deletedSearch struct {
	client   *client.Client
	ids      []string
	halvings int // that are left
}

func (s *deletedSearch) find(ctx context.Context, addresses []string) ([]memberAnswer, error) {
	found, err := searchMembers(ctx, s.client, map[string]any{
		"organization_ids": s.ids,
		"query": map[string]any{"operator": "AND", "operands": []map[string]any{
			{"filter_name": "statuses", "filter_value": []string{statusDeleted}},
			{"filter_name": "member_emails", "filter_value": addresses},
		}},
	})
	refusal, refused := errors.AsType[*client.Error](err)
	if !refused || refusal.Status != http.StatusBadRequest || len(addresses) == 1 || s.halvings == 0 {
		return found, err
	}
	s.halvings--
	half := len(addresses) / 2
	first, err := s.find(ctx, addresses[:half])
	if isError(err) {
		return first, err
	}
	second, more := s.find(ctx, addresses[half:])
	return append(first, second...), cmp.Or(more, err) // of two counts that disagree, one is enough to be told
}

// isError tells what ends a reading from a count that disagrees.
func isError(err error) bool {
	_, miscounted := errors.AsType[*kind.Miscount](err)
	return err != nil && !miscounted
}

// searchMembers reads a search for members to its end; see searchAll for what it
// gives beside an error.
func searchMembers(ctx context.Context, c *client.Client, query map[string]any) ([]memberAnswer, error) {
	return searchAll(ctx, c, search{path: "/v1/b2b/organizations/members/search", list: "members", query: query},
		func(a memberAnswer) string { return a.ID })
}

// organizationIDs are the scopes that are live; an organization that is yet to
// be created has no members, and a search without organizations is refused.
func organizationIDs(scopes []kind.Scope) []string {
	var ids []string
	for _, s := range scopes {
		if s.OrganizationID != "" {
			ids = append(ids, s.OrganizationID)
		}
	}
	return ids
}

// wantedAddresses are the keys by organization, folded, and the list to search
// for: as they are written and in lower case, because it is not documented
// whether the search regards case.
func wantedAddresses(scopes []kind.Scope) (wanted map[string]map[string]bool, addresses []string) {
	wanted = map[string]map[string]bool{}
	for _, s := range scopes {
		if s.OrganizationID == "" {
			continue
		}
		if wanted[s.OrganizationID] == nil {
			wanted[s.OrganizationID] = map[string]bool{}
		}
		for _, key := range s.Keys {
			if !isAddress(key) {
				continue // nobody has it, and Stytch would refuse the whole search
			}
			wanted[s.OrganizationID][lower(key)] = true
			addresses = append(addresses, key, lower(key))
		}
	}
	slices.Sort(addresses)
	return wanted, slices.Compact(addresses)
}
