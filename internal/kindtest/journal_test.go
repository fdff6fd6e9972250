package kindtest

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// written carries out a plan with a journal, as an apply does, and returns what
// the journal says of it.
func (w *World) written(t testing.TB, p *plan.Plan) *apply.Account {
	t.Helper()
	if len(p.Blocked) > 0 {
		t.Fatalf("the plan is blocked: %v", p.Blocked)
	}
	journal, err := apply.NewJournal(filepath.Join(t.TempDir(), "journals"), apply.Head{
		ToolVersion: "test", Started: time.Now(), Digest: p.Digest, Target: p.Target, Policy: p.Policy,
	})
	if err != nil {
		t.Fatal(err)
	}
	actor := w.Arm(kind.NewActor(w.Catalog, w.Connection.Writable(), w.Target))
	report, err := apply.Run(t.Context(), p, actor, apply.Options{Parallelism: w.options.Parallelism, Journal: journal})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range report.Operations {
		if o.Result != plan.Done {
			t.Fatalf("%s %s: %s %s %+v", o.Action, o.Address, o.Result, o.Note, o.Error)
		}
	}
	if err := journal.Close(); err != nil {
		t.Fatal(err)
	}
	account, err := apply.ReadJournal(journal.Name())
	if err != nil {
		t.Fatal(err)
	}
	if !account.Ended {
		t.Fatalf("the journal %s has no last line", account.File)
	}
	return account
}

