package kindtest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A story is two desired states. Between them every kind does everything that
// it can do, through every endpoint that it has: TestTheStoryReachesEveryWrite.
type story struct {
	before, after *kind.Desired
	aside         bool                         // it is about one kind alone, and begins with what it declares
	then          func(t testing.TB, w *World) // what happens by hand between them; nil is nothing
}

// asides are stories of what an environment can have only one of, so that one
// story cannot tell all of it.
func asides(t *testing.T) []story {
	t.Helper()
	streaming := func(streams Object) *kind.Desired {
		return decoded(t, storyDocument(Object{"policy": Object{"limits": Object{"delete_percent": 100}}, "event_log_streaming": streams}))
	}
	return []story{
		scimStory(t),
		{before: streaming(Object{}), after: streaming(Object{"GRAFANA_LOKI": toLoki()}), aside: true},
		{before: streaming(Object{"DATADOG": toDatadog("US", "DATADOG", true)}), after: streaming(Object{"DATADOG": Object{"absent": true}}), aside: true},
		{
			before: streaming(Object{"DATADOG": toDatadog("US", "DATADOG", false)}),
			after:  streaming(Object{"DATADOG": toDatadog("EU", "DATADOG_OTHER", true)}), aside: true,
		},
	}
}

func newStory(t *testing.T) story {
	t.Helper()
	keys := make([]string, 3)
	for i := range keys {
		keys[i] = publicKey(t)
	}
	certificates := []string{certificate(t), certificate(t), certificate(t)}
	before, after := storyBefore(keys), storyAfter(keys)
	before["organizations"].(Object)["linked"], after["organizations"].(Object)["linked"] = linkedBefore(certificates), linkedAfter(certificates)
	after["organizations"].(Object)["fresh"] = fresh()
	return story{before: decoded(t, storyDocument(before)), after: decoded(t, storyDocument(after))}
}

func storyDocument(body Object) Documents {
	body["version"], body["project"] = 1, Object{"project_slug": "acme-auth", "environment_slug": "test"}
	return Documents{"state.yaml": asJSON(body)}
}

func jwkProfile(more Object) Object {
	profile := Object{
		"audience": "project-live-1", "issuer": "old.example", "public_key_type": "JWK", "jwks_url": "https://api.acme.example/jwks",
		"attribute_mapping": Object{"email": "email", "token_id": "sub"},
	}
	maps.Copy(profile, more)
	return profile
}

func pemProfile(keys ...string) Object {
	return Object{
		"audience": "project-live-1", "issuer": "old.example", "public_key_type": "PEM", "pem_files": keys,
		"attribute_mapping": Object{"email": "email", "token_id": "sub"},
	}
}

func app(clientType string, more Object) Object {
	app := Object{"client_type": clientType}
	maps.Copy(app, more)
	return app
}

func validFor(flow string, isDefault bool) Object {
	return Object{"valid_types": []Object{{"type": flow, "is_default": isDefault}}}
}

