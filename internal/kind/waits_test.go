package kind

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A colour waits for the size that has it.
func TestWaitsTakesOutWhatCannotBeDoneYet(t *testing.T) {
	waiting := widgetType()
	waiting.Waits = func(live, declared widget) (widget, []string) {
		if !declared.Color.Set || live.Size.Set {
			return declared, nil
		}
		declared.Color = Opt[string]{}
		return declared, []string{"the colour waits for a size"}
	}
	for _, test := range []struct {
		name  string
		live  any
		want  widget
		waits []string
	}{
		{"of what is yet to be created, live is the zero value", nil, widget{On: Some(true)}, []string{"the colour waits for a size"}},
		{"of what is live and lacks it", &widget{}, widget{On: Some(true)}, []string{"the colour waits for a size"}},
		{"nothing waits once it is there", &widget{Size: Some(3)}, widget{On: Some(true), Color: Some("red")}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			declared := &widget{On: Some(true), Color: Some("red")}
			now, waits := New(waiting).Waits(test.live, declared)
			if diff := cmp.Diff(&test.want, now); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.waits, waits); diff != "" {
				t.Error(diff)
			}
			if !declared.Color.Set {
				t.Error("the declaration itself was changed")
			}
		})
	}
	if _, waits := New(widgetType()).Waits(nil, &widget{}); waits != nil {
		t.Errorf("a kind that says nothing of waiting waits: %v", waits)
	}
}