// wayBack is the plan that undoes what a journal tells.
func (w *World) wayBack(t testing.TB, account *apply.Account, allow ...string) *plan.Plan {
	t.Helper()
	var deeds []kind.Deed
	for _, b := range account.Begun {
		if b.Result == apply.EndDone {
			deeds = append(deeds, kind.Deed{Change: b.Change, ID: b.ID, Line: b.Line})
		}
	}
	undo, err := kind.NewUndo(w.Catalog, account.Policy, "journal", deeds)
	if err != nil {
		t.Fatal(err)
	}
	if err := kind.Allow(&undo.Policy, allow); err != nil {
		t.Fatal(err)
	}
	p, err := undo.Plan(t.Context(), w.Connection.ReadOnly(), w.Target, kind.ReadOptions{ToolVersion: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(p.Warnings) {
		t.Errorf("the warnings are in no order: %v", p.Warnings)
	}
	return saved(t, p)
}

// unlimited lifts every limit: the tests of limits are elsewhere.
var unlimited = []string{"deletes=1000", "delete_percent=100", "access_removals=1000", "restorations=1000", "lock_outs=1000"}

// undone plans the way back, carries it out, and returns what is said of it.
func (w *World) undone(t testing.TB, account *apply.Account) *plan.Plan {
	t.Helper()
	p := w.wayBack(t, account, unlimited...)
	if len(p.Blocked) > 0 {
		t.Fatalf("the way back is blocked: %v", p.Blocked)
	}
	w.carryOut(t, p).all(t, "done", apply.ExitDone)
	return p
}

// What an apply did is undone for every attribute of every kind, whatever was
// done: the sandbox has what it had.
func TestUndoOfEveryAttribute(t *testing.T) {
	examples := examples(t)
	for _, k := range catalog.All().Kinds() {
		e := examples[k.Name()]
		for _, a := range k.Attributes() {
			r := e.rows[a.Name]
			if a.Key || r.skip != "" {
				continue
			}
			t.Run(k.Name()+" "+a.Name, func(t *testing.T) {
				t.Parallel()
				s := suite{kind: k, attribute: a, example: e, row: r}
				t.Run("an update", s.undoneUpdate)
				if k.Traits().Creatable && r.uncreated == "" && k.Traits().Deletable {
					t.Run("a creation", s.undoneCreation)
				}
				if k.Traits().Deletable {
					t.Run("a deletion", s.undoneDeletion)
				}
			})
		}
	}
}

// unset are the attributes that Stytch cannot take back to having no value.
var unset = map[string]string{
	"member default_mfa_method":                             "default_mfa_method had no value before, and Stytch cannot unset it",
	"oidc_connection client_secret":                         "client_secret was a secret, which no journal holds",
	"organization sso_default_connection_id":                "sso_default_connection_id needed what lived in it",
	"organization sso_jit_provisioning_allowed_connections": "sso_jit_provisioning_allowed_connections needed what lived in it",
}

// oneWay is what an undo says where it cannot bring back what was there, because
// no journal holds a secret: of an attribute's update, or a kind's deletion.
var oneWay = map[string]string{
	"oidc_connection client_secret": "client_secret was a secret, which no journal holds",
	"event_log_streaming site":      "site cannot change without api_key",
	"event_log_streaming api_key":   "api_key was a secret, which no journal holds",
	"event_log_streaming":           "a new destination DATADOG needs api_key",
}

// mid are attributes whose values are stages of something that an object which
// is just made cannot be in: there is nothing to delete with them.
var mid = map[string]bool{"m2m_client secret_rotation": true, "connected_app secret_rotation": true}

func (s suite) undoneUpdate(t *testing.T) {
	w := New(t, Options{})
	s.prepared(t, w)
	for i, pair := range s.changed() {
		w.Apply(t, s.document(pair[0]))
		before := s.seen(t, w)
		p := w.Plan(t, s.document(pair[1]))
		if len(p.Changes) == 0 {
			continue
		}
		there := w.written(t, p)
		after := s.seen(t, w)
		undone := w.undone(t, there)
		if why := oneWay[s.kind.Name()+" "+s.attribute.Name]; why != "" {
			s.stays(t, w, undone, why, after)
			continue
		}
		if diff := cmp.Diff(before, s.seen(t, w)); diff != "" {
			t.Fatalf("%v -> %v and back; before (-) and after the undo (+):\n%s", pair[0], pair[1], diff)
		}
		if left := w.Plan(t, s.document(pair[0])); len(left.Changes) > 0 {
			t.Fatalf("the way back ended elsewhere:\n%s", Told(left))
		}
		if i > 0 {
			continue
		}
		// Forth again, and the undo of an undo.
		w.written(t, w.Plan(t, s.document(pair[1])))
		back := w.written(t, w.wayBack(t, there, unlimited...))
		w.undone(t, back)
		if diff := cmp.Diff(after, s.seen(t, w)); diff != "" {
			t.Fatalf("the undo of the undo of %v -> %v:\n%s", pair[0], pair[1], diff)
		}
	}
}

// stays: the way back changes nothing and says why.
func (s suite) stays(t *testing.T, w *World, back *plan.Plan, why string, after any) {
	t.Helper()
	if diff := cmp.Diff(after, s.seen(t, w)); diff != "" || !strings.Contains(strings.Join(back.Warnings, "\n"), why) {
		t.Errorf("%q, want %q; it stays:\n%s", back.Warnings, why, diff)
	}
}

func (s suite) undoneCreation(t *testing.T) {
	w := New(t, Options{})
	if s.example.prepare != nil {
		s.example.prepare(t, w)
	}
	p := w.Plan(t, s.document(s.values[0]))
	w.undone(t, w.written(t, p))
	again := w.Plan(t, s.document(s.values[0]))
	var want, got []string
	for _, c := range p.Changes {
		want = append(want, string(c.Address))
	}
	for _, c := range again.Changes {
		got = append(got, string(c.Address))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("created (-) and, after the undo, to be created again (+):\n%s", diff)
	}
}

// byKeyAlone are kinds whose objects are the same again when they are made anew:
// Stytch makes up nothing of them.
var byKeyAlone = map[string]bool{"redirect_url": true, "email_template": true, "default_email_template": true}

func (s suite) undoneDeletion(t *testing.T) {
	if mid[s.kind.Name()+" "+s.attribute.Name] {
		return
	}
	w := New(t, Options{})
	if s.example.prepare != nil {
		s.example.prepare(t, w)
	}
	w.Apply(t, s.document(s.values[0]))
	s.readied(t, w)
	before := s.seen(t, w)
	account := w.written(t, w.Plan(t, s.absent(), unlimited...))
	p := w.undone(t, account)
	if why := oneWay[s.kind.Name()]; why != "" {
		if len(p.Changes) > 0 || !strings.Contains(strings.Join(p.Warnings, "\n"), why) {
			t.Errorf("%d changes, %q; want none, and why: %s", len(p.Changes), p.Warnings, why)
		}
		return
	}
	if diff := cmp.Diff(before, s.seen(t, w)); diff != "" && unset[s.kind.Name()+" "+s.attribute.Name] == "" {
		t.Fatalf("before the deletion (-) and after its undo (+):\n%s\n%s", diff, strings.Join(p.Warnings, "\n"))
	}
	if !byKeyAlone[s.kind.Name()] && len(p.Warnings) == 0 {
		t.Error("nothing says that the object is another")
	}
}

// about are the warnings of a way back about one address.
func about(p *plan.Plan, address string) []string {
	var list []string
	for _, warning := range p.Warnings {
		if strings.Contains(warning, address+":") {
			list = append(list, warning)
		}
	}
	return list
}

const settled = `
organizations:
  acme: {organization_name: Acme, trusted_metadata: {seats: 5, tier: gold}, members: {ada@acme.example: {name: Ada}, bob@acme.example: {}}}
`

const resettled = `
organizations:
  acme: {organization_name: Acme Inc, trusted_metadata: {seats: 7, tier: silver}, members: {ada@acme.example: {name: Ada L}, bob@acme.example: {absent: true}, eve@acme.example: {name: Eve}}}
  globex: {organization_name: Globex, members: {hank@globex.example: {}}}
`

// resettle applies both documents, the second with a journal.
func resettle(t *testing.T) (*World, *apply.Account) {
	t.Helper()
	w := New(t, Options{Parallelism: 1})
	w.Converge(t, state(settled))
	return w, w.written(t, w.Plan(t, state(resettled), "delete_percent=100"))
}

func TestWhatSomebodyChangedSinceIsNotUndone(t *testing.T) {
	member := func(t *testing.T, w *World, slug, address string) string {
		return "/v1/b2b/organizations/" + id(w.Organization(t, slug)) + "/members/" + id(w.Member(t, slug, address))
	}
	for _, test := range []struct {
		name    string
		since   func(t *testing.T, w *World)
		address string
		said    string // of the address
		want    string // what is left of its change in the plan: its attributes, or "nothing"
	}{
		{
			"one attribute of an object that was updated",
			func(t *testing.T, w *World) {
				w.Ask(t, "PUT", "/v1/b2b/organizations/"+id(w.Organization(t, "acme")), Object{"trusted_metadata": Object{"seats": 9}})
			},
			"organization/acme", "trusted_metadata.seats stays as it is: somebody has changed it since", "organization_name trusted_metadata.tier",
		},
		{
			"an attribute that somebody took back already",
			func(t *testing.T, w *World) {
				w.Ask(t, "PUT", "/v1/b2b/organizations/"+id(w.Organization(t, "acme")), Object{"trusted_metadata": Object{"seats": 5}})
			},
			"organization/acme", "", "organization_name trusted_metadata.tier",
		},
		{
			"an object that was updated and is gone",
			func(t *testing.T, w *World) { w.Ask(t, "DELETE", member(t, w, "acme", "ada@acme.example"), Object{}) },
			"organization/acme/member/ada@acme.example", "it was deleted since", "nothing",
		},
		{
			"an object that was created",
			func(t *testing.T, w *World) {
				w.Ask(t, "PUT", member(t, w, "acme", "eve@acme.example"), Object{"name": "Eve E"})
			},
			"organization/acme/member/eve@acme.example", "somebody has changed it since: name", "nothing",
		},
		{
			"a created object that got another key",
			func(t *testing.T, w *World) {
				w.Ask(t, "PUT", member(t, w, "acme", "eve@acme.example"), Object{"email_address": "eva@acme.example"})
			},
			"organization/acme/member/eve@acme.example", "it has another key by now", "nothing",
		},
		{
			"a deleted object that exists again",
			func(t *testing.T, w *World) {
				w.Ask(t, "POST", "/v1/b2b/organizations/"+id(w.Organization(t, "acme"))+"/members", Object{"email_address": "bob@acme.example", "name": "Robert"})
			},
			"organization/acme/member/bob@acme.example", "", "nothing",
		},
		{
			"a created organization in which somebody else lives",
			func(t *testing.T, w *World) {
				w.Ask(t, "POST", "/v1/b2b/organizations/"+id(w.Organization(t, "globex"))+"/members", Object{"email_address": "mallory@globex.example"})
			},
			"organization/globex", "1 member objects live there that the apply did not make, such as mallory@globex.example", "nothing",
		},
		{
			"a created organization whose member somebody changed",
			func(t *testing.T, w *World) {
				w.Ask(t, "PUT", member(t, w, "globex", "hank@globex.example"), Object{"name": "Hank"})
			},
			"organization/globex", "organization/globex/member/hank@globex.example stays in it", "nothing",
		},
		{
			"metadata of a created organization",
			func(t *testing.T, w *World) {
				w.Ask(t, "PUT", "/v1/b2b/organizations/"+id(w.Organization(t, "globex")), Object{"trusted_metadata": Object{"crm": 7}})
			},
			"organization/globex", "somebody has changed it since: trusted_metadata.crm", "nothing",
		},
		{
			"a created organization that is gone",
			func(t *testing.T, w *World) {
				w.Ask(t, "DELETE", "/v1/b2b/organizations/"+id(w.Organization(t, "globex")), Object{})
			},
			"organization/globex", "it is not live any more", "nothing",
		},
		{
			"what lives in an organization that is gone",
			func(t *testing.T, w *World) {
				w.Ask(t, "DELETE", "/v1/b2b/organizations/"+id(w.Organization(t, "acme")), Object{})
			},
			"organization/acme/member/ada@acme.example", "it was deleted since", "nothing",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w, account := resettle(t)
			test.since(t, w)
			p := w.wayBack(t, account, unlimited...)
			got := "nothing"
			for _, c := range p.Changes {
				if string(c.Address) == test.address {
					var names []string
					for _, a := range c.Attributes {
						names = append(names, a.Name)
					}
					got = strings.Join(names, " ")
				}
			}
			if got != test.want {
				t.Errorf("%s: %s, want %s\n%s%s", test.address, got, test.want, Told(p), strings.Join(p.Warnings, "\n"))
			}
			said := strings.Join(about(p, test.address), "\n")
			if test.said != "" && !strings.Contains(said, test.said) {
				t.Errorf("said of %s: %q, want %q", test.address, said, test.said)
			}
		})
	}
}

func TestAnUndoIsGuardedLikeAnyPlan(t *testing.T) {
	w, account := resettle(t)
	p := w.wayBack(t, account)
	var blocked []string
	for _, b := range p.Blocked {
		blocked = append(blocked, b.ID)
	}
	slices.Sort(blocked)
	if diff := cmp.Diff([]string{"restorations"}, slices.Compact(blocked)); diff != "" {
		t.Errorf("blocked by (-want +got):\n%s", diff)
	}
}

func TestAnUndoSaysWhatCannotComeBack(t *testing.T) {
	w := New(t, Options{Parallelism: 1})
	w.Converge(t, state(settled))
	account := w.written(t, w.Plan(t, state("organizations: {acme: {absent: true}}\n"), unlimited...))
	p := w.wayBack(t, account, unlimited...)
	only(t, p, "create organization/acme")
	for _, want := range []string{"it was deleted with all that was in it", "it is created anew, and what refers to it by its old id organization-test-", "sessions-revoked", "irreversible"} {
		if !slices.ContainsFunc(about(p, "organization/acme"), func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("nothing says %q:\n%s", want, strings.Join(p.Warnings, "\n"))
		}
	}
}

// An attribute that Stytch cannot unset stays, and the rest goes back.
func TestWhatCannotBeUnsetStays(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, acme("ada@acme.example: {name: Ada}"))
	account := w.written(t, w.Plan(t, acme("ada@acme.example: {name: A, mfa_phone_number: '+14155550123', default_mfa_method: sms_otp}")))
	p := w.undone(t, account)
	if said := strings.Join(about(p, "ada@acme.example"), ""); !strings.Contains(said, "default_mfa_method had no value before, and Stytch cannot unset it") {
		t.Errorf("said: %q", said)
	}
	if got := w.Member(t, "acme", "ada@acme.example")["name"]; got != "Ada" {
		t.Errorf("the name is %v", got)
	}
}

