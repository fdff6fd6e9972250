package kindtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// Whatever fails, in whatever order things run: at no moment has an organization
// fewer administrators than before and than min_admins asks for, nobody is gone
// whom the plan does not delete, nobody is refused a role that the policy took
// away too early, and a profile that had keys has one. Once nothing fails any
// more, the same documents converge.
func TestGuardsHoldAfterEveryWriteWhateverFails(t *testing.T) {
	trials(t, func(t *trial) {
		t.people = rapid.IntRange(0, 4).Draw(t.r, "people above all") > 0
		b := t.wish(t.begin())
		least := rapid.IntRange(0, 2).Draw(t.r, "min_admins")
		b.top["policy"].(Object)["min_admins"] = least
		p := t.usable(b.yaml())
		before := t.dump()
		faults := fates{seed: rapid.Uint64().Draw(t.r, "faults"), share: rapid.SampledFrom([]uint64{0, 2, 3, 5}).Draw(t.r, "one write in"), names: before.names()}
		guard := newGuard(t.World, p, before, least)
		t.witness.forget()
		t.witness.before, t.witness.after = faults.strike, guard.look
		report := t.run(p)
		t.witness.before, t.witness.after = nil, nil
		if len(guard.broken) > 0 {
			t.Fatalf("%s\n%s\n%s", strings.Join(guard.broken, "\n"), t.told(), steps(p))
		}
		t.counted(p, report)
		t.untouched(p, before, t.dump())

		again, err := t.try(b.yaml(), kind.ReadOptions{})
		if err != nil {
			t.Fatalf("what failed in part cannot be taken up again: %v", err)
		}
		b.top["policy"].(Object)["min_admins"] = 0
		t.converges(b.yaml())
		t.holds(b)
		t.rightlyBlocked(again, least)
	})
}

// rightlyBlocked: a plan that takes up what failed in part may be blocked for one
// reason only. The documents themselves end below min_admins, which was no change
// for the worse at first, and is one now that the additions are there.
func (t *trial) rightlyBlocked(again *plan.Plan, least int) {
	d := t.dump()
	for _, b := range again.Blocked {
		few := slices.ContainsFunc(d.all("organization"), func(key string) bool {
			admins := 0
			for _, m := range d.living(id(d[key])) {
				if slices.Contains(rolesOf(d[m]), any("stytch_admin")) {
					admins++
				}
			}
			return admins < least
		})
		if b.ID != "min_admins" || !few {
			t.Fatalf("what failed in part cannot be taken up again: %s", b.Reason)
		}
	}
}

// counted fails the trial unless a report adds up to its plan.
func (t *trial) counted(p *plan.Plan, report *plan.Report) {
	s := report.Summary
	if s.Done+s.Failed+s.Skipped+s.NotTried != len(p.Changes) || s.NotTried > 0 {
		t.Fatalf("%+v of %d changes", s, len(p.Changes))
	}
}

// told lists the writes of a trial.
func (t *trial) told() string {
	var b strings.Builder
	for _, s := range t.witness.writes {
		fmt.Fprintf(&b, "%d %s %s %s %v %v\n", s.status, s.method, s.path, s.url, s.body, s.answer["error_type"])
	}
	return b.String()
}

// fates decide how writes fail: always the same for the same write to the same
// object, whatever ids it has in this run and whatever the order.
type fates struct {
	seed, share uint64
	names       map[string]string
}

// names are the natural names of what has an id.
func (d dump) names() map[string]string {
	names := map[string]string{}
	for _, kind := range []string{"organization", "member", "trusted_token_profile"} {
		for _, key := range d.inOrder(kind) {
			_, id, _ := strings.Cut(key, "/")
			organization, _ := d[key]["organization_id"].(string)
			names[id] = fmt.Sprint(d["organization/"+organization]["organization_slug"], firstOf(d[key], "email_address", "name"), d[key]["status"])
		}
	}
	return names
}

var errCut = errors.New("the connection was cut")

// strike lets one write in so many fail: refused, lost on the way, or lost on
// the way back.
func (f fates) strike(s *sent) func(*http.Request, func() (*http.Response, error)) (*http.Response, error) {
	if f.share == 0 {
		return nil
	}
	sum := fnv.New64a()
	path := strings.Split(s.path, "/")
	for i, segment := range path {
		if name, known := f.names[segment]; known {
			path[i] = name
		} else if strings.Contains(segment, "-test-") {
			path[i] = "new"
		}
	}
	_, _ = fmt.Fprint(sum, f.seed, s.method, path, s.url, s.body["email_address"], s.body["organization_slug"], s.body["url"])
	draw := sum.Sum64() >> 8
	if draw%f.share != 0 {
		return nil
	}
	return func(r *http.Request, send func() (*http.Response, error)) (*http.Response, error) {
		switch draw / f.share % 3 {
		case 0:
			return Answered(r, http.StatusForbidden, `{"status_code":403,"error_type":"unlucky","error_message":"this write fails","request_id":"r"}`), nil
		case 1:
			return nil, errCut
		}
		if response, err := send(); err == nil {
			_ = response.Body.Close()
		}
		return nil, errCut
	}
}

