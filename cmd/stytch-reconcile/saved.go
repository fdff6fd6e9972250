package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// readPlan reads a saved plan.
func readPlan(name string) (*plan.Plan, error) {
	file, err := os.Open(name) //nolint:gosec // whoever runs the program names the file
	if err != nil {
		return nil, fmt.Errorf("reading a saved plan: %w", err)
	}
	defer func() { _ = file.Close() }()
	p, err := plan.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// given refuses a flag that was given without a value, as happens when a script's
// variable is empty: what it was to pin down must not be left open instead.
func given(cmd *cobra.Command, flags ...string) error {
	for _, name := range flags {
		if flag := cmd.Flags().Lookup(name); flag.Changed && flag.Value.String() == "" {
			return fmt.Errorf("--%s is empty; give it a value, or leave it out", name)
		}
	}
	return nil
}

// made refuses what has no say any more once a plan is made.
func (s *session) made(paths []string) error {
	if len(paths) > 0 {
		return errors.New("--plan names a saved plan, which needs no documents: give one or the other")
	}
	if len(s.allow)+len(s.targets)+len(s.excluded)+len(s.variables)+len(s.variableFiles)+len(s.base)+len(s.resend) > 0 {
		return errors.New("--allow, --target, --exclude, --resend, --var, --var-file and --base belong to the making of a plan, and this one is made")
	}
	return nil
}

// openSaved reads a saved plan and connects to the environment that it is for.
func (s *session) openSaved(ctx context.Context, name string) (*plan.Plan, error) {
	if err := s.checkNumbers(); err != nil {
		return nil, err
	}
	p, err := readPlan(name)
	if err != nil {
		return nil, err
	}
	s.catalog = catalog.All()
	needs, err := kind.NeedsOf(p, s.catalog)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	want := client.Target{ProjectSlug: p.Target.ProjectSlug, EnvironmentSlug: p.Target.EnvironmentSlug, ProjectID: p.Target.ProjectID}
	if id := s.getenv("STYTCH_PROJECT_ID"); s.sandboxDir == "" && id != "" && id != p.Target.ProjectID {
		return nil, fmt.Errorf("%s is a plan for %s, but STYTCH_PROJECT_ID is %s: these are credentials of another environment", name, inWords(p.Target), id)
	}
	if err := s.connect(ctx, want, needs); err != nil {
		return nil, err
	}
	return p, nil
}

// inWords names an environment by all that is known of it.
func inWords(t plan.Target) string {
	words := t.ProjectID
	if t.ProjectSlug != "" {
		words = fmt.Sprintf("%s/%s (%s)", t.ProjectSlug, t.EnvironmentSlug, t.ProjectID)
	}
	if t.Live {
		words = "the LIVE environment " + words
	}
	return render.Safe(words)
}
