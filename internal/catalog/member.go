package catalog

import (
	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A Member is one person in one organization. Their status is not declared:
// only they can make it active, by logging in.
//
// Read on: member_live.go (what is live, and what was deleted),
// member_write.go, member_restore.go, member_rules.go and member_effects.go.
type Member struct {
	Email      string                   `attr:"email_address,key" doc:"The address, unique in the organization without regard to case. A change (renamed_from) clears the password, and the new address must be verified again."`
	Name       kind.Opt[string]         `attr:"name" default:"\"\"" doc:"The person's name; end users may change it."`
	ExternalID kind.Opt[string]         `attr:"external_id" default:"\"\"" doc:"Your own id of the member, unique in the organization: up to 128 letters, digits and ._-|; empty unsets it."`
	Roles      kind.Opt[[]string]       `attr:"roles,set" default:"[]" doc:"The roles assigned to the member directly, owned whole. stytch_member, which everybody has, and roles that come by e-mail domain, SSO or SCIM are not listed."`
	Breakglass kind.Opt[bool]           `attr:"is_breakglass" default:"false" doc:"Whether the member may log in by methods that the organization does not allow."`
	Trusted    kind.Opt[map[string]any] `attr:"trusted_metadata,merge" doc:"Your own data that only back ends may write, owned by key: a null removes a key. At most 20 keys and 4 KB of JSON with those that are not declared."`
	Untrusted  kind.Opt[map[string]any] `attr:"untrusted_metadata,merge" doc:"Data that the member may write too, owned by key: a null removes a key. Declaring it fights with the member's own changes."`
	Enrolled   kind.Opt[bool]           `attr:"mfa_enrolled" default:"false" doc:"Whether the member must give a second factor where the organization leaves it open."`
	Phone      kind.Opt[string]         `attr:"mfa_phone_number" default:"\"\"" doc:"Number for second factors by SMS, in E.164 form such as +14155550123; empty removes it. Replacing or removing one works for active members alone and takes effect without them."`
	DefaultMFA kind.Opt[string]         `attr:"default_mfa_method,nonempty" oneof:"sms_otp totp" doc:"The second factor that is asked for first, of those that the member has set up; it cannot be unset."`
	Pending    kind.Opt[bool]           `attr:"create_member_as_pending,initial" doc:"Whether a new member is pending until they log in, instead of active at once."`

	// What only Stytch sets, for effects.
	Inactive string `attr:"-"` // the status of a live member who is not active: pending or invited
	App      bool   `attr:"-"` // whether the member has an authenticator app (TOTP)
}

// Stytch's default roles for B2B projects.
const (
	everyonesRole = "stytch_member" // on every member, neither given nor taken, and reported as if it were
	adminRole     = "stytch_admin"
)

var member = kind.New(kind.Type[Member]{
	Name:   "member",
	Plural: "members",
	Within: "organization",
	Plane:  client.Data,
	After:  []string{"rbac_policy"}, // roles must be there before they are assigned
	Roster: true, Renames: true,
	Doc: "A person in an organization. Pending, invited and active members all count as present. A deleted member whose " +
		"address is declared again is restored where Stytch allows it.",
	Facts: []string{
		"addresses that differ only by case are the same address",
		"a deleted member can be reactivated exactly if the address was verified, and keeps name, metadata and external_id; all that is declared is written again",
		"reactivation brings back neither explicit roles nor any factor (Stytch's own portal says so)",
		"default_mfa_method cannot be unset, and Stytch resets it when the factor goes; after a phone number was replaced it is set again",
		"two members of an organization cannot have one phone number (Stytch has an error type for it); a replacement that would take another's is refused before the old number goes",
		"null keys of metadata mean nothing in a creation and are left out",
		"an empty name is a name like any other and clears",
		"the metadata limits hold for the merged object",
		"the search for deleted members takes any number of addresses in one request",
	},
	Fold:     lower,
	Check:    checkMember,
	Together: checkMembersTogether,
	Unique: func(m Member) []string {
		if id := m.ExternalID.Value; id != "" {
			return []string{"external_id " + id}
		}
		return nil
	},
	References: func(within plan.Address, m Member) (offers, uses []string) {
		return nil, append([]string{string(within)}, roleReferences(m.Roles.Value)...)
	},
	Grants:    memberGrants,
	Lifelines: memberLifelines,
	Effects:   memberEffects,
	List:      listMembers,
	Get:       getMember,
	Gone:      listDeletedMembers,
	Create:    createMember,
	Update:    updateMember,
	Delete:    deleteMember,
	Restore:   restoreMember,
})

// memberGrants: the membership, and every role that is assigned directly. What
// comes from a domain or an identity provider is not the member's own.
func memberGrants(within plan.Address, address plan.Address, m Member) []plan.Grant {
	grants := []plan.Grant{{Who: string(address), What: "membership", Where: string(within)}}
	for _, role := range m.Roles.Value {
		grants = append(grants, plan.Grant{Who: string(address), What: "role " + role, Where: string(within)})
	}
	return grants
}
