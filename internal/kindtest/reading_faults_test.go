package kindtest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A reading is what the tests of reading must know of one kind: objects that are
// live, and a document of which every action of the kind follows: something is
// created, updated, deleted, renamed and brought back, where the kind has that.
type reading struct {
	live, wanted string   // the value under the kind's plural, in YAML
	actions      []string // what a plan from live to wanted does, without the address in front of the key
	moved        string   // the address of what a rename gives a new key
}

const profile = "issuer: a, audience: a, public_key_type: JWK, jwks_url: https://a.example/jwks, attribute_mapping: {email: email, token_id: jti}"

// readings has one literal a kind. A new kind needs one here, or the suite fails;
// which requests read it, and what can go wrong there, is found out.
var readings = map[string]reading{
	"environment":  {live: "{user_lock_ttl: 60}", wanted: "{user_lock_ttl: 120}", actions: []string{"update environment"}},
	"rbac_policy":  {live: "{custom_roles: {a: {}}}", wanted: "{custom_roles: {a: {}, b: {}}}", actions: []string{"update rbac_policy"}},
	"jwt_template": {live: `{SESSION: {custom_audience: a}}`, wanted: `{SESSION: {custom_audience: b}}`, actions: []string{"update jwt_template/SESSION"}},
	"redirect_url": {
		live:   "{https://a.example/: {valid_types: [{type: LOGIN}]}, https://b.example/: {valid_types: [{type: LOGIN}]}}",
		wanted: "{https://a.example/: {valid_types: [{type: SIGNUP}]}, https://c.example/: {valid_types: [{type: LOGIN}]}}",
		actions: []string{
			"update redirect_url/https://a.example/", "delete redirect_url/https://b.example/", "create redirect_url/https://c.example/",
		},
	},
	"trusted_token_profile": {
		live:   "{a: {" + profile + "}, b: {" + profile + "}, c: {" + profile + "}, d: {" + profile + "}}",
		wanted: "{a: {audience: b}, c2: {renamed_from: c}, d: {}, e: {" + profile + "}}",
		actions: []string{
			"update trusted_token_profile/a", "delete trusted_token_profile/b", "update trusted_token_profile/c2", "create trusted_token_profile/e",
		},
		moved: "trusted_token_profile/c2",
	},
	"password_strength_config": {
		live: "{validation_policy: LUDS, luds_min_password_length: 9}", wanted: "{validation_policy: ZXCVBN}", actions: []string{"update password_strength_config"},
	},
	"country_code_allowlist": {
		live: "{sms: {country_codes: [DE]}}", wanted: "{sms: {country_codes: [AT]}}", actions: []string{"update country_code_allowlist/sms"},
	},
	"b2b_sdk_config": {live: "{sso: {enabled: true}}", wanted: "{sso: {enabled: false}}", actions: []string{"update b2b_sdk_config"}},
	"email_template": {
		live:    flow(Object{"a": htmlEmail("LOGIN", "{{magic_link_url}}"), "b": htmlEmail("LOGIN", "{{magic_link_url}}"), "i": htmlEmail("INVITE", "{{magic_link_url}}"), "x": plainEmail()}),
		wanted:  flow(Object{"a": Object{"name": "A"}, "s": htmlEmail("SIGNUP", "{{magic_link_url}}"), "x": Object{"absent": true}}),
		actions: []string{"update email_template/a", "create email_template/s", "delete email_template/x"},
	},
	"default_email_template": {
		live: "{LOGIN: {template_id: a}, INVITE: {template_id: i}}", wanted: "{LOGIN: {template_id: b}, INVITE: {absent: true}, RESET_PASSWORD: {template_id: r}}",
		actions: []string{"update default_email_template/LOGIN", "delete default_email_template/INVITE", "create default_email_template/RESET_PASSWORD"},
	},
	"m2m_client": {
		live: "{a: {scopes: [x]}, b: {scopes: [x]}, c: {scopes: [x]}}", wanted: "{a: {absent: true}, b: {}, c: {scopes: [y]}, d: {scopes: [x]}}",
		actions: []string{"delete m2m_client/a", "update m2m_client/c", "create m2m_client/d"},
	},
	"connected_app": {
		live:    "{a: {client_type: third_party_public}, b: {client_type: third_party_public}, c: {client_type: third_party_public}}",
		wanted:  "{a2: {renamed_from: a}, b: {absent: true}, c: {client_description: x}, e: {client_type: third_party_public}}",
		actions: []string{"update connected_app/a2", "delete connected_app/b", "update connected_app/c", "create connected_app/e"},
		moved:   "connected_app/a2",
	},
	"fraud_rule": {
		live:    "{AT: {rule_type: COUNTRY_CODE, action: BLOCK}, DE: {rule_type: COUNTRY_CODE, action: BLOCK}, FR: {rule_type: COUNTRY_CODE, action: BLOCK}}",
		wanted:  "{AT: {action: CHALLENGE}, DE: {absent: true}, FR: {}, US: {rule_type: COUNTRY_CODE, action: BLOCK}}",
		actions: []string{"update fraud_rule/AT", "delete fraud_rule/DE", "create fraud_rule/US"},
	},
	"event_log_streaming": {
		live:    flow(Object{"DATADOG": toDatadog("US", "DATADOG", true)}),
		wanted:  flow(Object{"DATADOG": toDatadog("EU", "DATADOG", true)}),
		actions: []string{"update event_log_streaming/DATADOG"},
	},
	"public_token": {live: "{}", wanted: "{" + oldToken + ": {absent: true}}", actions: []string{"delete public_token/" + oldToken}},
	"secret":       {live: "{}", wanted: "{" + oldSecret + ": {absent: true}}", actions: []string{"delete secret/" + oldSecret}},
	"organization": {
		live:    "{alpha: {organization_name: A}, beta: {organization_name: B}, zeta: {organization_name: Z MEMBERS}}",
		wanted:  "{alpha: {absent: true}, beta2: {renamed_from: beta}, gamma: {organization_name: G}, zeta: {organization_name: Zeta MEMBERS}}",
		actions: []string{"delete organization/alpha", "update organization/beta2", "create organization/gamma", "update organization/zeta"},
		moved:   "organization/beta2",
	},
	"member": {
		live:   "{ann@z.example: {}, bob@z.example: {}, zoe@z.example: {}}",
		wanted: "{bert@z.example: {renamed_from: bob@z.example}, former@z.example: {}, new@z.example: {}, zoe@z.example: {name: Zoe}}",
		actions: []string{
			"delete organization/zeta/member/ann@z.example", "update organization/zeta/member/bert@z.example", "restore organization/zeta/member/former@z.example",
			"create organization/zeta/member/new@z.example", "update organization/zeta/member/zoe@z.example",
		},
		moved: "organization/zeta/member/bert@z.example",
	},
	"oidc_connection":     named("oidc_connection"),
	"saml_connection":     named("saml_connection"),
	"external_connection": {live: "{}", wanted: "{}"}, // it leans on organizations of its own
	"scim_connection": {
		live: "{display_name: SCIM, identity_provider: okta}", wanted: "{display_name: Okta}",
		actions: []string{"update organization/zeta/scim_connection"},
	},
}