func storyBefore(keys []string) Object {
	return Object{
		"environment": Object{"name": "Staging", "user_lock_threshold": 5},
		"redirect_urls": Object{
			"https://a.example/": validFor("LOGIN", true), "https://b.example/": validFor("LOGIN", false), "https://old.example/": validFor("INVITE", false),
		},
		"rbac_policy": Object{
			"custom_resources": Object{"documents": Object{"available_actions": []string{"read", "write"}}},
			"custom_roles":     Object{"editor": Object{"permissions": Object{"documents": []string{"read"}}}, "viewer": Object{}},
		},
		"jwt_templates": Object{"SESSION": Object{"template_content": `{"plan": "gold"}`, "custom_audience": "billing"}},
		"trusted_token_profiles": Object{
			"first": jwkProfile(nil), "pem": pemProfile(keys[0], keys[1]), "old": jwkProfile(nil),
		},
		"password_strength_config": Object{"validation_policy": "LUDS", "luds_min_password_length": 10},
		"country_code_allowlists":  Object{"sms": Object{"country_codes": []string{"US", "DE"}}},
		"b2b_sdk_config":           Object{"basic": Object{"enabled": true}, "dfppa": Object{"enabled": "PASSIVE"}},
		"email_templates": Object{
			"plain": Object{"name": "Plain", "prebuilt_customization": Object{"text_alignment": "LEFT"}},
			"login": htmlEmail("LOGIN", "{{magic_link_url}}"), "invite": htmlEmail("INVITE", "{{magic_link_url}}"),
		},
		"default_email_templates": Object{
			"PREBUILT": Object{"template_id": "plain"}, "LOGIN": Object{"template_id": "login"}, "INVITE": Object{"template_id": "invite"},
		},
		"event_log_streaming": Object{"DATADOG": toDatadog("US", "DATADOG", true)},
		"public_tokens":       Object{oldToken: Object{}},
		"secrets":             Object{oldSecret: Object{}},
		"m2m_clients": Object{
			"billing": Object{"scopes": []string{"read"}, "initial": Object{"client_secret": `${env("GIVEN")}`}}, "old": Object{"scopes": []string{}},
			"turned": Object{"scopes": []string{"read"}}, "turning": Object{"scopes": []string{"read"}}, "unturned": Object{"scopes": []string{"read"}},
		},
		"connected_apps": Object{
			"Portal": app("first_party", nil), "Old": app("third_party_public", nil), "Former": app("third_party_public", nil),
			"Turned": app("first_party", nil), "Turning": app("third_party", nil), "Unturned": app("first_party", nil),
		},
		"fraud_rules": Object{
			"203.0.113.0/24": Object{"rule_type": "CIDR_BLOCK", "action": "BLOCK", "description": "abuse"},
			"64500":          Object{"rule_type": "ASN", "action": "BLOCK"},
		},
		"organizations": Object{
			"acme": Object{
				"organization_name": "Acme", "organization_external_id": "crm-1",
				"members": Object{
					"ada@acme.example": Object{"name": "Ada", "roles": []string{"stytch_admin"}},
					"bob@acme.example": Object{
						"roles": []string{"viewer"}, "external_id": "user-1", "mfa_phone_number": "+14155550123", "default_mfa_method": "sms_otp",
						"trusted_metadata": Object{"plan": "gold", "seats": 3},
					},
					"cid@old.example":  Object{"name": "Cid"},
					"dan@acme.example": Object{},
					"eve@acme.example": Object{"name": "Eve", "external_id": "user-5", "mfa_phone_number": "+14155550125"},
					"gil@acme.example": Object{"mfa_phone_number": "+14155550127"},
				},
			},
			"former": Object{"organization_name": "Former", "members": Object{"ida@former.example": Object{}}},
			"gone":   Object{"organization_name": "Gone", "members": Object{"jon@gone.example": Object{}}},
		},
	}
}