// A guard looks at the sandbox after every write.
type guard struct {
	*World
	mu     sync.Mutex
	least  map[string]int  // administrators that an organization keeps, by its id
	people map[string]bool // who stays, by id
	keys   map[string]bool // profiles that keep a key, by id
	leave  map[string]bool // members who let go of something in the plan, by id
	broken []string
}

func newGuard(w *World, p *plan.Plan, before dump, least int) *guard {
	g := &guard{World: w, least: map[string]int{}, people: map[string]bool{}, keys: map[string]bool{}, leave: map[string]bool{}}
	doomed := map[string]bool{}
	for _, c := range p.Changes {
		g.leave[c.ID] = c.Kind == "member" && (c.Action == plan.Delete || slices.ContainsFunc(c.Attributes, func(a plan.Attribute) bool { return a.Name == "roles" }))
		if c.Action == plan.Delete {
			doomed[c.ID] = true
		}
	}
	for _, key := range before.living(nil) {
		m := before[key]
		if home := m["organization_id"].(string); !doomed[home] {
			g.people[id(m)] = !doomed[id(m)]
			if slices.Contains(rolesOf(m), any("stytch_admin")) {
				g.least[home]++
			}
		}
	}
	for home := range g.least {
		g.least[home] = min(g.least[home], least)
	}
	for _, key := range before.all("trusted_token_profile") {
		if o := before[key]; !doomed[o["profile_id"].(string)] && len(o["pem_files"].([]any)) > 0 {
			g.keys[o["profile_id"].(string)] = true
		}
	}
	return g
}

func rolesOf(member Object) []any {
	roles, _ := assigned(member).([]any)
	return roles
}

// look is called from many goroutines, and says nothing to the test but at its end.
func (g *guard) look(s sent) {
	members := g.ask(http.MethodPost, "/v1/b2b/organizations/search", Object{"limit": 1000})
	var ids []any
	for _, o := range list(members["organizations"]) {
		ids = append(ids, o["organization_id"])
	}
	members = g.ask(http.MethodPost, "/v1/b2b/organizations/members/search", Object{"limit": 1000, "organization_ids": ids})
	const environment = "/pwa/v3/projects/acme-auth/environments/test"
	profiles := g.ask(http.MethodGet, environment+"/trusted_token_profiles", nil)
	policy := g.ask(http.MethodGet, environment+"/rbac_policy", nil)["policy"].(Object)
	g.mu.Lock()
	defer g.mu.Unlock()
	say := func(format string, args ...any) {
		g.broken = append(g.broken, fmt.Sprintf("after %s %s %v: ", s.method, s.path, s.body)+fmt.Sprintf(format, args...))
	}
	admins, there, roles := map[string]int{}, map[string]bool{}, map[any]bool{"stytch_admin": true}
	for _, role := range list(policy["custom_roles"]) {
		roles[role["role_id"]] = true
	}
	for _, m := range list(members["members"]) {
		there[id(m)] = true
		for _, role := range rolesOf(m) {
			if g.leave[id(m)] && !roles[role] {
				say("%s has the role %s, which the policy took away first", m["email_address"], role)
			}
		}
		if slices.Contains(rolesOf(m), any("stytch_admin")) {
			admins[m["organization_id"].(string)]++
		}
	}
	for home, least := range g.least {
		if admins[home] < least {
			say("%s has %d administrators, and must keep %d", home, admins[home], least)
		}
	}
	for person, stays := range g.people {
		if stays && !there[person] {
			say("%s is gone, and the plan does not delete them", person)
		}
	}
	for _, o := range list(profiles["profiles"]) {
		if g.keys[o["profile_id"].(string)] && len(o["pem_files"].([]any)) == 0 {
			say("the profile %s has no key", o["name"])
		}
	}
	if refused := s.answer["error_type"]; refused == "invalid_rbac_role_id" || refused == "invalid_role" {
		say("a role is not there")
	}
}

// ask is Ask without a test to fail, and past the network.
func (g *guard) ask(method, path string, body any) Object {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequestWithContext(context.Background(), method, path, bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(g.credentials.ProjectID, g.credentials.Secret)
	if strings.HasPrefix(path, "/pwa/") {
		r.SetBasicAuth(g.credentials.WorkspaceKeyID, g.credentials.WorkspaceKeySecret)
	}
	w := httptest.NewRecorder()
	g.Sandbox.ServeHTTP(w, r)
	var answer Object
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		panic(err)
	}
	return answer
}

func list(v any) []Object {
	items, _ := v.([]any)
	objects := make([]Object, 0, len(items))
	for _, item := range items {
		objects = append(objects, item.(Object))
	}
	return objects
}
