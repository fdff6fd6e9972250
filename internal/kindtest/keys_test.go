package kindtest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// An environment's secrets and public tokens: counted, removed when a document
// says so, and never the last one or the one that the run itself uses.

const (
	oldSecret = "secret-test-00000000-0000-4000-8000-000000000001"
	oldToken  = "public-token-test-00000000-0000-4000-8000-000000000001"
)

// addKeys makes a secret and a public token that documents can name.
func (w *World) addKeys(t testing.TB) {
	t.Helper()
	if err := w.Sandbox.AddKeys(w.Target.ProjectID, oldSecret, oldToken, time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
}

// seesKeys looks at what was added; what Stytch made up has other ids in every world.
func (w *World) seesKeys(t testing.TB, s sight) {
	t.Helper()
	for _, key := range each(w.tell(t, http.MethodGet, "~/secrets", nil)["secrets"]) {
		if key["secret_id"] == oldSecret {
			s.add(plan.NewAddress("", "secret", oldSecret), oldSecret, Object{"secret_id": oldSecret})
		}
	}
	for _, key := range each(w.tell(t, http.MethodGet, "~/public_tokens", nil)["public_tokens"]) {
		if key["public_token"] == oldToken {
			s.add(plan.NewAddress("", "public_token", oldToken), oldToken, key)
		}
	}
}

// keyIDs are the ids of an environment's keys of a kind.
func (w *World) keyIDs(t *testing.T, plural, id string) []string {
	t.Helper()
	var ids []string
	for _, key := range each(w.Ask(t, http.MethodGet, "~/"+plural, nil)[plural]) {
		ids = append(ids, key[id].(string))
	}
	return ids
}

var keyKinds = []struct{ kind, id, old, last string }{
	{"secret", "secret_id", oldSecret, "it is the last secret of the environment"},
	{"public_token", "public_token", oldToken, "it is the last public token of the environment"},
}

const wholesale = "policy: {limits: {delete_percent: 100, lock_outs: 9}}\n"

func TestKeysThatNobodyDeclaresAreCountedAndStay(t *testing.T) {
	for _, test := range keyKinds {
		t.Run(test.kind, func(t *testing.T) {
			w := New(t, Options{})
			w.addKeys(t)
			p := w.Plan(t, state(test.kind+"s: {"+test.old+": {}}\n"))
			if len(p.Changes) > 0 || len(p.Undeclared) != 1 || p.Undeclared[0].Count != 1 {
				t.Errorf("%s%+v", Told(p), p.Undeclared)
			}
			_, problems, err := w.TryPlan(t, state("policy: {undeclared: {"+test.kind+"s: delete}}\n"+test.kind+"s: {}\n"))
			if text := words(problems); err != nil || !strings.Contains(text, test.kind+"s are never deleted because they are not declared") {
				t.Errorf("%v %q", err, text)
			}
		})
	}
}

func TestAKeyIsRemovedWhenADocumentSaysSo(t *testing.T) {
	for _, test := range keyKinds {
		t.Run(test.kind, func(t *testing.T) {
			w := New(t, Options{})
			w.addKeys(t)
			only(t, w.Converge(t, state(wholesale+test.kind+"s: {"+test.old+": {absent: true}}\n")), "delete "+test.kind+"/"+test.old)
			if left := w.keyIDs(t, test.kind+"s", test.id); len(left) != 1 || left[0] == test.old {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func TestTheLastKeyIsNeverRemoved(t *testing.T) {
	for _, test := range keyKinds {
		t.Run(test.kind, func(t *testing.T) {
			w := New(t, Options{})
			last := w.keyIDs(t, test.kind+"s", test.id)[0]
			_, problems, err := w.TryPlan(t, state(wholesale+test.kind+"s: {"+last+": {absent: true}}\n"))
			if text := words(problems); err != nil || !strings.Contains(text, test.last) {
				t.Errorf("%v %q, want %q", err, text, test.last)
			}
		})
	}
}

// Both of two: each deletion leaves the other's key, so that the plan is blocked,
// and where the limit is lifted, Stytch is asked again before each.
func TestNotAllKeysAreRemovedAtOnce(t *testing.T) {
	w := New(t, Options{Parallelism: 1})
	w.addKeys(t)
	var doomed []string
	for _, token := range w.keyIDs(t, "public_tokens", "public_token") {
		doomed = append(doomed, token+": {absent: true}")
	}
	document := state("public_tokens: {" + strings.Join(doomed, ", ") + "}\n")
	p := w.Plan(t, document, "delete_percent=100")
	if len(p.Blocked) != 1 || !strings.Contains(p.Blocked[0].Reason, "the environment would be left without a public token") {
		t.Errorf("blocked: %+v", p.Blocked)
	}
	report, err := w.Run(t, w.Plan(t, document, "delete_percent=100", "lock_outs=1"))
	if err != nil {
		t.Fatal(err)
	}
	if report.Summary.Done != 1 || report.Summary.Failed != 1 || len(w.keyIDs(t, "public_tokens", "public_token")) != 1 {
		t.Errorf("%+v", report.Summary)
	}
	for _, o := range report.Operations {
		if o.Error != nil && o.Error.Message != "it is the last public token of the environment; make another first" {
			t.Errorf("%+v", o.Error)
		}
	}
}

func TestTheSecretThatTheRunUsesIsNeverRemoved(t *testing.T) {
	w := New(t, Options{})
	ours := w.keyIDs(t, "secrets", "secret_id")[0]
	w.addKeys(t)
	_, problems, err := w.TryPlan(t, state(wholesale+"secrets: {"+ours+": {absent: true}}\n"))
	if text := words(problems); err != nil || !strings.Contains(text, "as the secret that this run itself uses") || strings.Contains(text, w.credentials.Secret) {
		t.Errorf("%v %q", err, text)
	}

	// Nor by a plan that somebody else saved, who uses another.
	document := state(wholesale + "secrets: {" + oldSecret + ": {absent: true}}\n")
	p := w.Plan(t, document)
	p.Changes[0].Address, p.Changes[0].Key, p.Changes[0].ID = plan.Address("secret/"+ours), ours, ours
	report, err := w.Run(t, p)
	if err != nil {
		t.Fatal(err)
	}
	if failed := report.Operations[0].Error; failed == nil || failed.Type != "own_secret" {
		t.Errorf("%+v", report.Operations[0])
	}
	if diff := cmp.Diff([]string{ours, oldSecret}, w.keyIDs(t, "secrets", "secret_id")); diff != "" || apply.ExitCode(p, report) == apply.ExitDone {
		t.Error(diff)
	}
}