func storyAfter(keys []string) Object {
	return Object{
		"environment": Object{"name": "Stage", "user_lock_threshold": 10},
		"redirect_urls": Object{
			"https://a.example/": validFor("LOGIN", false), "https://b.example/": validFor("LOGIN", true), "https://old.example/": Object{"absent": true},
			"https://new.example/": validFor("INVITE", false),
		},
		"rbac_policy": Object{
			"custom_resources": Object{"documents": Object{"available_actions": []string{"read", "write"}}},
			"custom_roles":     Object{"editor": Object{"permissions": Object{"documents": []string{"write"}}}, "author": Object{}},
		},
		"jwt_templates": Object{"SESSION": Object{"template_content": `{"plan": "lead"}`, "custom_audience": ""}},
		"trusted_token_profiles": Object{
			"second": jwkProfile(Object{"renamed_from": "first", "issuer": "new.example"}), "pem": pemProfile(keys[1], keys[2]),
			"old": Object{"absent": true}, "new": jwkProfile(nil), "new pem": pemProfile(keys[0]),
		},
		"password_strength_config": Object{"validation_policy": "ZXCVBN", "check_breach_on_creation": false},
		"country_code_allowlists":  Object{"sms": Object{"country_codes": []string{"US", "AT"}}},
		"b2b_sdk_config":           Object{"basic": Object{"enabled": false, "bundle_ids": []string{"com.acme"}}, "dfppa": Object{"enabled": "PASSIVE"}},
		"email_templates": Object{
			"plain": Object{"name": "", "prebuilt_customization": Object{"text_alignment": "CENTER"}},
			"login": Object{"absent": true}, "link": htmlEmail("LOGIN", "{{magic_link_url}}"), "codes": htmlEmail("ONE_TIME_PASSCODE", "{{otp_code}}"),
		},
		"default_email_templates": Object{
			"LOGIN": Object{"template_id": "link"}, "INVITE": Object{"absent": true}, "ONE_TIME_PASSCODE": Object{"template_id": "codes"},
		},
		"event_log_streaming": Object{"DATADOG": toDatadog("US3", "DATADOG_OTHER", false)},
		"public_tokens":       Object{oldToken: Object{"absent": true}},
		"secrets":             Object{oldSecret: Object{"absent": true}},
		"m2m_clients": Object{
			"billing": Object{"scopes": []string{"write"}, "client_name": "Billing", "status": "inactive"}, "old": Object{"absent": true},
			"turned": Object{"secret_rotation": "completed"}, "turning": Object{"secret_rotation": "started"}, "unturned": Object{"secret_rotation": "none"},
			"new": Object{"scopes": []string{"read"}, "status": "inactive"},
		},
		"connected_apps": Object{
			"Portal": app("first_party", Object{"redirect_urls": []string{"https://portal.example/in"}, "full_access_allowed": true}),
			"Old":    Object{"absent": true}, "Latter": app("third_party_public", Object{"renamed_from": "Former"}),
			"Turned": Object{"secret_rotation": "completed"}, "Turning": Object{"secret_rotation": "started"}, "Unturned": Object{"secret_rotation": "none"},
			"New": app("third_party", nil),
		},
		"fraud_rules": Object{
			"203.0.113.0/24": Object{"rule_type": "CIDR_BLOCK", "action": "CHALLENGE"}, "64500": Object{"absent": true},
			"DE": Object{"rule_type": "COUNTRY_CODE", "action": "CHALLENGE"},
		},
		"organizations": Object{
			"acme": Object{
				"organization_name": "Acme, Inc.", "organization_external_id": "",
				"members": Object{
					"ada@acme.example": Object{"name": "Ada Lovelace", "roles": []string{"stytch_admin"}},
					"bob@acme.example": Object{
						"roles": []string{"author"}, "external_id": "", "mfa_phone_number": "+14155550124", "default_mfa_method": "sms_otp",
						"trusted_metadata": Object{"plan": "lead", "seats": nil},
					},
					"cid@new.example":  Object{"name": "Cid", "renamed_from": "cid@old.example"},
					"dan@acme.example": Object{"absent": true},
					"eve@acme.example": Object{"name": "Eva", "external_id": "", "mfa_phone_number": "+14155550126"},
					"fay@acme.example": Object{"roles": []string{"editor"}, "mfa_phone_number": "+14155550129", "default_mfa_method": "sms_otp"},
					"gil@acme.example": Object{"mfa_phone_number": ""},
				},
			},
			"latter": Object{"organization_name": "Latter", "renamed_from": "former", "members": Object{"ida@former.example": Object{"name": "Ida"}}},
			"gone":   Object{"absent": true},
			"newest": Object{"organization_name": "Newest", "members": Object{"kim@newest.example": Object{"roles": []string{"author"}}}},
		},
	}
}

// changeable reports whether there is anything in a kind that could change.
func changeable(k kind.Kind) bool {
	return slices.ContainsFunc(k.Attributes(), func(a kind.Attribute) bool { return !a.Key })
}

// begin takes a world to where the story begins: one of the members has logged
// in once and was deleted, so that they can come back, and some secrets are being
// rotated.
func (s story) begin(t testing.TB, w *World) {
	t.Helper()
	w.addSisters(t)
	w.addKeys(t)
	if r := w.pipeline(t, s.before, false); r.report == nil || r.report.Summary.Done != len(r.report.Operations) {
		t.Fatalf("the story does not begin: %s", r.told())
	}
	if s.then != nil {
		s.then(t, w)
	}
	if s.aside {
		return
	}
	sight := w.seesNow(t)
	for _, client := range []string{"m2m/clients/turned", "m2m/clients/unturned"} {
		w.tell(t, http.MethodPost, "/v1/"+client+"/secrets/rotate/start", Object{})
	}
	for _, name := range []plan.Address{"connected_app/Turned", "connected_app/Unturned"} {
		w.tell(t, http.MethodPost, "/v1/connected_apps/clients/"+sight.ids[name][0]+"/secrets/rotate/start", Object{})
	}
	organization, eve := sight.ids["organization/acme"][0], sight.ids["organization/acme/member/eve@acme.example"][0]
	if err := w.Sandbox.MarkVerified(w.Target.ProjectID, eve); err != nil {
		t.Fatal(err)
	}
	w.tell(t, http.MethodDelete, "/v1/b2b/organizations/"+organization+"/members/"+eve, nil)
}

