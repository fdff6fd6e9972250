package kindtest

import (
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// A world in which an organization, a member and a profile exist, to be changed.
const before = `
version: 1
project: {project_slug: acme-auth, environment_slug: test}
trusted_token_profiles:
  old: {issuer: a.example, audience: a, public_key_type: JWK, jwks_url: https://a.example/jwks, attribute_mapping: {email: email, token_id: jti}}
organizations:
  acme: {organization_name: Acme, email_invites: ALL_ALLOWED, members: {ada@acme.example: {}, bob@acme.example: {}, eve@acme.example: {}}}
`

const after = `
version: 1
project: {project_slug: acme-auth, environment_slug: test}
trusted_token_profiles:
  old: {issuer: b.example, audience: a, public_key_type: JWK, jwks_url: https://a.example/jwks, attribute_mapping: {email: email, token_id: jti}}
  new: {issuer: c.example, audience: c, public_key_type: JWK, jwks_url: https://c.example/jwks, attribute_mapping: {email: email, token_id: jti}}
redirect_urls:
  https://app.acme.example/: {valid_types: [{type: LOGIN}]}
organizations:
  acme: {organization_name: Acme, email_invites: NOT_ALLOWED, members: {ada@acme.example: {name: Ada}, bob@acme.example: {absent: true}, eve@acme.example: {}, new@acme.example: {}}}
  globex: {organization_name: Globex, members: {hank@globex.example: {}}}
`

func TestAWriteWhoseAnswerWasLostIsSettledByReading(t *testing.T) {
	for _, lost := range []string{"cut-after-commit", "cut-before-commit"} {
		t.Run(lost, func(t *testing.T) {
			w := New(t, Options{Parallelism: 1})
			w.Converge(t, Documents{"a.yaml": before})
			fault, err := sandbox.ParseFault(lost + ` endpoint="WRITE /**" times=1`)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Sandbox.SetFaults(sandbox.Faults{Rules: []sandbox.Fault{fault}}); err != nil {
				t.Fatal(err)
			}
			p := w.Plan(t, Documents{"a.yaml": after}, "delete_percent=100")
			report, err := w.Run(t, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range report.Operations {
				uncertain := lost == "cut-before-commit" && o.Address == "trusted_token_profile/new"
				if done := o.Result == "done"; done == uncertain {
					t.Errorf("%s %s: %s %v", o.Action, o.Address, o.Result, o.Error)
				}
			}
			if err := w.Sandbox.SetFaults(sandbox.Faults{}); err != nil {
				t.Fatal(err)
			}
			if left := w.Plan(t, Documents{"a.yaml": after}).Summary.Changes(); lost == "cut-after-commit" && left != 0 {
				t.Errorf("%d changes are left", left)
			}
		})
	}
}
