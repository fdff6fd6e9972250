package catalog

import (
	"iter"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// eachScope lists kinds that Stytch answers whole, without pages: what read
// gives for every scope, in order. The first error ends the listing, because
// after it nobody knows what else there is.
func eachScope[T any](scopes []kind.Scope, read func(kind.Scope) ([]kind.Live[T], error)) iter.Seq2[kind.Live[T], error] {
	return func(yield func(kind.Live[T], error) bool) {
		for _, scope := range scopes {
			found, err := read(scope)
			if err != nil {
				yield(kind.Live[T]{}, client.Wrap(err))
				return
			}
			for _, live := range found {
				if !yield(live, nil) {
					return
				}
			}
		}
	}
}

// environmentPath is the path of an environment in the management API with
// more segments behind it, whose %s are ids.
func environmentPath(s kind.Scope, rest string, ids ...string) string {
	return client.Path("/pwa/v3/projects/%s/environments/%s"+rest, append([]string{s.ProjectSlug, s.EnvironmentSlug}, ids...)...)
}

// projectPath is the path of a project in the management API with more segments
// behind it, whose %s are ids: for what all its environments share.
func projectPath(s kind.Scope, rest string, ids ...string) string {
	return client.Path("/pwa/v3/projects/%s"+rest, append([]string{s.ProjectSlug}, ids...)...)
}

// changedMeanwhile is the refusal to write over what is no longer what the
// plan was made from.
func changedMeanwhile(message string) error {
	return &plan.Failure{Type: "stale", Message: message, Stale: true}
}

// sendable gives a declared value as the pointer that the SDK's requests take:
// nil leaves the setting alone, and false, 0 and "" reach the wire.
func sendable[V any](o kind.Opt[V]) *V {
	if !o.Set {
		return nil
	}
	return &o.Value
}
