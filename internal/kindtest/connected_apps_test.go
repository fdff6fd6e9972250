package kindtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whoever registers an app takes no place in the documents: not as something that
// nobody declared, not under a name that somebody declares.
func TestAppsThatRegisteredThemselvesAreLeftAlone(t *testing.T) {
	w := New(t, Options{})
	stranger, err := w.Sandbox.RegisterConnectedApp(w.Target.ProjectID, "Portal")
	if err != nil {
		t.Fatal(err)
	}
	w.Ask(t, http.MethodPost, "/v1/connected_apps/clients", Object{"client_type": "third_party_public", "client_name": "Ours"})
	document := state("policy: {undeclared: {connected_apps: delete}}\nconnected_apps: {Portal: {client_type: first_party}}\n")
	p := w.Apply(t, document, "delete_percent=100")
	only(t, p, "delete connected_app/Ours", "create connected_app/Portal")
	if again := w.Plan(t, document); len(again.Changes) > 0 || again.Summary.Undeclared != 0 {
		t.Errorf("%s%d undeclared", Told(again), again.Summary.Undeclared)
	}
	if status, _ := w.TryAsk(t, http.MethodGet, "/v1/connected_apps/clients/"+stranger, nil); status != http.StatusOK {
		t.Errorf("the app that registered itself is gone: %d", status)
	}
}

func TestAppsOfOneNameArePinned(t *testing.T) {
	w := New(t, Options{})
	ids := make([]string, 2)
	for i := range ids {
		made := w.Ask(t, http.MethodPost, "/v1/connected_apps/clients", Object{"client_type": "third_party_public", "client_name": "Portal"})
		ids[i] = made["connected_app"].(Object)["client_id"].(string)
	}
	_, problems, err := w.TryPlan(t, state("connected_apps: {Portal: {client_description: x}}\n"))
	if text := words(problems); err != nil || !strings.Contains(text, ids[0]) || !strings.Contains(text, ids[1]) {
		t.Errorf("%v; %s does not name %v", err, text, ids)
	}
	only(t, w.Converge(t, state("connected_apps: {Portal: {client_id: "+ids[1]+", client_description: x}}\n")), "update connected_app/Portal")
	var told []any
	for _, id := range ids {
		told = append(told, w.Ask(t, http.MethodGet, "/v1/connected_apps/clients/"+id, nil)["connected_app"].(Object)["client_description"])
	}
	if diff := cmp.Diff([]any{"", "x"}, told); diff != "" {
		t.Error(diff)
	}
}

func TestAnAppWithoutANameIsKnownByItsID(t *testing.T) {
	w := New(t, Options{})
	made := w.Ask(t, http.MethodPost, "/v1/connected_apps/clients", Object{"client_type": "third_party_public"})
	id := made["connected_app"].(Object)["client_id"].(string)
	p := w.Plan(t, state("connected_apps: {}\n"))
	if diff := cmp.Diff([]string{id}, p.Undeclared[0].Keys); diff != "" {
		t.Error(diff)
	}
}

func TestWhatAnAppIsCannotChange(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, state("connected_apps: {Portal: {client_type: first_party}}\n"))
	_, problems, err := w.TryPlan(t, state("connected_apps: {Portal: {client_type: third_party}}\n"))
	if text := words(problems); err != nil || !strings.Contains(text, "client_type cannot change: it is first_party") {
		t.Errorf("%v %s", err, text)
	}
	before := w.Ask(t, http.MethodPost, "/v1/connected_apps/clients/search", Object{})
	only(t, w.Converge(t, state("connected_apps: {Door: {renamed_from: Portal, client_type: first_party}}\n")), "update connected_app/Door")
	after := w.Ask(t, http.MethodPost, "/v1/connected_apps/clients/search", Object{})
	if was, is := before["connected_apps"].([]any)[0].(Object), after["connected_apps"].([]any)[0].(Object); was["client_id"] != is["client_id"] {
		t.Errorf("renaming made another app of %v: %v", was["client_id"], is["client_id"])
	}
}
