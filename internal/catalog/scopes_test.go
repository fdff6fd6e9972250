package catalog

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

func TestAListingEndsAtTheFirstError(t *testing.T) {
	scopes := []kind.Scope{{EnvironmentSlug: "a"}, {EnvironmentSlug: "broken"}, {EnvironmentSlug: "c"}}
	var got []string
	for live, err := range eachScope(scopes, func(s kind.Scope) ([]kind.Live[RedirectURL], error) {
		if s.EnvironmentSlug == "broken" {
			return nil, errors.New("no answer")
		}
		return []kind.Live[RedirectURL]{{ID: s.EnvironmentSlug}}, nil
	}) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, live.ID)
	}
	if diff := cmp.Diff([]string{"a", "no answer"}, got); diff != "" {
		t.Error("what could not be read must not look like the end:", diff)
	}
}
