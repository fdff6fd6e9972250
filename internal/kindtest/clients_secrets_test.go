package kindtest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// The secrets of M2M clients and Connected Apps: each is shown once, is in the
// sink, and is nowhere else.

func (w *World) m2m(t *testing.T, id string) Object {
	t.Helper()
	return w.Ask(t, http.MethodGet, "/v1/m2m/clients/"+id, nil)["m2m_client"].(Object)
}

func TestTheSecretOfANewClient(t *testing.T) {
	for _, test := range []struct {
		name, document string
		address        plan.Address
		issued         bool
		given          bool
	}{
		{"Stytch makes up that of an M2M client", "m2m_clients: {billing: {scopes: [read]}}\n", "m2m_client/billing", true, false},
		{"that of an M2M client may be given", "m2m_clients: {billing: {scopes: [read], initial: {client_secret: '${env(\"GIVEN\")}'}}}\n", "m2m_client/billing", false, true},
		{"Stytch makes up that of a confidential app", "connected_apps: {billing: {client_type: third_party}}\n", "connected_app/billing", true, false},
		{"a public app has none", "connected_apps: {billing: {client_type: third_party_public}}\n", "connected_app/billing", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := New(t, Options{})
			p := w.Converge(t, state(test.document))
			secret := w.Drawer.Of(test.address, "client_secret")
			if (secret != "") != test.issued {
				t.Errorf("the sink has %q", secret)
			}
			risk := slices.ContainsFunc(p.Changes[0].Risks, func(r plan.Risk) bool { return r.Class == plan.SecretIssued })
			if want := len(kind.Issued(p, w.Catalog)) > 0; risk != test.issued || want != test.issued {
				t.Errorf("risk %t, counted %t; want %t", risk, want, test.issued)
			}
			shown := w.client(t, test.address)["client_secret_last_four"]
			switch {
			case test.issued && shown != secret[len(secret)-4:], test.given && shown != GivenSecret[len(GivenSecret)-4:]:
				t.Errorf("Stytch has a secret that ends in %v, not the one that was kept or given", shown)
			case !test.issued && !test.given && shown != nil:
				t.Errorf("a public app has a secret: %v", shown)
			}
		})
	}
}

// client is an M2M client or a Connected App, as Stytch shows it.
func (w *World) client(t *testing.T, address plan.Address) Object {
	t.Helper()
	kind, key, _ := strings.Cut(string(address), "/")
	if kind == "m2m_client" {
		return w.m2m(t, key)
	}
	return pick(w.Ask(t, http.MethodPost, "/v1/connected_apps/clients/search", Object{})["connected_apps"], "client_name", key)
}

