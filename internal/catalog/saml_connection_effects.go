package catalog

import (
	"context"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// samlLifelines: through an active connection people get in, by a key that the
// identity provider signs with now. Nobody signs with a new one yet, and a
// rotation that leaves no time to change over locks everybody out.
func samlLifelines(within plan.Address, name string, live, s *SAMLConnection) []plan.Lifeline {
	held := connectionLifelines(within, live != nil && live.Active)
	if held == nil {
		return nil
	}
	inUse := tidyPEMs(live.Certificates.Value)
	for _, text := range tidyPEMs(s.Certificates.Value) {
		if slices.Contains(inUse, text) {
			held = append(held, plan.Lifeline{
				Where: plan.NewAddress(within, "saml_connection", name), What: "any certificate that its identity provider signs with now",
			})
		}
	}
	return held
}

// switches reports whether a change takes an active connection to another
// identity provider, so that nobody can log in as before.
func (s SAMLConnection) switches(after SAMLConnection) bool {
	return s.Active && s.EntityID.Value != after.EntityID.Value
}

func countSAMLUsers(ctx context.Context, c *client.Client, live kind.Live[SAMLConnection], after SAMLConnection) (map[plan.Grant]int, error) {
	if live.Value.switches(after) {
		return countConnectionUsers(ctx, c, live.Value.Organization, live.ID, after.Name)
	}
	return lostRoles(ctx, c, live.Value.Organization, live.ID, live.Value.Roles.Value, after.Roles.Value)
}

// samlEffects says who can log in as whom, and who no longer.
func samlEffects(t kind.Transition[SAMLConnection]) plan.Effects {
	e := connectionEffects{users: connectionUsers(t.Live.Holders)}
	before, after := t.Live.Value, t.After
	if t.Action == plan.Delete {
		e.removed(before.Active)
		return e.Effects
	}
	if t.Action == plan.Create {
		e.created()
		before = SAMLConnection{}
	} else {
		e.renamed(before.Name, after.Name)
	}
	if !before.Active {
		e.consequence("it becomes active by itself once idp_entity_id, idp_sso_url, attribute_mapping and a certificate are there")
	}
	if before.switches(after) {
		e.switched(after.EntityID.Value)
	}
	e.certificates(t, before, after)
	e.roles(before.Roles.Value, after.Roles.Value, before.GroupRoles.Value, after.GroupRoles.Value)
	if t.Action == plan.Update {
		e.samlSettings(t, before, after)
	}
	return e.Effects
}

// certificates: whoever holds the key of one says who somebody is.
func (e *connectionEffects) certificates(t kind.Transition[SAMLConnection], before, after SAMLConnection) {
	was, is := tidyPEMs(before.Certificates.Value), tidyPEMs(after.Certificates.Value)
	if n := len(missingFrom(was, is)); n > 0 {
		e.risk(plan.AccessWidened, "whoever holds the key of %s can sign in as anybody of the organization", counted(n, "added certificate", "added certificates"))
	}
	if n := len(missingFrom(is, was)); n > 0 {
		e.risk(plan.AccessRemoved, "logins signed with the key of %s are refused", counted(n, "removed certificate", "removed certificates"))
	}
	if t.Changed["verification_certificates"] && len(is) == 0 && before.Active {
		e.problem("verification_certificates", "Stytch keeps the last certificate of an active connection",
			"name the one that is to stay, or mark the connection absent: true")
	}
}

func (e *connectionEffects) samlSettings(t kind.Transition[SAMLConnection], before, after SAMLConnection) {
	if t.Changed["idp_initiated_auth_disabled"] && !after.NotInitiated.Value {
		e.risk(plan.AuthenticationWeakened, "logins may start at the identity provider, so that nobody here has asked for them")
	}
	if t.Changed["allow_gateway_callback"] && after.Gateway.Value {
		e.risk(plan.AuthenticationWeakened, "what the identity provider sends may come through a gateway")
	}
	if t.Changed["idp_sso_url"] && before.Active {
		e.consequence("logins start at %s from now on", after.SSOURL.Value)
	}
	if t.Changed["attribute_mapping"] && before.Active {
		e.risk(plan.AccessWidened, "other attributes of the identity provider decide who somebody is")
	}
	if t.Changed["alternative_audience_uri"] && after.Audience.Value != "" {
		e.risk(plan.AccessWidened, "what the identity provider signs for the audience %q is accepted too", after.Audience.Value)
	}
	if t.Changed["signing_private_key"] {
		e.consequence("Stytch makes another certificate of the signing key, which the identity provider must be told if it checks signatures")
	}
	if t.Changed["saml_encryption_private_key"] {
		e.consequence("the connection has one encryption key more; those before it stay")
	}
}
