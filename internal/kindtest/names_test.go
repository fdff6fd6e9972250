package kindtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestARenamedOrganizationIsUpdatedAndKeepsItsPeople(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, acme("ada@acme.example: {}"))
	before, ada := w.Organization(t, "acme"), w.Member(t, "acme", "ada@acme.example")
	renamed := state("organizations:\n  acme-corp:\n    renamed_from: acme\n    organization_name: Acme\n    members: {ada@acme.example: {}, bob@acme.example: {}}\n")
	only(t, w.Converge(t, renamed), "update organization/acme-corp", "create organization/acme-corp/member/bob@acme.example")
	if w.Organization(t, "acme") != nil || id(w.Organization(t, "acme-corp")) != id(before) {
		t.Errorf("was %v, is %v", before, w.Organization(t, "acme-corp"))
	}
	if id(w.Member(t, "acme-corp", "ada@acme.example")) != id(ada) {
		t.Error("the member is another one")
	}
	only(t, w.Plan(t, state("organizations: {acme-corp: {organization_name: Acme, members: {ada@acme.example: {}, bob@acme.example: {}}}}\n")))
}

func TestAChangedAddressIsAnUpdateThatNamesItsConsequences(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, acme("ada@old.example: {roles: [stytch_admin]}"))
	before := w.Member(t, "acme", "ada@old.example")
	renamed := acme("ada@new.example: {renamed_from: ada@old.example, roles: [stytch_admin]}")
	p := w.Converge(t, renamed)
	only(t, p, "update organization/acme/member/ada@new.example")
	for _, word := range []string{"password-cleared", "not verified", "retired"} {
		if !strings.Contains(consequences(p), word) {
			t.Errorf("the plan does not say %q:\n%s", word, consequences(p))
		}
	}
	after := w.Member(t, "acme", "ada@new.example")
	if id(after) != id(before) {
		t.Errorf("member_id was %s and is %s", id(before), id(after))
	}
	if got := after["retired_email_addresses"].([]any)[0].(Object)["email_address"]; got != "ada@old.example" {
		t.Errorf("the retired address is %v", got)
	}
	t.Run("and the retired address is nobody else's", func(t *testing.T) {
		_, diagnostics, err := w.TryPlan(t, acme("ada@old.example: {}\nbob@acme.example: {}"))
		if err != nil || len(diagnostics) != 1 || !strings.Contains(diagnostics[0].Hint, "renamed_from: ada@new.example") {
			t.Errorf("%v %s", err, words(diagnostics))
		}
	})
	t.Run("while another spelling of it is the same address", func(t *testing.T) {
		only(t, w.Plan(t, acme("Ada@NEW.example: {}")))
	})
}

