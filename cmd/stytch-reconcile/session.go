package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A session is a run that talks to Stytch: the documents, the connection, and
// the environment that both agree on.
type session struct {
	*output
	documents

	sandboxDir  string
	allow       []string
	targets     []string
	excluded    []string
	base        string
	resend      []string
	destroy     bool // plan the removal of what is declared
	repairs     bool // say which part of the plan undoes drift
	parallelism int
	rate        float64
	share       int
	timeout     time.Duration
	packSize    int

	selected, omitted []plan.Address // the addresses of targets and excluded
	resent            []plan.Address // those of resend

	catalog    kind.Catalog
	desired    *kind.Desired
	before     *kind.Before // what was declared at the base; nil without one
	sources    map[string][]byte
	connection *client.Connection
	target     plan.Target
	close      []func()
}

func (s *session) flags(cmd *cobra.Command) {
	s.documents.flags(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&s.resend, "resend", nil, "send the write-only secrets of `ADDRESS` again; repeatable")
	flags.StringVar(&s.base, "base", "", "compare with what was declared before, under a directory or at a commit: `DIR|git:REF`")
	s.planFlags(cmd)
}

// planFlags belong to every command that makes a plan, of documents or of
// anything else.
func (s *session) planFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&s.sandboxDir, "sandbox", "", "use an embedded sandbox that keeps its state in `DIR`; the = is needed")
	flags.Lookup("sandbox").NoOptDefVal = ".stytch-sandbox"
	flags.StringArrayVar(&s.allow, "allow", nil, "raise one limit for this plan: `LIMIT=N`; repeatable")
	flags.StringArrayVar(&s.targets, "target", nil, "plan only `ADDRESS` and what it needs: kind/key, or organization/SLUG for all in it; repeatable")
	flags.StringArrayVar(&s.excluded, "exclude", nil, "leave out `ADDRESS` and what needs it; repeatable")
	flags.IntVar(&s.parallelism, "parallelism", 8, "at most `N` requests are under way at once")
	flags.Float64Var(&s.rate, "max-requests-per-second", 0, "at most `N` in a second over both APIs; 0 adapts to what Stytch allows")
	flags.IntVar(&s.share, "rate-share", client.DefaultShare, "take at most `PERCENT` of the project's rate limits; logins need the rest")
	flags.DurationVar(&s.timeout, "timeout", 30*time.Second, "at most `TIME` for one attempt of a request")
	flags.IntVar(&s.packSize, "members-pack-size", 1000, "one search asks for the members of `N` organizations")
}

// open loads the documents, connects, and settles the environment. Nothing is
// asked of Stytch before every mistake that can be found offline was told.
func (s *session) open(ctx context.Context, paths []string) error {
	if err := s.checkNumbers(); err != nil {
		return err
	}
	s.catalog = catalog.All()
	var err error
	if s.desired, s.sources, err = s.load(s.output, paths, s.catalog); err != nil {
		return err
	}
	if err := kind.Allow(&s.desired.Policy, s.allow); err != nil {
		return err
	}
	if s.repairs && s.desired.Policy.Repair == nil {
		return errNoRepair
	}
	if s.destroy {
		s.desired = s.desired.Destroy()
	}
	if s.selected, err = s.desired.Addresses("target", s.targets); err != nil {
		return err
	}
	if s.omitted, err = s.desired.Addresses("exclude", s.excluded); err != nil {
		return err
	}
	if err := s.compared(); err != nil {
		return err
	}
	if s.before, err = s.loadBase(ctx, paths); err != nil {
		return err
	}
	project := s.desired.Project
	want := client.Target{ProjectSlug: project.Slug, EnvironmentSlug: project.EnvironmentSlug, ProjectID: project.ID}
	if err := s.connect(ctx, want, s.desired.Needs()); err != nil || s.before == nil {
		return err
	}
	return s.known() // what the documents leave to Stytch is known only now
}

