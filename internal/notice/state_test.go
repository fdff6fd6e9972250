package notice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

var (
	monday  = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	tuesday = monday.AddDate(0, 0, 1)
)

// found is a complete plan with drift of these fingerprints, one of each object.
func found(prints ...string) *plan.Plan {
	p := &plan.Plan{Complete: true, Target: plan.Target{ProjectID: "project-test-1", ProjectSlug: "acme", EnvironmentSlug: "test"}}
	for _, print := range prints {
		p.Differences = append(p.Differences, plan.Difference{Fingerprint: print, Address: plan.Address("organization/" + print), Kind: "organization", Action: plan.Update, Attribute: "organization_name", Live: "x"})
	}
	return p
}

// repaired is a plan of which the first drift was repaired, and the others are left.
func repaired(prints ...string) *plan.Plan {
	p := found(prints...)
	p.Repair = &plan.Repair{Repaired: p.Differences[:1]}
	p.Differences = p.Differences[1:]
	return p
}

func TestEverythingThatWasEverRepairedIsCounted(t *testing.T) {
	s := after(false, repaired("a"), repaired("b"), found("c"))(State{})
	f := s.Compare(repaired("d"), tuesday)
	if f.EverRepaired != 3 {
		t.Errorf("%d repaired, want 3", f.EverRepaired)
	}
	var text bytes.Buffer
	if err := f.WriteMetrics(&text, 1, tuesday); err != nil || !strings.Contains(text.String(), "stytch_reconcile_drift_repaired_total{project_id=\"project-test-1\",environment=\"test\"} 3\n") {
		t.Errorf("%v: %s", err, text.String())
	}
}