// named is the reading of connections that have no more than a name and a
// provider. None goes: whom that would concern is asked of the members' search.
func named(kind string) reading {
	at := "organization/zeta/" + kind + "/"
	return reading{
		live:    "{Keep: {}, Was: {}}",
		wanted:  "{Keep: {identity_provider: okta}, New: {}, Now: {renamed_from: Was}}",
		actions: []string{"update " + at + "Keep", "create " + at + "New", "update " + at + "Now"},
		moved:   at + "Now",
	}
}

// readingDocument is the document of some kinds; none stands for all.
func readingDocument(pick func(reading) string, kinds ...string) Documents {
	var b, members strings.Builder
	policy := Object{"restorations": 9, "delete_percent": 100, "access_removals": 99}
	fmt.Fprintf(&b, "policy: {min_admins: 0, limits: %s, undeclared: {redirect_urls: delete, trusted_token_profiles: delete, members: delete}}\n", strings.TrimSpace(asJSON(policy)))
	for _, k := range catalog.All().Kinds() {
		if len(kinds) > 0 && !slices.Contains(kinds, k.Name()) {
			continue
		}
		word, text := k.Word(), pick(readings[k.Name()])
		if word.Parent != "" {
			fmt.Fprintf(&members, ", %s: %s", word.Plural, text)
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", word.Plural, text)
	}
	return state(strings.ReplaceAll(b.String(), " MEMBERS", members.String()))
}

func ofLive(r reading) string   { return r.live }
func ofWanted(r reading) string { return r.wanted }

// A request is one that a plan sent, as the tests of faults name it.
type request struct {
	endpoint string // "POST /v1/b2b/organizations/search"
	nth      int    // among those to the endpoint
	page     int    // 0: not a page of a search
	path     string
}

// A lookout makes pages of two and keeps which page every search asked for.
type lookout struct {
	mu    sync.Mutex
	pages map[string][]int // by path: kinds are read side by side
}

func (l *lookout) transport(next http.RoundTripper) http.RoundTripper {
	return Between{Next: next, Do: func(r *http.Request, body []byte, next func([]byte) (*http.Response, error)) (*http.Response, error) {
		if path := r.URL.Path; isSearch(path) {
			body = bytes.Replace(body, []byte(`"limit":1000`), []byte(`"limit":2`), 1)
			body = bytes.Replace(body, []byte(`"limit":100}`), []byte(`"limit":2}`), 1) // of fraud rules
			l.mu.Lock()
			page := 1
			if bytes.Contains(body, []byte(`"cursor":`)) {
				page = l.pages[path][len(l.pages[path])-1] + 1
			}
			if l.pages == nil {
				l.pages = map[string][]int{}
			}
			l.pages[path] = append(l.pages[path], page)
			l.mu.Unlock()
		}
		return next(body)
	}}
}

func isSearch(path string) bool {
	return strings.HasSuffix(path, "/search") || strings.HasSuffix(path, "/rules/list")
}

// requests plans and gives the reads that the plan made, in order.
func (l *lookout) requests(t *testing.T, w *World, documents Documents) []request {
	t.Helper()
	w.Sandbox.ResetRequests()
	l.pages = nil
	w.Plan(t, documents)
	counts := map[string]int{}
	var list []request
	for _, r := range w.Sandbox.Requests() {
		q := request{endpoint: r.Method + " " + r.Endpoint, path: r.Path}
		counts[q.endpoint]++
		q.nth = counts[q.endpoint]
		if isSearch(r.Path) {
			q.page = l.pages[r.Path][q.nth-1]
		}
		list = append(list, q)
	}
	return list
}

// crossing is a world in which every reading's live objects are.
func crossing(t *testing.T) (*World, *lookout) {
	t.Helper()
	l := &lookout{}
	w := New(t, Options{Transport: l.transport, Parallelism: 1})
	w.addKeys(t)
	w.Converge(t, readingDocument(func(r reading) string {
		return strings.Replace(r.live, "{ann@", "{former@z.example: {}, ann@", 1)
	}))
	w.Converge(t, readingDocument(ofLive))
	return w, l
}

func (w *World) fault(t *testing.T, texts ...string) {
	t.Helper()
	var faults sandbox.Faults
	for _, text := range texts {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		faults.Rules = append(faults.Rules, fault)
	}
	if err := w.Sandbox.SetFaults(faults); err != nil {
		t.Fatal(err)
	}
}

// Whatever goes wrong with whichever request that lists a kind, the kind is
// unknown, the request is named, and nothing is made, removed, restored or
// renamed there; what was seen is updated, and other kinds are as ever.
func TestAListingThatFailsAnywhereMakesItsKindUnknownAndNothingElse(t *testing.T) {
	kinds := catalog.All().Kinds()
	for _, k := range kinds {
		if _, known := readings[k.Name()]; !known {
			t.Fatalf("%s has no reading", k.Name())
		}
	}
	w, l := crossing(t)
	wanted := readingDocument(ofWanted)
	whole := w.Plan(t, wanted)
	for _, k := range kinds {
		want := slices.Sorted(slices.Values(readings[k.Name()].actions))
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(actionsOf(whole, k.Name())))); diff != "" {
			t.Fatalf("without a fault, the actions of %s (-want +got):\n%s", k.Name(), diff)
		}
	}
	all := l.requests(t, w, wanted)
	turns := map[string]int{} // of an endpoint that several kinds read, one after another: whose turn it is
	for _, k := range kinds {
		var above []request
		names := []string{k.Name()}
		if parent := k.Word().Parent; parent != "" {
			above, names = l.requests(t, w, readingDocument(ofLive, parent)), append(names, parent)
		}
		own := map[string]bool{}
		for _, r := range l.requests(t, w, readingDocument(ofLive, names...)) {
			own[r.endpoint] = !slices.ContainsFunc(above, func(a request) bool { return a.endpoint == r.endpoint })
		}
		if sso := "GET /v1/b2b/sso/{organization_id}"; own[sso] {
			turns[sso]++
		}
		listed := slices.DeleteFunc(slices.Clone(all), func(r request) bool {
			return !own[r.endpoint] || turns[r.endpoint] > 0 && r.nth != turns[r.endpoint]
		})
		if len(listed) == 0 {
			t.Errorf("no request lists %s", k.Name())
		}
		for _, r := range listed {
			for _, fault := range []string{"error", "error status=502 body=html", "cut-answer", "truncated-answer", "empty-answer"} {
				t.Run(fmt.Sprintf("%s: %s, request %d of %s", k.Name(), fault, r.nth, r.endpoint), func(t *testing.T) {
					w.fault(t, fmt.Sprintf("%s endpoint=%q nth=%d", fault, r.endpoint, r.nth))
					unknownAlone(t, w.Plan(t, wanted), whole, k.Name(), r)
				})
			}
			if r.page < 2 {
				continue
			}
			for _, fault := range []string{"repeated-cursor", "cursor-loop"} {
				t.Run(fmt.Sprintf("%s: %s, %s", k.Name(), fault, r.endpoint), func(t *testing.T) {
					w.fault(t, fmt.Sprintf("%s endpoint=%q", fault, r.endpoint))
					unknownAlone(t, w.Plan(t, wanted), whole, k.Name(), r)
				})
			}
		}
	}
}