func TestRenamingTheWrongThingIsRefused(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, acme("ada@acme.example: {external_id: user-1}\nbob@acme.example: {}"))
	for _, test := range []struct{ name, members, want string }{
		{"both are live", "ada@acme.example: {renamed_from: bob@acme.example}", `both "ada@acme.example" and its former name "bob@acme.example" are live`},
		{"the old one is declared too", "ada@acme.example: {}\neve@acme.example: {renamed_from: ada@acme.example}", `"eve@acme.example" was renamed from "ada@acme.example", which is declared too`},
		{"two come from one", "d@acme.example: {renamed_from: ada@acme.example}\ne@acme.example: {renamed_from: ADA@acme.example}", `both "d@acme.example" and "e@acme.example" are renamed from "ADA@acme.example"`},
		{"an external_id is another's", "bob@acme.example: {external_id: user-1}", `external_id user-1 already belongs to "ada@acme.example"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, diagnostics, err := w.TryPlan(t, acme(test.members))
			if err != nil || len(diagnostics) != 1 || diagnostics[0].Summary != test.want || diagnostics[0].Range.Start.Line == 0 {
				t.Errorf("%v %s, want %s", err, words(diagnostics), test.want)
			}
		})
	}
}

const profileAttributes = `audience: a, issuer: b.example, jwks_url: "https://b.example/jwks", public_key_type: JWK`

func TestAmbiguousProfileNamesAreListedAndAnIDPinsOne(t *testing.T) {
	w := New(t, Options{})
	var ids []string
	for range 2 {
		made := w.Ask(t, http.MethodPost, "~/trusted_token_profiles", Object{
			"name": "partner", "audience": "a", "issuer": "b.example", "jwks_url": "https://b.example/jwks", "public_key_type": "JWK",
			"can_jit_provision": false, "pem_files": []any{},
		})
		ids = append(ids, made["profile"].(Object)["profile_id"].(string))
	}
	_, diagnostics, err := w.TryPlan(t, state("trusted_token_profiles: {partner: {"+profileAttributes+"}}\n"))
	if err != nil || len(diagnostics) != 1 || !strings.Contains(diagnostics[0].Summary, ids[0]) || !strings.Contains(diagnostics[0].Summary, ids[1]) {
		t.Fatalf("%v %s, want both of %v", err, words(diagnostics), ids)
	}
	pinned := strings.Replace(profileAttributes, "audience: a", "audience: changed, profile_id: "+ids[1], 1)
	only(t, w.Converge(t, state("trusted_token_profiles: {partner: {"+pinned+"}}\n")), "update trusted_token_profile/partner")
	audiences := map[string]any{}
	for _, item := range w.Ask(t, http.MethodGet, "~/trusted_token_profiles", nil)["profiles"].([]any) {
		audiences[item.(Object)["profile_id"].(string)] = item.(Object)["audience"]
	}
	if diff := cmp.Diff(map[string]any{ids[0]: "a", ids[1]: "changed"}, audiences); diff != "" {
		t.Error(diff)
	}
	t.Run("and a pinned profile can be renamed", func(t *testing.T) {
		only(t, w.Converge(t, state("trusted_token_profiles: {unique: {"+pinned+"}}\n")), "update trusted_token_profile/unique")
	})
}

func TestAPublicKeyTypeCannotChange(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, state("trusted_token_profiles: {partner: {"+profileAttributes+"}}\n"))
	documents := state("trusted_token_profiles:\n  partner:\n    public_key_type: PEM\n    pem_files:\n      - |\n" + indented(publicKey(t), 8))
	_, diagnostics, err := w.TryPlan(t, documents)
	if err != nil || len(diagnostics) == 0 {
		t.Fatalf("a changed public_key_type is planned: %v", err)
	}
	for _, d := range diagnostics {
		if strings.HasPrefix(d.Summary, "public_key_type cannot change: it is JWK") && strings.Contains(d.Hint, "declare a new trusted_token_profile") && d.Range.Start.Line == 5 {
			return
		}
	}
	t.Errorf("nothing says that public_key_type cannot change:\n%s", words(diagnostics))
}

func TestADefaultMovesWithoutAMomentWithoutOne(t *testing.T) {
	var w *World
	var counts []int
	watch := func(next http.RoundTripper) http.RoundTripper {
		return Between{Next: next, Do: func(r *http.Request, body []byte, next func([]byte) (*http.Response, error)) (*http.Response, error) {
			answer, err := next(body)
			if r.Method != http.MethodGet && strings.HasSuffix(r.URL.Path, "/redirect_urls") {
				defaults := 0
				for _, item := range w.Ask(t, http.MethodGet, "~/redirect_urls/all", nil)["redirect_urls"].([]any) {
					for _, valid := range item.(Object)["valid_types"].([]any) {
						if valid.(Object)["type"] == "LOGIN" && valid.(Object)["is_default"] == true {
							defaults++
						}
					}
				}
				counts = append(counts, defaults)
			}
			return answer, err
		}}
	}
	w = New(t, Options{Transport: watch, Parallelism: 1}) // so that nothing but what the plan orders decides
	document := func(first, second string) Documents {
		return state("redirect_urls:\n  https://a.example/: {valid_types: [{type: LOGIN, is_default: " + first + "}]}\n" +
			"  https://b.example/: {valid_types: [{type: LOGIN, is_default: " + second + "}]}\n")
	}
	w.Converge(t, document("true", "false"))
	counts = nil
	p := w.Converge(t, document("false", "true"))
	if !strings.Contains(consequences(p), "https://a.example/ is no longer the default for LOGIN") {
		t.Errorf("the plan does not say that the default moves:\n%s", consequences(p))
	}
	if len(counts) == 0 {
		t.Fatal("nothing was written")
	}
	for i, n := range counts {
		if n != 1 {
			t.Errorf("after write %d LOGIN has %d defaults, want 1", i+1, n)
		}
	}
}