// A kind, an action or an endpoint that the story leaves out would be one that
// no fault of the matrix ever meets.
func TestTheStoryReachesEveryWrite(t *testing.T) {
	reached, acted := map[string]bool{}, map[string]bool{}
	for _, s := range append(asides(t), newStory(t)) {
		synctest.Test(t, func(t *testing.T) {
			server, granted := bare(t)
			w := piped(t, server, granted)
			s.begin(t, w)
			w.Sandbox.ResetRequests()
			r := w.pipeline(t, s.after, false)
			for _, c := range r.plan.Changes {
				acted[c.Kind+" "+string(c.Action)] = true
			}
			for _, endpoint := range writes(w.Sandbox.Requests()) {
				reached[endpoint] = true
			}
		})
	}
	for _, k := range catalog.All().Kinds() {
		traits := k.Traits()
		for action, can := range map[plan.Action]bool{plan.Create: traits.Creatable, plan.Update: changeable(k), plan.Delete: traits.Deletable} {
			if can && !acted[k.Name()+" "+string(action)] {
				t.Errorf("the story has no %s of a %s", action, k.Name())
			}
		}
	}
	if !acted["member restore"] {
		t.Error("the story brings nobody back")
	}
	for _, endpoint := range conformanceWrites(t) {
		if !reached[endpoint] {
			t.Errorf("the conformance suite writes through %s, and the story does not", endpoint)
		}
	}
}

// conformanceWrites are the endpoints that some example of the conformance suite
// writes through: every attribute is set, changed and cleared, and the object is
// removed.
func conformanceWrites(t *testing.T) []string {
	t.Helper()
	var found []string
	examples := examples(t)
	for _, k := range catalog.All().Kinds() {
		e := examples[k.Name()]
		for _, a := range k.Attributes() {
			r := e.rows[a.Name]
			if a.Key || r.skip != "" {
				continue
			}
			w := New(t, Options{})
			s := suite{kind: k, attribute: a, example: e, row: r}
			s.prepared(t, w)
			for _, value := range append(slices.Clone(r.values), r.clear) {
				if value != nil {
					w.Apply(t, s.document(value))
				}
			}
			if k.Traits().Deletable {
				w.Apply(t, s.absent(), "deletes=10", "delete_percent=100", "lock_outs=10")
			}
			found = append(found, writes(w.Sandbox.Requests())...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// The same story told twice ends alike, request by request: otherwise "the n-th
// request" would mean nothing.
func TestTheStoryIsToldAlikeEveryTime(t *testing.T) {
	s := newStory(t)
	var logs [2][]string
	var sights [2]sight
	for i := range 2 {
		synctest.Test(t, func(t *testing.T) {
			server, granted := bare(t)
			w := piped(t, server, granted)
			s.begin(t, w)
			w.Sandbox.ResetRequests()
			if r := w.pipeline(t, s.after, true); r.report == nil || r.report.Summary.Done != len(r.report.Operations) {
				t.Fatal(r.told())
			}
			logs[i] = endpoints(w.Sandbox.Requests())
			sights[i] = w.sees(t)
		})
	}
	if diff := cmp.Diff(logs[0], logs[1]); diff != "" {
		t.Errorf("the requests (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(sights[0].objects, sights[1].objects); diff != "" {
		t.Errorf("the end (-first +second):\n%s", diff)
	}
	t.Logf("%d requests:\n%s", len(logs[0]), strings.Join(logs[0], "\n"))
}

// endpoints are requests as "METHOD /route".
func endpoints(requests []sandbox.Request) []string {
	list := make([]string, len(requests))
	for i, r := range requests {
		list[i] = r.Method + " " + r.Endpoint
	}
	return list
}