// unknownAlone compares a plan that met a fault in one request of a kind with
// the plan that met none.
func unknownAlone(t *testing.T, p, whole *plan.Plan, kind string, r request) {
	t.Helper()
	if p.Complete {
		t.Error("the plan says that it is complete")
	}
	method, _, _ := strings.Cut(r.endpoint, " ")
	named := method + " " + r.path
	if r.page > 0 {
		named = fmt.Sprintf("page %d of %ss: %s", r.page, kind, named)
	}
	unknown := map[string]bool{}
	for _, u := range p.Unknown {
		unknown[u.Kind] = true
		if !strings.Contains(u.Reason, named) {
			t.Errorf("the reason for %s %s is %q, and does not name %s", u.Kind, u.Scope, u.Reason, named)
		}
	}
	for _, k := range catalog.All().Kinds() {
		touched := k.Name() == kind || k.Word().Parent == kind && unknown[k.Name()]
		if touched != unknown[k.Name()] {
			t.Errorf("%s is unknown: %v, want %v", k.Name(), unknown[k.Name()], touched)
		}
		got, want := actionsOf(p, k.Name()), actionsOf(whole, k.Name())
		if !touched {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the actions of %s, which was read whole (-want +got):\n%s", k.Name(), diff)
			}
			continue
		}
		for _, action := range got {
			if moved := readings[k.Name()].moved; !strings.HasPrefix(action, "update ") || action == "update "+moved {
				t.Errorf("%s, although not all was seen", action)
			}
		}
		if k.Name() == kind && (r.page > 1 || r.nth > 1) && r.page > 0 && len(got) == 0 {
			t.Errorf("what was seen of %s before the fault is not updated", kind)
		}
	}
}

func actionsOf(p *plan.Plan, kind string) []string {
	var list []string
	for _, c := range p.Changes {
		if c.Kind == kind {
			list = append(list, fmt.Sprint(c.Action, " ", c.Address))
		}
	}
	return list
}
