package kindtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// connected is a document with one organization and its connections of one kind.
func connected(plural string, connections Object) Documents {
	return companyWith(Object{plural: connections})
}

// companyWith is a document with one organization.
func companyWith(attributes Object) Documents {
	organization := Object{"organization_name": "Acme"}
	maps.Copy(organization, attributes)
	return storyDocument(Object{"organizations": Object{"acme": organization}})
}

// whole is a SAML connection that is active.
func whole(certificates ...string) Object {
	return Object{
		"idp_entity_id": "https://idp.example/", "idp_sso_url": "https://idp.example/sso",
		"attribute_mapping": Object{"email": "mail", "full_name": "name"}, "verification_certificates": certificates,
	}
}

// oidc is an OIDC connection that is active.
func oidc(more Object) Object {
	o := Object{"client_id": "stytch", "client_secret": `${env("GIVEN")}`, "issuer": "https://idp.example"}
	maps.Copy(o, more)
	return o
}

func TestAConnectionBecomesActiveByItself(t *testing.T) {
	for _, test := range []struct{ list, plural, prefix string }{
		{"saml_connections", "saml_connections", "saml-connection-test-"}, {"oidc_connections", "oidc_connections", "oidc-connection-test-"},
	} {
		t.Run(test.plural, func(t *testing.T) {
			w := New(t, Options{})
			connection := whole(certificate(t))
			if test.plural == "oidc_connections" {
				connection = oidc(nil)
			}
			p := w.Converge(t, connected(test.plural, Object{"Okta": connection}))
			made := w.Connections(t, "acme", test.list)[0]
			if made["status"] != "active" || !strings.HasPrefix(made["connection_id"].(string), test.prefix) {
				t.Errorf("made %v", made)
			}
			if active := each(w.Organization(t, "acme")["sso_active_connections"]); len(active) != 1 || active[0]["connection_id"] != made["connection_id"] {
				t.Errorf("the organization shows %v", active)
			}
			if said := strings.Join(p.Changes[1].Consequences, "\n"); !strings.Contains(said, "it becomes active by itself once") {
				t.Errorf("nothing says so: %s", said)
			}
		})
	}
}