// A plan of many organizations is undone with as few searches as it was made.
func TestAnUndoIsReadInBulk(t *testing.T) {
	w := New(t, Options{})
	var b strings.Builder
	b.WriteString("organizations:\n")
	for i := range 30 {
		fmt.Fprintf(&b, "  o%02d: {organization_name: O, members: {a@o.example: {}, b@o.example: {}}}\n", i)
	}
	account := w.written(t, w.Plan(t, state(b.String())))
	w.Sandbox.ResetRequests()
	p := w.wayBack(t, account, unlimited...)
	if p.Summary.Delete != 30 {
		t.Errorf("%d deletions, want the 30 organizations", p.Summary.Delete)
	}
	// Two rounds of searches, and for each organization that goes the count of its members and a read for each kind that Stytch
	// lists by organization alone: who made a connection there meanwhile must be known.
	listed := 0
	for _, k := range w.Catalog.Kinds() {
		if k.Word().Parent == plan.OrganizationKind && k.Name() != "member" {
			listed++
		}
	}
	if n := len(w.Sandbox.Requests()); n > 30*(1+listed)+10 {
		t.Errorf("%d requests", n)
	}
}

// A set that the apply closed is open on the way back.
func TestAnUndoDeletesNothingByOmission(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, state(settled))
	account := w.written(t, w.Plan(t, state("policy: {undeclared: {members: delete}}\n"+resettled), unlimited...))
	w.Ask(t, "POST", "/v1/b2b/organizations/"+id(w.Organization(t, "globex"))+"/members", Object{"email_address": "mallory@globex.example"})
	p := w.wayBack(t, account, unlimited...)
	for _, c := range p.Changes {
		if strings.Contains(string(c.Address), "mallory") {
			t.Errorf("%s %s", c.Action, c.Address)
		}
	}
	if said := strings.Join(about(p, "organization/globex"), ""); !strings.Contains(said, "1 member objects live there") {
		t.Errorf("said of the organization: %q", said)
	}
}

