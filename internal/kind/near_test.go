package kind

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// What is near enough to the live value is no change, and what is further away
// is one, with the values as they are.
func TestWhatIsNearIsEqual(t *testing.T) {
	near := widgetType()
	near.Near = func(live, declared widget) widget {
		if d := declared.Size.Value - live.Size.Value; declared.Size.Set && d >= -1 && d <= 1 {
			declared.Size = live.Size
		}
		return declared
	}
	for _, test := range []struct {
		name           string
		live, declared widget
		want           []plan.Attribute
	}{
		{"the same", widget{Size: Some(3)}, widget{Size: Some(3)}, nil},
		{"near", widget{Size: Some(3)}, widget{Size: Some(4)}, nil},
		{"far", widget{Size: Some(3)}, widget{Size: Some(5)}, []plan.Attribute{{Name: "size", Before: json.Number("3"), After: json.Number("5")}}},
		{"near, beside something else", widget{Size: Some(3), Color: Some("red")}, widget{Size: Some(2), Color: Some("blue")}, []plan.Attribute{{Name: "color", Before: "red", After: "blue"}}},
		{"not declared", widget{Size: Some(3)}, widget{}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.live.Name, test.declared.Name = "w", "w"
			if diff := cmp.Diff(test.want, erasedOf(t, near).Compare(&test.live, &test.declared)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A declaration that has ended by its own words asks for absence; until then it
// is one like any other.
func TestADeclarationThatHasLapsedAsksForAbsence(t *testing.T) {
	end := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	lapsing := widgetType()
	lapsing.Lapsed = func(w widget, now time.Time) bool { return w.Title.Value == "ends" && !end.After(now) }
	live := []string{"b"}
	lapsing.List = func(context.Context, *client.Client, []Scope) iter.Seq2[Live[widget], error] {
		return func(yield func(Live[widget], error) bool) {
			for _, name := range live {
				if !yield(Live[widget]{ID: name, Value: widget{Name: name, Title: Some("ends")}}, nil) {
					return
				}
			}
		}
	}
	catalog := NewCatalog(New(lapsing))
	for _, test := range []struct {
		name string
		now  time.Time
		want []string
	}{
		{"before the end", end.Add(-time.Second), []string{"create widget/a", "create widget/c"}},
		{"at the end", end, []string{"delete widget/b", "create widget/c"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			const content = "policy: {limits: {delete_percent: 100}}\nwidgets: {a: {title: ends}, b: {title: ends}, c: {title: stay}}\n"
			document, diagnostics := spec.Load([]string{write(t, content)}, spec.Options{Vocabulary: catalog.Vocabulary()})
			desired, more := Decode(document, catalog)
			if all := told(append(diagnostics, more...)); len(all) > 0 {
				t.Fatal(all)
			}
			p, problems, err := desired.Plan(t.Context(), nil, plan.Target{}, ReadOptions{Now: test.now})
			if err != nil || len(problems) > 0 {
				t.Fatal(err, problems)
			}
			var got []string
			for _, c := range p.Changes {
				got = append(got, string(c.Action)+" "+string(c.Address))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// turning is a lock of which an update, too, has Stytch make something up.
func turning() Type[lock] {
	t := lockType()
	t.Issuing = func(creates bool, before, after lock) []string {
		if !creates && before.Title.Value != "turn" && after.Title.Value == "turn" {
			return []string{"token"}
		}
		return nil
	}
	update := t.Update
	t.Update = func(ctx context.Context, c *client.Client, e Edit[lock]) error {
		if err := update(ctx, c, e); err != nil || e.Keep == nil {
			return err
		}
		return e.Keep("token", client.NewSecret("canary-turned"))
	}
	return t
}

func TestAKindSaysWhichWritesIssueASecret(t *testing.T) {
	k := New(turning())
	for _, test := range []struct {
		name   string
		change plan.Change
		want   []string
	}{
		{"a creation, of which it says no", plan.Change{Action: plan.Create}, nil},
		{"an update, of which it says no", plan.Change{Action: plan.Update, Attributes: []plan.Attribute{{Name: "title", Before: "turn", After: "x"}}}, nil},
		{"an update, of which it says yes", plan.Change{Action: plan.Update, Attributes: []plan.Attribute{{Name: "title", Before: "x", After: "turn"}}}, []string{"token"}},
		{"a deletion is never asked about", plan.Change{Action: plan.Delete, Attributes: []plan.Attribute{{Name: "title", Before: "x", After: "turn"}}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.change.Key = "a"
			if got := issuedBy(k, &test.change); !slices.Equal(got, test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

func TestAnUpdateWhoseSecretIsNotInTheSinkFails(t *testing.T) {
	b := newBench(t)
	b.locks["a"] = map[string]string{"title": "x"}
	p := b.plan("locks: {a: {title: turn}}\n")
	for _, test := range []struct {
		name string
		sink Sink
		want string
	}{
		{"the sink fails", brokenSink{}, "it was changed, but its token was not kept: the disk is full; cancel the rotation and start another"},
		{"there is none", nil, "it was changed, but its token was not kept: there is no sink for it; cancel the rotation and start another"},
	} {
		t.Run(test.name, func(t *testing.T) {
			actor := NewActor(NewCatalog(New(turning())), b.conn.Writable(), b.target)
			actor.Sink = test.sink
			_, err := actor.Do(t.Context(), p.Operations()[0])
			failed, ok := errors.AsType[*plan.Failure](err)
			if !ok || failed.Type != "secret_lost" || failed.Message != test.want || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v, want %s", err, test.want)
			}
			b.locks["a"]["title"] = "x"
		})
	}
	b.locks["a"]["title"] = "turn"
	_, err := NewActor(NewCatalog(New(turning())), b.conn.ReadOnly(), b.target).Look(t.Context(), p.Operations()[0])
	if failed, ok := errors.AsType[*plan.Failure](err); !ok || !failed.Uncertain || !strings.Contains(failed.Message, "token reached the sink") {
		t.Errorf("a look after a crash: %v", err)
	}
}
