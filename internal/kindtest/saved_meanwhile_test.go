package kindtest

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// ended fails the test unless changes ended as they are said to, by address.
func (o outcome) ended(t testing.TB, code int, want map[plan.Address]string) {
	t.Helper()
	if diff := cmp.Diff(want, o.of); diff != "" {
		t.Errorf("results (-want +got):\n%s\n%s", diff, o.told())
	}
	if o.code != code {
		t.Errorf("exit code %d, want %d\n%s", o.code, code, o.told())
	}
}

// A meanwhile is what happens between a plan and its carrying out.
type meanwhile struct {
	name                    string
	before, planned, others Documents // live, planned, and applied meanwhile
	by                      func(t *testing.T, w *World)
	allow                   []string
	code                    int
	want                    map[plan.Address]string
}

func (m meanwhile) run(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Parallelism: 1})
	if m.before != nil {
		w.Converge(t, m.before)
	}
	p := w.Plan(t, m.planned, m.allow...)
	if len(p.Blocked) > 0 || len(p.Changes) == 0 {
		t.Fatalf("the plan is empty or blocked: %+v", p.Blocked)
	}
	if m.others != nil {
		w.Apply(t, m.others, "deletes=10", "delete_percent=100", "lock_outs=1")
	}
	if m.by != nil {
		m.by(t, w)
	}
	o := w.carryOut(t, p)
	o.ended(t, m.code, m.want)
	if o.code != apply.ExitDone {
		return
	}
	again := w.carryOut(t, p)
	again.all(t, "in place", apply.ExitDone)
}

const (
	link     = "https://acme.example/"
	linkAddr = plan.Address("redirect_url/" + link)
	ada      = plan.Address("organization/acme/member/ada@acme.example")
	bob      = plan.Address("organization/acme/member/bob@acme.example")
	acmeAddr = plan.Address("organization/acme")
)

func links(list string) Documents { return state("redirect_urls:\n" + indented(list, 2)) }

// What a plan does not change may change under it, but for what is deleted.
func TestOtherAttributesMayChangeUnderAnUpdate(t *testing.T) {
	profile := func(more string) Documents {
		return state("trusted_token_profiles: {tokens: {audience: a, issuer: b, jwks_url: \"https://a.example/jwks\", public_key_type: JWK" + more + "}}\n")
	}
	one := func(address plan.Address, how string) map[plan.Address]string {
		return map[plan.Address]string{address: how}
	}
	for _, m := range []meanwhile{
		{name: "environment", planned: state("environment: {user_lock_threshold: 7}\n"), others: state("environment: {user_lock_ttl: 90}\n"), want: one("environment", "done")},
		{
			name: "jwt_template", planned: state("jwt_templates: {SESSION: {custom_audience: a}}\n"),
			others: state("jwt_templates: {SESSION: {template_content: '{\"n\": 1}'}}\n"), want: one("jwt_template/SESSION", "done"),
		},
		{
			name: "rbac_policy", planned: state("rbac_policy: {custom_roles: {editor: {}}}\n"),
			others: state("rbac_policy: {custom_resources: {papers: {}}}\n"), want: one("rbac_policy", "done"),
		},
		{
			name: "permissions of a default role, owned by key", before: state("rbac_policy: {custom_resources: {a: {available_actions: [x]}, b: {available_actions: [x]}}}\n"),
			planned: state("rbac_policy: {stytch_admin: {permissions: {a: [x]}}}\n"),
			others:  state("rbac_policy: {stytch_admin: {permissions: {b: [x]}}}\n"), want: one("rbac_policy", "done"),
		},
		{
			name: "trusted_token_profile, one attribute declared", before: profile(""), planned: state("trusted_token_profiles: {tokens: {audience: z}}\n"),
			others: state("trusted_token_profiles: {tokens: {issuer: c}}\n"), want: one("trusted_token_profile/tokens", "done"),
		},
		{
			name: "organization", before: state("organizations: {acme: {organization_name: A}}\n"), planned: state("organizations: {acme: {organization_name: B}}\n"),
			others: state("organizations: {acme: {organization_logo_url: \"https://a.example/l.png\"}}\n"), want: one(acmeAddr, "done"),
		},
		{
			name: "other keys of metadata, and an own key that was not there", before: acme("ada@acme.example: {trusted_metadata: {plan: free, seats: 1}}"),
			planned: acme("ada@acme.example: {trusted_metadata: {plan: gold, tier: 2}}"),
			others:  acme("ada@acme.example: {trusted_metadata: {seats: 9, colour: red}}"), want: one(ada, "done"),
		},
		{
			name: "an own key that was removed", before: acme("ada@acme.example: {trusted_metadata: {plan: free}}"),
			planned: acme("ada@acme.example: {trusted_metadata: {plan: gold}}"),
			others:  acme("ada@acme.example: {trusted_metadata: {plan: null}}"), want: one(ada, "stale"), code: apply.ExitStale,
		},
		{
			name: "a key to be added that is there by now, with another value", before: acme("ada@acme.example: {}"),
			planned: acme("ada@acme.example: {trusted_metadata: {plan: gold}}"),
			others:  acme("ada@acme.example: {trusted_metadata: {plan: free}}"), want: one(ada, "stale"), code: apply.ExitStale,
		},
		{
			name: "a key to be removed that somebody removed", before: acme("ada@acme.example: {trusted_metadata: {plan: free}}"),
			planned: acme("ada@acme.example: {trusted_metadata: {plan: null}}"),
			others:  acme("ada@acme.example: {trusted_metadata: {plan: null}}"), want: one(ada, "in place"),
		},
		{
			name: "a key to be removed that has another value", before: acme("ada@acme.example: {trusted_metadata: {plan: free}}"),
			planned: acme("ada@acme.example: {trusted_metadata: {plan: null}}"),
			others:  acme("ada@acme.example: {trusted_metadata: {plan: gold}}"), want: one(ada, "stale"), code: apply.ExitStale,
		},
		{
			name: "metadata of who is deleted", before: acme("ada@acme.example: {trusted_metadata: {plan: free}}\nbob@acme.example: {}"),
			planned: acme("ada@acme.example: {absent: true}"),
			others:  acme("ada@acme.example: {trusted_metadata: {new: 1}}"), want: one(ada, "stale"), code: apply.ExitStale,
		},
	} {
		t.Run(m.name, m.run)
	}
}