// What became of an operation that a killed apply had begun.
func TestALookSaysWhatBecameOfAnOperation(t *testing.T) {
	put := func(slug string, body Object) func(*testing.T, *World) {
		return func(t *testing.T, w *World) {
			w.Ask(t, "PUT", "/v1/b2b/organizations/"+id(w.Organization(t, slug)), body)
		}
	}
	nothing := func(*testing.T, *World) {}
	both := Object{"organization_name": "Acme Inc", "trusted_metadata": Object{"seats": 7, "tier": "silver"}}
	for _, test := range []struct {
		name    string
		address plan.Address
		since   func(*testing.T, *World)
		want    string
	}{
		{"an update that was not done", "organization/acme", nothing, "as before"},
		{"an update that was done", "organization/acme", put("acme", both), "in place"},
		{"an update that was done in part", "organization/acme", put("acme", Object{"organization_name": "Acme Inc"}), "stale: it was done in part"},
		{"an update of what became something else", "organization/acme", put("acme", Object{"organization_name": "Else"}), "stale: it was changed since the plan was made: organization_name"},
		{"a creation that was not done", "organization/globex", nothing, "as before"},
		{"a creation in an organization that was not made", "organization/globex/member/hank@globex.example", nothing, "as before"},
		{"a creation that was done", "organization/globex", func(t *testing.T, w *World) {
			w.Ask(t, "POST", "/v1/b2b/organizations", Object{"organization_name": "Globex", "organization_slug": "globex", "email_invites": "ALL_ALLOWED"})
		}, "in place"},
		{"a deletion that was not done", "organization/acme/member/bob@acme.example", nothing, "as before"},
		{"a deletion that was done", "organization/acme/member/bob@acme.example", func(t *testing.T, w *World) {
			w.Ask(t, "DELETE", "/v1/b2b/organizations/"+id(w.Organization(t, "acme"))+"/members/"+id(w.Member(t, "acme", "bob@acme.example")), Object{})
		}, "in place"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := New(t, Options{})
			w.Converge(t, state(settled))
			p := w.Plan(t, state(resettled), unlimited...)
			test.since(t, w)
			actor := kind.NewActor(w.Catalog, w.Connection.ReadOnly(), w.Target)
			i := slices.IndexFunc(p.Changes, func(c plan.Change) bool { return c.Address == test.address })
			_, err := actor.Look(t.Context(), plan.Operation{Change: &p.Changes[i]})
			got := "as before"
			if failed, ok := errors.AsType[*plan.Failure](err); ok && failed.Stale {
				got = "stale: " + failed.Message
			} else if errors.Is(err, plan.ErrInPlace) {
				got = "in place"
			} else if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("it is %s, want %s", got, test.want)
			}
		})
	}
}

// What nests in an organization that the killed apply made is found through the
// id that the journal has.
func TestALookRemembersWhatWasMadeBefore(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, state(settled))
	p := w.Plan(t, state(resettled), unlimited...)
	w.Apply(t, state(resettled), unlimited...)
	i := slices.IndexFunc(p.Changes, func(c plan.Change) bool { return c.Address == "organization/globex/member/hank@globex.example" })
	actor := kind.NewActor(w.Catalog, w.Connection.ReadOnly(), w.Target)
	actor.Remember("organization/globex", id(w.Organization(t, "globex")))
	found, err := actor.Look(t.Context(), plan.Operation{Change: &p.Changes[i]})
	if want := id(w.Member(t, "globex", "hank@globex.example")); !errors.Is(err, plan.ErrInPlace) || found != want {
		t.Errorf("%q, %v; want %q in place", found, err, want)
	}
}