// connect reaches Stytch with the credentials that the kinds need, and refuses
// any other environment than the wanted one.
func (s *session) connect(ctx context.Context, want client.Target, needs client.Needs) error {
	config, err := s.config(want)
	if err != nil {
		return err
	}
	if err := config.Check(needs); err != nil {
		return err
	}
	if s.connection, err = client.Connect(config); err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	s.close = append(s.close, s.connection.Close)
	target, err := s.connection.ReadOnly().Resolve(ctx, want, needs)
	if err != nil {
		return refusedCredentials(err)
	}
	s.target = plan.Target{ProjectID: target.ProjectID, ProjectSlug: target.ProjectSlug, EnvironmentSlug: target.EnvironmentSlug, Live: target.Live}
	return nil
}

func (s *session) checkNumbers() error {
	switch {
	case s.parallelism < 1:
		return fmt.Errorf("--parallelism is %d; it must be at least 1", s.parallelism)
	case s.packSize < 1:
		return fmt.Errorf("--members-pack-size is %d; it must be at least 1", s.packSize)
	case s.timeout <= 0:
		return fmt.Errorf("--timeout is %s; it must be more than 0", s.timeout)
	case s.share < 1 || s.share > 100:
		return fmt.Errorf("--rate-share is %d; it must be a percentage from 1 to 100", s.share)
	case s.rate < 0 || math.IsNaN(s.rate) || math.IsInf(s.rate, 0):
		return fmt.Errorf("--max-requests-per-second is %v; it must be a number, 0 or more", s.rate)
	}
	return nil
}

// config is how to reach Stytch: as the environment says, or the sandbox.
func (s *session) config(want client.Target) (client.Config, error) {
	var config client.Config
	var err error
	if s.sandboxDir != "" {
		config, err = s.startSandbox(want)
	} else {
		config, err = client.FromEnvironment(s.getenv)
	}
	config.Timeout, config.MaxRequestsPerSecond, config.Share = s.timeout, s.rate, s.share
	config.Log, config.Version = s.log, toolVersion()
	return config, err
}

func (s *session) end() {
	for _, closing := range slices.Backward(s.close) {
		closing()
	}
}

// makePlan reads what is live and compares.
func (s *session) makePlan(ctx context.Context) (*plan.Plan, error) {
	p, diagnostics, err := s.desired.Plan(ctx, s.connection.ReadOnly(), s.target, kind.ReadOptions{
		ToolVersion: toolVersion(), PackSize: s.packSize, Parallelism: s.parallelism, Targets: s.selected, Excluded: s.omitted,
		Before: s.before, Resend: s.resent, Repair: s.repairs, Today: today(),
	})
	if err != nil {
		return nil, fmt.Errorf("reading the live state: %w", refusedCredentials(err))
	}
	if err := s.diagnose(diagnostics, s.sources); err != nil {
		return nil, err
	}
	return p, nil
}

// refusedCredentials names the variables to look at when Stytch does not accept
// what they hold.
func refusedCredentials(err error) error {
	answered, ok := errors.AsType[*client.Error](err)
	if !ok || answered.Status != http.StatusUnauthorized {
		return err
	}
	if strings.HasPrefix(answered.Path, "/pwa/") {
		return fmt.Errorf("%w (check STYTCH_WORKSPACE_KEY_ID and STYTCH_WORKSPACE_KEY_SECRET)", err)
	}
	return fmt.Errorf("%w (check STYTCH_PROJECT_ID and STYTCH_SECRET)", err)
}

// show writes a plan to stdout in the form that was asked for.
func (o *output) show(p *plan.Plan) error {
	switch o.format {
	case "json":
		return render.JSON(o.stdout, p)
	case "markdown":
		return tooFew(render.Markdown(o.stdout, p, o.markdown.options()))
	case "html":
		return render.HTML(o.stdout, p)
	}
	return render.Text(o.stdout, p, o.renderOptions())
}

func (o *output) renderOptions() render.Options {
	width, _ := terminal(o.stdout)
	return render.Options{Color: o.colored(o.stdout), Width: width}
}

// planExit is the exit code of a plan that is not applied, as an error.
func planExit(p *plan.Plan) error {
	switch {
	case len(p.Blocked) > 0:
		return exit{code: exitBlocked}
	case !p.Complete:
		return exit{code: exitIncomplete}
	}
	return nil
}