func TestARotationIsCarriedOutOnce(t *testing.T) {
	for _, test := range []struct{ kind, base string }{{"m2m_client", "scopes: [read]"}, {"connected_app", "client_type: first_party"}} {
		t.Run(test.kind, func(t *testing.T) {
			w := New(t, Options{})
			address := plan.NewAddress("", test.kind, "x")
			document := func(rotation string) Documents {
				return state(test.kind + "s: {x: {" + test.base + ", secret_rotation: " + rotation + "}}\n")
			}
			ends := func() (current, next any) {
				shown := w.client(t, address)
				return shown["client_secret_last_four"], shown["next_client_secret_last_four"]
			}
			w.Converge(t, document("completed")) // there is nothing to complete
			first, _ := ends()

			p := w.Converge(t, document("started"))
			next := w.Drawer.Of(address, "next_client_secret")
			if current, shown := ends(); current != first || next == "" || shown != next[len(next)-4:] {
				t.Errorf("started: %v and %v; the sink has %q", current, shown, next)
			}
			if diff := cmp.Diff([]kind.Issue{{Address: address, Attribute: "next_client_secret"}}, kind.Issued(p, w.Catalog)); diff != "" {
				t.Errorf("issued (-want +got):\n%s", diff)
			}

			p = w.Converge(t, document("completed"))
			if current, shown := ends(); current != next[len(next)-4:] || shown != nil {
				t.Errorf("completed: %v and %v", current, shown)
			}
			want := "access-removed: callers that still use the former secret obtain no more tokens\nirreversible: the former secret does not come back\n"
			if diff := cmp.Diff(want, consequences(p)); diff != "" {
				t.Error(diff)
			}

			w.Converge(t, document("started"))
			p = w.Converge(t, document("none"))
			if current, shown := ends(); current != next[len(next)-4:] || shown != nil {
				t.Errorf("cancelled: %v and %v", current, shown)
			}
			want = "access-removed: callers that use the next secret already obtain no more tokens\nirreversible: the next secret does not come back\n"
			if diff := cmp.Diff(want, consequences(p)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A rotation of which the answer was lost has begun, and nobody has the next
// secret: the report says so, and the way out is to begin again.
func TestARotationWhoseAnswerWasLostSaysThatTheSecretIs(t *testing.T) {
	w := New(t, Options{})
	document := func(rotation string) Documents {
		return state("m2m_clients: {x: {scopes: [], secret_rotation: " + rotation + "}}\n")
	}
	w.Converge(t, document("none"))
	w.strike(t, sandbox.Fault{Kind: sandbox.FaultCutAfterCommit, Endpoint: "POST /v1/m2m/clients/{client_id}/secrets/rotate/start", Times: 1})
	report, err := w.Run(t, w.Plan(t, document("started")))
	if err != nil {
		t.Fatal(err)
	}
	w.strike(t)
	failed := report.Operations[0].Error
	if failed == nil || failed.Type != "secret_lost" ||
		failed.Message != "it was changed, but its next_client_secret was not seen; cancel the rotation and start another" {
		t.Errorf("%+v", failed)
	}
	if got := w.Drawer.Of("m2m_client/x", "next_client_secret"); got != "" {
		t.Errorf("the sink has %q, which nobody saw", got)
	}
	w.Converge(t, document("none"))
	w.Converge(t, document("started"))
	if w.Drawer.Of("m2m_client/x", "next_client_secret") == "" {
		t.Error("the second rotation's secret is not in the sink")
	}
}

func TestANewClientHasNothingToRotate(t *testing.T) {
	w := New(t, Options{})
	for document, want := range map[string]string{
		"m2m_clients: {x: {scopes: [], secret_rotation: started}}\n":                           "a new client has a new secret, and nothing to rotate",
		"connected_apps: {x: {client_type: first_party, secret_rotation: started}}\n":          "a new client has a new secret, and nothing to rotate",
		"connected_apps: {x: {client_type: third_party_public, secret_rotation: completed}}\n": "a public app has no secret to rotate",
	} {
		_, problems, err := w.TryPlan(t, state(document))
		if text := words(problems); err != nil || !strings.Contains(text, want) {
			t.Errorf("%s%v %s, want %s", document, err, text, want)
		}
	}
}

// A client that shall be inactive is active until the second request is done: a
// run that ends between the two keeps the secret, and the next one goes on.
func TestAClientThatIsNotYetInactiveKeepsItsSecret(t *testing.T) {
	w := New(t, Options{})
	document := state("m2m_clients: {x: {scopes: [read], status: inactive}}\n")
	w.strike(t, sandbox.Fault{Kind: sandbox.FaultError, Status: 429, Endpoint: "PUT /v1/m2m/clients/{client_id}", Times: 1})
	report, err := w.Run(t, w.Plan(t, document))
	if err != nil {
		t.Fatal(err)
	}
	w.strike(t)
	if failed := report.Operations[0].Error; failed == nil || !strings.Contains(failed.Message, "the client was created, but it is still active") {
		t.Errorf("%+v", failed)
	}
	secret := w.Drawer.Of("m2m_client/x", "client_secret")
	if shown := w.m2m(t, "x")["client_secret_last_four"]; secret == "" || shown != secret[len(secret)-4:] {
		t.Errorf("the sink has %q, Stytch one that ends in %v", secret, shown)
	}
	only(t, w.Converge(t, document), "update m2m_client/x")
}