func TestAmbiguousConnectionNamesAreListedAndAnIDPinsOne(t *testing.T) {
	for _, list := range []string{"saml", "oidc", "external"} {
		t.Run(list, func(t *testing.T) {
			w := New(t, Options{})
			w.Converge(t, companyWith(nil))
			ids := w.twins(t, list)
			plural := list + "_connections"
			_, diagnostics, err := w.TryPlan(t, connected(plural, Object{"Okta": Object{}}))
			if said := words(diagnostics); err != nil || !strings.Contains(said, ids[0]) || !strings.Contains(said, ids[1]) {
				t.Errorf("%v %s", err, said)
			}
			w.Converge(t, connected(plural, Object{"Okta 2": Object{"connection_id": ids[1]}}))
			names := map[string]any{}
			for _, c := range w.Connections(t, "acme", plural) {
				names[c["connection_id"].(string)] = c["display_name"]
			}
			if diff := cmp.Diff(map[string]any{ids[0]: "Okta", ids[1]: "Okta 2"}, names); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// twins makes two connections of one name and gives their ids, in order.
func (w *World) twins(t *testing.T, kind string) []string {
	t.Helper()
	var ids []string
	for range 2 {
		body := Object{"display_name": "Okta"}
		if kind == "external" {
			sister := w.Ask(t, http.MethodPost, "/v1/b2b/organizations", Object{"organization_name": "Sister"})["organization"].(Object)["organization_id"].(string)
			target, err := w.Sandbox.AddSSOConnection(w.Target.ProjectID, sister, "Okta")
			if err != nil {
				t.Fatal(err)
			}
			body["external_organization_id"], body["external_connection_id"] = sister, target
		}
		made := w.Ask(t, http.MethodPost, "/v1/b2b/sso/"+kind+"/acme", body)["connection"].(Object)
		ids = append(ids, made["connection_id"].(string))
	}
	slices.Sort(ids)
	return ids
}

func TestWhatAnExternalConnectionLeansOnCannotChange(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, companyWith(nil))
	w.twins(t, "external")
	leans := w.Connections(t, "acme", "external_connections")
	for i, name := range []string{"external_organization_id", "external_connection_id"} {
		declared := Object{"connection_id": leans[0]["connection_id"], name: leans[1][name]}
		if name == "external_organization_id" {
			declared["external_organization_id"] = leans[1]["external_organization_id"]
		}
		_, diagnostics, err := w.TryPlan(t, connected("external_connections", Object{"Okta": declared}))
		if err != nil || !strings.Contains(words(diagnostics), name+" cannot change") {
			t.Errorf("%d: %v %s", i, err, words(diagnostics))
		}
	}
}

// A creation is more than one request: what a crash leaves is an ordinary update.
func TestAConnectionThatWasCutOffIsCompletedByTheNextApply(t *testing.T) {
	text := certificate(t)
	for _, test := range []struct {
		name, plural, endpoint string
		declared               Object
	}{
		{"SAML", "saml_connections", "PUT /v1/b2b/sso/saml/{organization_id}/connections/{connection_id}", whole(text)},
		{"OIDC", "oidc_connections", "PUT /v1/b2b/sso/oidc/{organization_id}/connections/{connection_id}", oidc(nil)},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := New(t, Options{})
			w.Converge(t, companyWith(nil))
			documents := connected(test.plural, Object{"Okta": test.declared})
			w.fault(t, `error status=500 endpoint="`+test.endpoint+`"`)
			report, err := w.Run(t, w.Plan(t, documents))
			if err != nil || report.Summary.Failed != 1 || !strings.Contains(report.Operations[0].Error.Message, "the connection was created, but its settings are not made") {
				t.Fatalf("%v %+v", err, report.Operations)
			}
			w.fault(t)
			p := w.Converge(t, documents)
			if diff := cmp.Diff([]string{"update " + string(plan.NewAddress("organization/acme", strings.TrimSuffix(test.plural, "s"), "Okta"))}, actions(p)); diff != "" {
				t.Error(diff)
			}
			if all := w.Connections(t, "acme", test.plural); len(all) != 1 || all[0]["status"] != "active" {
				t.Errorf("there are %v", all)
			}
		})
	}
}

func TestPrivateKeysOfASAMLConnection(t *testing.T) {
	keyed := whole(certificate(t))
	keyed["signing_private_key"], keyed["saml_encryption_private_key"] = `${env("SIGNING_KEY")}`, `${env("ENCRYPTION_KEY")}`
	documents := connected("saml_connections", Object{"Okta": keyed})
	has := func(t *testing.T, w *World) [2]int {
		c := w.Connections(t, "acme", "saml_connections")[0]
		return [2]int{len(each(c["signing_certificates"])), len(each(c["encryption_private_keys"]))}
	}
	t.Run("are sent with the creation, and not again", func(t *testing.T) {
		w := New(t, Options{})
		p := w.Converge(t, documents)
		text, err := json.Marshal(p)
		if err != nil || strings.Contains(string(text), "PRIVATE") {
			t.Errorf("%v: the plan holds a key: %s", err, text)
		}
		w.Converge(t, documents)
		if diff := cmp.Diff([2]int{1, 1}, has(t, w)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("are sent again when asked for", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, documents)
		desired, _ := w.Diagnose(t, documents)
		p, _, err := desired.Plan(t.Context(), w.Connection.ReadOnly(), w.Target, kind.ReadOptions{Resend: []plan.Address{"organization/acme/saml_connection/Okta"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Run(t, p); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([2]int{2, 2}, has(t, w)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("are sent where Stytch shows that there are none", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, companyWith(nil))
		w.Ask(t, http.MethodPost, "/v1/b2b/sso/saml/acme", Object{"display_name": "Okta"}) // and a crash
		w.Converge(t, documents)
		if diff := cmp.Diff([2]int{1, 1}, has(t, w)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCertificatesOfASAMLConnection(t *testing.T) {
	texts := make([]string, 8)
	for i := range texts {
		texts[i] = certificate(t)
	}
	declared := func(certificates ...string) Documents {
		certificates = append([]string{}, certificates...)
		return connected("saml_connections", Object{"Okta": whole(certificates...)})
	}
	have := func(t *testing.T, w *World) []string {
		var all []string
		for _, c := range each(w.Connections(t, "acme", "saml_connections")[0]["verification_certificates"]) {
			all = append(all, c["certificate"].(string))
		}
		return all
	}
	t.Run("are compared by what they say", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, declared(texts[0]))
		if p := w.Plan(t, declared(strings.ReplaceAll(texts[0], "\n", "\r\n")+" ")); len(p.Changes) > 0 {
			t.Error(Told(p))
		}
	})
	t.Run("that Stytch has twice are there once afterwards", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, declared(texts[0]))
		path := "/v1/b2b/sso/saml/acme/connections/" + w.Connections(t, "acme", "saml_connections")[0]["connection_id"].(string)
		w.Ask(t, http.MethodPut, path, Object{"x509_certificate": texts[0]})
		w.Converge(t, declared(texts[0]))
		if diff := cmp.Diff([]string{texts[0]}, have(t, w)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("are not declared twice", func(t *testing.T) {
		_, diagnostics := New(t, Options{}).Diagnose(t, declared(texts[0], texts[0]+"\n"))
		if !strings.Contains(words(diagnostics), "a certificate is listed twice") {
			t.Error(words(diagnostics))
		}
	})
	t.Run("make room where five are there", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, declared(texts[:5]...))
		w.Converge(t, declared(texts[0], texts[4], texts[5], texts[6], texts[7]))
		if diff := cmp.Diff(slices.Sorted(slices.Values([]string{texts[0], texts[4], texts[5], texts[6], texts[7]})), slices.Sorted(slices.Values(have(t, w)))); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("are added before old ones go", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, declared(texts[0], texts[1]))
		w.Sandbox.ResetRequests()
		w.Converge(t, declared(texts[1], texts[2]))
		var sent []string
		for _, r := range w.Sandbox.Requests() {
			if r.Write {
				sent = append(sent, r.Method)
			}
		}
		if diff := cmp.Diff([]string{"PUT", "DELETE"}, sent); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("cannot all be replaced at once: nobody signs with a new one yet", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, declared(texts[0]))
		p := refused(t, w, declared(texts[1]), nil, "lock_outs")
		if !strings.Contains(p.Blocked[0].Reason, "any certificate that its identity provider signs with now") {
			t.Errorf("%v", p.Blocked)
		}
		w.Converge(t, declared(texts[1]), "lock_outs=1")
	})
	t.Run("of an active connection cannot all go", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, declared(texts[0]))
		_, diagnostics, err := w.TryPlan(t, declared())
		if err != nil || !strings.Contains(words(diagnostics), "Stytch keeps the last certificate of an active connection") {
			t.Errorf("%v %s", err, words(diagnostics))
		}
	})
}

func TestWhatStytchRemarksAboutAnIssuerReachesTheReport(t *testing.T) {
	w := New(t, Options{Knobs: sandbox.Knobs{DiscoveryFails: true}})
	report, err := w.Run(t, w.Plan(t, connected("oidc_connections", Object{"Okta": oidc(nil)})))
	if err != nil || report.Summary.Done != 2 {
		t.Fatalf("%v %+v", err, report)
	}
	if note := report.Operations[1].Note; !strings.Contains(note, "Stytch warns: The well-known document at https://idp.example") {
		t.Errorf("the note is %q", note)
	}
	report, err = w.Run(t, w.Plan(t, connected("oidc_connections", Object{"Okta": oidc(Object{"issuer": "https://idp.test"})})))
	if err != nil || report.Summary.Done != 1 || !strings.Contains(report.Operations[0].Note, "https://idp.test") {
		t.Errorf("%v %+v", err, report)
	}
}

func TestAnIssuersURLs(t *testing.T) {
	w := New(t, Options{})
	p := w.Converge(t, connected("oidc_connections", Object{"Okta": oidc(Object{"token_url": "https://gateway.example/token"})}))
	const says = "Stytch reads https://idp.example/.well-known/openid-configuration and sets authorization_url, userinfo_url and jwks_url by it"
	if !slices.Contains(p.Changes[1].Consequences, says) {
		t.Errorf("%v", p.Changes[1].Consequences)
	}
	made := w.Connections(t, "acme", "oidc_connections")[0]
	if made["token_url"] != "https://gateway.example/token" || made["jwks_url"] != "https://idp.example/oauth2/keys" {
		t.Errorf("made %v", made)
	}
}

func TestTheSecretOfAnOIDCConnectionIsComparedAndNeverShown(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, connected("oidc_connections", Object{"Okta": oidc(nil)}))
	p := w.Plan(t, connected("oidc_connections", Object{"Okta": oidc(Object{"client_secret": `${env("OTHER")}`})}))
	if len(p.Changes) != 1 || len(p.Changes[0].Attributes) != 1 || !p.Changes[0].Attributes[0].Sensitive {
		t.Fatalf("planned:\n%s", Told(p))
	}
	gone := w.Plan(t, connected("oidc_connections", Object{"Okta": Object{"absent": true}}), "delete_percent=100", "lock_outs=1")
	for _, p := range []*plan.Plan{p, gone} {
		text, err := json.Marshal(p)
		for name, secret := range givenSecrets() {
			if err != nil || strings.Contains(string(text), secret) {
				t.Errorf("%v: %s is in the plan: %s", err, name, text)
			}
		}
	}
}

func TestTheLastConnectionOfAnOrganizationThatAllowsNothingElse(t *testing.T) {
	alone := func(connections Object) Documents {
		return companyWith(Object{"auth_methods": "RESTRICTED", "allowed_auth_methods": []string{"sso"}, "oidc_connections": connections})
	}
	open := func(connections Object) Documents {
		return companyWith(Object{"auth_methods": "ALL_ALLOWED", "oidc_connections": connections})
	}
	begin := func(t *testing.T, connections ...string) *World {
		t.Helper()
		w := New(t, Options{})
		declared := Object{}
		for _, name := range connections {
			declared[name] = oidc(nil)
		}
		w.Converge(t, open(declared))
		w.Ask(t, http.MethodPost, "/v1/b2b/organizations/acme/members", Object{"email_address": "ada@acme.example"})
		w.Converge(t, alone(declared))
		return w
	}
	gone := Object{"absent": true}
	t.Run("stays", func(t *testing.T) {
		refused(t, begin(t, "Okta"), alone(Object{"Okta": gone}), []string{"delete_percent=100"}, "lock_outs")
	})
	t.Run("stays although a new one comes, which no identity provider knows", func(t *testing.T) {
		refused(t, begin(t, "Okta"), alone(Object{"Okta": gone, "Entra": oidc(nil)}), []string{"delete_percent=100"}, "lock_outs")
	})
	t.Run("goes where another is active", func(t *testing.T) {
		w := begin(t, "Okta", "Entra")
		w.Converge(t, alone(Object{"Okta": gone}))
		refused(t, w, alone(Object{"Entra": gone}), []string{"delete_percent=100"}, "lock_outs")
	})
	t.Run("goes where the organization opens another way", func(t *testing.T) {
		w := begin(t, "Okta")
		w.Converge(t, open(Object{"Okta": gone}), "delete_percent=100")
	})
}

func TestWhoLogsInThroughAConnectionIsCounted(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, connected("oidc_connections", Object{"Okta": oidc(nil), "Entra": oidc(nil)}))
	for i, connection := range w.Connections(t, "acme", "oidc_connections") {
		for j := range 2 - i {
			body := Object{"email_address": fmt.Sprintf("m%d-%d@acme.example", i, j)}
			member := w.Ask(t, http.MethodPost, "/v1/b2b/organizations/acme/members", body)["member_id"].(string)
			if err := w.Sandbox.RegisterSSO(w.Target.ProjectID, member, connection["connection_id"].(string)); err != nil {
				t.Fatal(err)
			}
		}
	}
	first := w.Connections(t, "acme", "oidc_connections")[0]["display_name"].(string)
	says := func(t *testing.T, p *plan.Plan, want string) {
		t.Helper()
		if len(p.Changes) != 1 || !slices.ContainsFunc(p.Changes[0].Risks, func(r plan.Risk) bool { return r.Class == plan.AccessRemoved && strings.Contains(r.Reason, want) }) {
			t.Errorf("no risk says %q: %+v", want, p.Changes)
		}
	}
	lift := []string{"delete_percent=100"}
	t.Run("when it goes", func(t *testing.T) {
		says(t, w.Plan(t, connected("oidc_connections", Object{first: Object{"absent": true}}), lift...), "2 members have logged in so")
	})
	t.Run("when it goes by omission", func(t *testing.T) {
		documents := connected("oidc_connections", Object{first: Object{}})
		documents["policy.yaml"] = "policy: {undeclared: {oidc_connections: delete}}\n"
		says(t, w.Plan(t, documents, lift...), "1 member has logged in so")
	})
	t.Run("when it moves to another identity provider", func(t *testing.T) {
		says(t, w.Plan(t, connected("oidc_connections", Object{first: Object{"issuer": "https://idp.test"}})), "2 members have logged in so")
	})
	t.Run("and limited", func(t *testing.T) {
		documents := connected("oidc_connections", Object{first: Object{"absent": true}})
		documents["policy.yaml"] = "policy: {limits: {access_removals: 1}}\n"
		refused(t, w, documents, lift, "access_removals")
	})
}

// Stytch lists connections by organization: one request for each that declares
// some, none for the others, and one that cannot be read is no reason to doubt
// another.
func TestReadingConnections(t *testing.T) {
	w := New(t, Options{})
	organizations := Object{}
	for _, slug := range []string{"acme", "beta", "gamma"} {
		organizations[slug] = Object{"organization_name": slug}
	}
	w.Converge(t, storyDocument(Object{"organizations": organizations}))
	for _, slug := range []string{"acme", "beta"} {
		organizations[slug].(Object)["saml_connections"] = Object{"Okta": Object{}}
	}
	documents := storyDocument(Object{"organizations": organizations})
	reads := func() (n int) {
		for _, r := range w.Sandbox.Requests() {
			if strings.HasPrefix(r.Path, "/v1/b2b/sso/") {
				n++
			}
		}
		return n
	}
	w.Sandbox.ResetRequests()
	if p := w.Plan(t, documents); len(p.Changes) != 2 || reads() != 2 {
		t.Errorf("%d requests:\n%s", reads(), Told(p))
	}
	w.fault(t, `error status=500 nth=1 endpoint="GET /v1/b2b/sso/{organization_id}"`)
	p := w.Plan(t, documents)
	if len(p.Changes) != 1 || len(p.Unknown) != 1 || p.Complete {
		t.Errorf("unknown %v:\n%s", p.Unknown, Told(p))
	}
}
