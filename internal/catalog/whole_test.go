package catalog

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// What is replaced whole is looked at right before: otherwise a read that lags
// would undo what others did since.
func TestAWholeSettingIsWrittenOnlyOverWhatThePlanWasMadeFrom(t *testing.T) {
	for _, test := range []struct {
		name   string
		others map[string]any // what they have made of it meanwhile
		want   string
		writes int
	}{
		{"nobody changed it", map[string]any{"validation_policy": "LUDS", "luds_min_password_length": 10, "luds_min_password_complexity": 2}, "", 1},
		{"another part may be another", map[string]any{"validation_policy": "LUDS", "luds_min_password_length": 10, "luds_min_password_complexity": 4}, "", 1},
		{"what changes may not", map[string]any{"validation_policy": "LUDS", "luds_min_password_length": 14, "luds_min_password_complexity": 2}, "somebody has changed luds_min_password_length since the plan was made; plan again", 0},
		{"somebody did the same", map[string]any{"validation_policy": "LUDS", "luds_min_password_length": 12, "luds_min_password_complexity": 2}, "in place", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStand(t)
			planned, declared := luds(10, 2), PasswordStrengthConfig{Length: kind.Some(12)}
			s.call("PUT", "/password_strength_config", test.others)
			s.wire.writes()
			err := carryOut(s, passwordStrengthConfig, "", &kind.Live[PasswordStrengthConfig]{ID: "x", Value: planned}, &declared)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if errors.Is(err, plan.ErrInPlace) {
				got = "in place"
			}
			if !strings.Contains(got, test.want) || test.want == "" && got != "" {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if sent := s.wire.writes(); len(sent) != test.writes {
				t.Errorf("%d writes: %v", len(sent), sent)
			}
		})
	}
}

func TestChangesAreLaidOverASetting(t *testing.T) {
	setting := map[string]any{"a": 1, "b": map[string]any{"c": 2, "d": []any{3}}, "gone": nil}
	got := overlaid(setting, map[string]any{"b": map[string]any{"d": []any{}}, "gone": map[string]any{"x": ""}, "new": false})
	want := map[string]any{"a": 1, "b": map[string]any{"c": 2, "d": []any{}}, "gone": map[string]any{"x": ""}, "new": false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"a": 1, "b": map[string]any{"c": 2, "d": []any{3}}, "gone": nil}, setting); diff != "" {
		t.Errorf("what was read was changed:\n%s", diff)
	}
}