// What went away, came, or got another name.
func TestObjectsThatComeAndGoUnderASavedPlan(t *testing.T) {
	gone := func(slug, address string) func(*testing.T, *World) {
		return func(t *testing.T, w *World) {
			path := "/v1/b2b/organizations/" + id(w.Organization(t, slug))
			if address != "" {
				path += "/members/" + id(w.Member(t, slug, address))
			}
			w.Ask(t, http.MethodDelete, path, nil)
		}
	}
	two := acme("ada@acme.example: {name: Ada}\nbob@acme.example: {name: Bob}")
	profile := state("trusted_token_profiles: {tokens: {audience: a, issuer: b, jwks_url: \"https://a.example/jwks\", public_key_type: JWK}}\n")
	for _, m := range []meanwhile{
		{
			name: "an update of who was deleted", before: two, planned: acme("ada@acme.example: {name: A}\nbob@acme.example: {name: B}"), by: gone("acme", "ada@acme.example"),
			code: apply.ExitStale, want: map[plan.Address]string{ada: "stale", bob: "done"},
		},
		{
			name: "a deletion of who was deleted", before: two, planned: acme("ada@acme.example: {absent: true}\nbob@acme.example: {name: B}"), by: gone("acme", "ada@acme.example"),
			want: map[plan.Address]string{ada: "in place", bob: "done"},
		},
		{
			name: "members of an organization that was deleted", before: two, planned: acme("ada@acme.example: {name: A}\nbob@acme.example: {absent: true}\ncid@acme.example: {}"), by: gone("acme", ""),
			code: apply.ExitStale, want: map[plan.Address]string{ada: "stale", bob: "in place", "organization/acme/member/cid@acme.example": "stale"},
		},
		{
			name: "a redirect URL to update that was deleted, and one to delete", before: links(link + ": {valid_types: [{type: LOGIN}]}\n" + link + "b: {valid_types: [{type: LOGIN}]}"),
			planned: links(link + ": {valid_types: [{type: SIGNUP}]}\n" + link + "b: {absent: true}"),
			others:  links(link + ": {absent: true}\n" + link + "b: {absent: true}"),
			code:    apply.ExitStale, want: map[plan.Address]string{linkAddr: "stale", linkAddr + "b": "in place"},
		},
		{
			name: "a profile to update that was deleted", before: profile, planned: state("trusted_token_profiles: {tokens: {audience: z}}\n"),
			others: state("trusted_token_profiles: {tokens: {absent: true}}\n"), code: apply.ExitStale, want: map[plan.Address]string{"trusted_token_profile/tokens": "stale"},
		},
		{
			name: "a profile that was deleted and made again is another", before: profile, planned: state("trusted_token_profiles: {tokens: {audience: z}}\n"),
			by: func(t *testing.T, w *World) {
				w.Apply(t, state("trusted_token_profiles: {tokens: {absent: true}}\n"), "delete_percent=100", "lock_outs=1")
				w.Apply(t, profile)
			},
			code: apply.ExitStale, want: map[plan.Address]string{"trusted_token_profile/tokens": "stale"},
		},
		{
			name: "an organization that somebody created with other settings: its members are skipped, others are not", before: state("organizations: {globex: {organization_name: G}}\n"),
			planned: state("organizations: {acme: {organization_name: Acme, members: {ada@acme.example: {}}}, globex: {organization_name: H}}\n"),
			others:  state("organizations: {acme: {organization_name: Other}}\n"),
			code:    apply.ExitStale, want: map[plan.Address]string{acmeAddr: "stale", ada: "skipped", "organization/globex": "done"},
		},
		{
			name: "an organization that somebody created just so, with one of its members", planned: acme("ada@acme.example: {name: Ada}\nbob@acme.example: {}"),
			others: acme("ada@acme.example: {name: Ada}"), want: map[plan.Address]string{acmeAddr: "in place", ada: "in place", bob: "done"},
		},
		{
			name: "an external id that is the slug of an organization to be created", planned: acme("ada@acme.example: {}"),
			others: state("organizations: {globex: {organization_name: G, organization_external_id: acme}}\n"), want: map[plan.Address]string{acmeAddr: "done", ada: "done"},
		},
		{
			name: "an organization and a member that are renamed", before: two,
			planned: state("organizations: {new: {renamed_from: acme, members: {eve@acme.example: {renamed_from: ada@acme.example}}}}\n"),
			want:    map[plan.Address]string{"organization/new": "done", "organization/new/member/eve@acme.example": "done"},
		},
		{
			name: "a rename of what somebody gave a third name", before: two, planned: state("organizations: {new: {renamed_from: acme}}\n"),
			others: state("organizations: {third: {renamed_from: acme}}\n"), code: apply.ExitStale, want: map[plan.Address]string{"organization/new": "stale"},
		},
		{
			name: "an update of what somebody renamed", before: two, planned: acme("ada@acme.example: {mfa_enrolled: true}\nbob@acme.example: {mfa_enrolled: true}"),
			others: acme("eve@acme.example: {renamed_from: ada@acme.example}"), code: apply.ExitStale, want: map[plan.Address]string{ada: "stale", bob: "done"},
		},
		{
			name: "a profile that is renamed", before: profile, planned: state("trusted_token_profiles: {new: {renamed_from: tokens, audience: z}}\n"),
			want: map[plan.Address]string{"trusted_token_profile/new": "done"},
		},
		{
			name: "somebody who only wrote their address in capitals", before: acme("ada@acme.example: {name: Ada}"), planned: acme("ADA@acme.example: {name: A}"),
			want: map[plan.Address]string{"organization/acme/member/ADA@acme.example": "done"},
		},
	} {
		t.Run(m.name, m.run)
	}
}

func TestAnOrganizationIsNotDeletedWithPeopleWhoCameMeanwhile(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, acme("ada@acme.example: {}\nbob@acme.example: {}"))
	gone := w.Plan(t, state("organizations: {acme: {absent: true}}\n"), "delete_percent=100")
	w.Converge(t, acme("cyd@acme.example: {}"))
	w.carryOut(t, gone).all(t, "stale", 4)
	w.Converge(t, acme("ada@acme.example: {absent: true}\nbob@acme.example: {absent: true}"), "delete_percent=100")
	w.carryOut(t, gone).all(t, "done", 0) // fewer may go
}