func TestWhatIsNewStillThereAndGone(t *testing.T) {
	incomplete := found()
	incomplete.Complete = false
	accepted := found()
	accepted.Accepted = []plan.Accepted{{Fingerprint: "a"}}
	replaced := found("b")
	replaced.Differences[0].Address = "organization/a"
	tests := []struct {
		name string
		then func(State) State // what was before
		now  *plan.Plan
		want string // new, still, gone, repaired, and what is remembered
	}{
		{"nothing and nothing", nil, found(), "0 0 0 0 map[]"},
		{"the first time", nil, found("a"), "1 0 0 0 map[a:told]"},
		{"the second time", after(true, found("a")), found("a"), "0 1 0 0 map[a:told]"},
		{"when the notice did not get through", after(false, found("a")), found("a"), "1 0 0 0 map[a:told]"},
		{"mended", after(true, found("a")), found(), "0 0 1 0 map[]"},
		{"mended before anybody was told", after(false, found("a")), found(), "0 0 0 0 map[]"},
		{"not seen, where not everything was", after(true, found("a")), incomplete, "0 0 0 0 map[a:told]"},
		{"replaced by another value", after(true, found("a")), replaced, "1 0 0 0 map[b:told]"},
		{"accepted", after(true, found("a")), accepted, "0 0 0 0 map[a:accepted]"},
		{"accepted and expired", after(true, found("a"), accepted), found("a"), "1 0 0 0 map[a:told]"},
		{"accepted and mended", after(true, found("a"), accepted), found(), "0 0 0 0 map[]"},
		{"repaired", after(true, found("a")), repaired("a"), "0 0 0 1 map[]"},
		{"found and repaired in one run", nil, repaired("a"), "0 0 0 1 map[]"},
		{"one repaired and one left", after(true, found("a", "b")), repaired("a", "b"), "0 1 0 1 map[b:told]"},
		{"repaired when the notice did not get through", after(false, repaired("a")), found(), "0 0 0 1 map[]"},
		{"repaired, not told, and not seen again", after(false, repaired("a")), incomplete, "0 0 0 1 map[]"},
		{"repaired, not told, and changed again", after(false, repaired("a")), found("a"), "1 0 0 0 map[a:told]"},
		{"repaired and told", after(true, repaired("a")), found(), "0 0 0 0 map[]"},
		{"repaired, told, and changed again", after(true, repaired("a")), found("a"), "1 0 0 0 map[a:told]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var s State
			if test.then != nil {
				s = test.then(s)
			}
			f := s.Compare(test.now, tuesday)
			remembered := map[string]string{}
			for print, r := range f.Next(true).Drift {
				remembered[print] = map[bool]string{true: "told"}[r.Told] + map[bool]string{true: "accepted"}[r.Accepted]
			}
			if diff := cmp.Diff(test.want, fmt.Sprintf("%d %d %d %d %v", len(f.New), len(f.Still), len(f.Gone), len(f.Repaired), remembered)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// after runs once for each plan, on Monday, through the file.
func after(told bool, plans ...*plan.Plan) func(State) State {
	return func(s State) State {
		for _, p := range plans {
			var file bytes.Buffer
			if err := s.Compare(p, monday).Next(told).Write(&file); err != nil {
				panic(err)
			}
			var err error
			if s, err = ReadState(&file, "project-test-1"); err != nil {
				panic(err)
			}
		}
		return s
	}
}

func TestTheOldestDriftIsAsOldAsWhenItWasFirstSeen(t *testing.T) {
	f := after(true, found("a"))(State{}).Compare(found("a", "b"), tuesday)
	if got := tuesday.Sub(f.Oldest()); got != 24*time.Hour {
		t.Errorf("%s old, want a day", got)
	}
	var b strings.Builder
	if err := f.WriteMetrics(&b, 7, tuesday); err != nil {
		t.Fatal(err)
	}
	want := `stytch_reconcile_drift_oldest_seconds{project_id="project-test-1",environment="test"} 86400`
	if !strings.Contains(b.String(), want+"\n") {
		t.Errorf("%s is not in\n%s", want, b.String())
	}
}

func TestTheLastSuccessIsWhenEverythingWasRead(t *testing.T) {
	incomplete := found()
	incomplete.Complete = false
	if f := after(true, found())(State{}).Compare(incomplete, tuesday); !f.LastSuccess.Equal(monday) {
		t.Errorf("the last success is %s", f.LastSuccess)
	}
	if f := (State{}).Compare(incomplete, tuesday); !f.LastSuccess.IsZero() {
		t.Error("a run that did not read everything is no success")
	}
}

func TestManyDriftsFitIntoAMessageAndAnIssue(t *testing.T) {
	var prints []string
	for i := range 5000 {
		prints = append(prints, fmt.Sprintf("%04d-%s", i, strings.Repeat("<", 400)))
	}
	f := State{}.Compare(found(prints...), monday)
	body, err := f.Message(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var message map[string]string
	if err := json.Unmarshal(body, &message); err != nil {
		t.Fatal(err)
	}
	text := message["text"]
	var issue strings.Builder
	if err := f.WriteIssue(&issue, Options{}); err != nil {
		t.Fatal(err)
	}
	for name, part := range map[string]struct {
		text string
		most int
	}{"message": {text, 40_000}, "issue": {issue.String(), 65_536}} {
		shown := strings.Count(part.text, "organization_name")
		if len(part.text) > part.most || shown == 0 || !strings.Contains(part.text, fmt.Sprintf("and %d more", 5000-shown)) {
			t.Errorf("%s of %d bytes with %d drifts ends %q", name, len(part.text), shown, part.text[len(part.text)-40:])
		}
	}
}

func TestAddressesAreShortened(t *testing.T) {
	for text, want := range map[string]string{
		"organization/acme/member/ada@acme.example":  "organization/acme/member/a…@acme.example",
		"to ada.lovelace+x@acme.example, or <b@c.d>": "to a…@acme.example, or <b…@c.d>",
		`"ada lovelace"@acme.example`:                "a…@acme.example",
		"a@b@acme.example":                           "a…@acme.example",
		"élise@acme.example":                         "é…@acme.example",
		"no address":                                 "no address",
		"@channel":                                   "@channel",
	} {
		if got := shorten(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestASensitiveValueIsNeverTold(t *testing.T) {
	said := Options{FullAddresses: true}.sentence(plan.Difference{
		Address: "secret/x", Attribute: "value", Action: plan.Update, Sensitive: true, Live: "canary", Declared: "canary", Risks: []string{plan.SecretIssued},
	})
	if want := "`secret/x` `value` is not what is declared (undoing it: secret-issued)"; said != want {
		t.Error(cmp.Diff(want, said))
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	var heard []string
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		heard = append(heard, r.URL.Path)
		http.Redirect(rw, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	e, err := ParseEndpoint(server.URL + "/hook")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Send(t.Context(), []byte("{}"), time.Minute); err == nil {
		t.Error("a redirect is taken for a delivery")
	}
	if diff := cmp.Diff([]string{"/hook"}, heard); diff != "" {
		t.Error(diff)
	}
}

func TestAnEndpointIsNeverShown(t *testing.T) {
	e, err := ParseEndpoint("https://127.0.0.1:1/canary")
	if err != nil {
		t.Fatal(err)
	}
	said := fmt.Sprintf("%v %+v %#v %s %v", e, e, e, e, e.Send(t.Context(), nil, time.Second))
	for _, wrong := range []string{"canary", "", "ftp://canary/x", "https:///canary", "http://a b/canary", "http://canary:%zz/"} {
		_, err := ParseEndpoint(wrong)
		said += fmt.Sprint(err)
		if err == nil {
			t.Errorf("%q is taken for an address", wrong)
		}
	}
	if strings.Contains(said, "canary") {
		t.Error(said)
	}
}

func TestWhatIsIncompleteIsSaidHoweverMuchIsCut(t *testing.T) {
	var prints []string
	for i := range 5000 {
		prints = append(prints, fmt.Sprintf("%04d-%s", i, strings.Repeat("x", 400)))
	}
	p := found(prints...)
	p.Complete = false
	f := State{}.Compare(p, monday)
	message, err := f.Message(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var issue strings.Builder
	if err := f.WriteIssue(&issue, Options{}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"message": string(message), "issue": issue.String()} {
		if !strings.Contains(text, "Not everything could be read") {
			t.Errorf("the %s does not say so", name)
		}
	}
	p.Differences = nil
	issue.Reset()
	if err := (State{}.Compare(p, monday)).WriteIssue(&issue, Options{}); err != nil || strings.Contains(issue.String(), "is what is live") {
		t.Errorf("%v, and an issue about what could not be read says\n%s", err, issue.String())
	}
}

func TestALineNeverStandsUnderAnotherHeading(t *testing.T) {
	p := &pile{room: 20}
	p.list("New:", "- ", []string{"organization"})
	p.list("Repaired, and as declared again:", "- ", []string{"x", "y"})
	if diff := cmp.Diff("New:\n- organization\n", p.String()); diff != "" || p.left != 2 {
		t.Errorf("%d are left, and (-want +got):\n%s", p.left, diff)
	}
}

func TestAMarkerStaysAComment(t *testing.T) {
	for id, want := range map[string]string{
		"project-test-1":       "<!-- stytch-reconcile drift project-test-1 -->",
		"x --> <script>\n@all": "<!-- stytch-reconcile drift x+%2D%2D%3E+%3Cscript%3E%0A%40all -->",
	} {
		if diff := cmp.Diff(want, Marker(plan.Target{ProjectID: id})); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTheRiskiestDriftIsToldFirst(t *testing.T) {
	p := found("a", "b", "c", "d")
	p.Differences[1].Risks = []string{plan.Irreversible}
	p.Differences[3].Risks = []string{plan.AccessRemoved, plan.Irreversible, plan.LockOut}
	f := State{}.Compare(p, monday)
	message, err := f.Message(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var issue strings.Builder
	if err := f.WriteIssue(&issue, Options{}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"message": string(message), "issue": issue.String()} {
		if got := regexp.MustCompile("organization/(.)").ReplaceAllString(strings.Join(regexp.MustCompile("organization/.").FindAllString(text, -1), ""), "$1"); got != "dbac" {
			t.Errorf("the %s tells of %s", name, got)
		}
		if want := "(undoing it: lock-out, access-removed, irreversible)"; !strings.Contains(text, want) {
			t.Errorf("%s is not in the %s:\n%s", want, name, text)
		}
	}
}
