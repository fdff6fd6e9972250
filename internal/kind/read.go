package kind

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// ReadOptions say how to read.
type ReadOptions struct {
	ToolVersion string
	Targets     []plan.Address // only these and what they need; see plan.Draft.Select
	Excluded    []plan.Address // all but these
	Resend      []plan.Address // write-only attributes of these are sent again; see Desired.Resends
	PackSize    int            // organizations whose members one search asks for; 0 means 1,000. It is halved when Stytch refuses it; see packs.go.
	Parallelism int            // searches at once; 0 means 4
	Before      *Before        // what was declared at the base; nil without one
	Repair      bool           // say which part of the plan undoes drift, as policy.repair allows it
	Today       string         // 2006-01-02: what is accepted until an earlier day is so no longer
	Now         time.Time      // what is declared to end earlier is to be absent; the zero time is the clock's
}

// Plan reads what is live, only for the kinds and scopes that the documents
// name, and compares it with what is declared. Problems are mistakes of the
// documents; what could not be read whole is unknown in the plan. The error is
// for a run that makes no sense: refused credentials, an interrupt.
func (d *Desired) Plan(ctx context.Context, c *client.Client, target plan.Target, o ReadOptions) (*plan.Plan, spec.Diagnostics, error) {
	r := reader{
		desired: d, client: c, options: o, target: target,
		draft: plan.NewDraft(target, d.Policy, o.ToolVersion), organizations: map[string]string{},
	}
	r.draft.Select(o.Targets, o.Excluded)
	if d.rules != nil {
		r.draft.Judge(d.rules)
	}
	r.draft.Resend(o.Resend)
	if o.Repair && d.Policy.Repair != nil {
		r.draft.Repair(*d.Policy.Repair)
	}
	r.draft.Accept(d.acceptances(), o.Today)
	d.mustBeResolved()
	r.since()
	if r.options.Now.IsZero() {
		r.options.Now = time.Now()
	}
	if r.options.PackSize <= 0 {
		r.options.PackSize = 1000
	}
	if r.options.Parallelism <= 0 {
		r.options.Parallelism = 4
	}
	if err := r.environment(ctx); err != nil {
		return nil, nil, err
	}
	for _, k := range d.catalog.in(plan.OrganizationKind) {
		if err := r.nested(ctx, k); err != nil {
			return nil, nil, err
		}
	}
	for _, address := range d.kept {
		r.draft.Warn("%s stays: Stytch always has one", address)
	}
	p, problems := r.draft.Finish()
	p.Destroy = d.destroys
	var diagnostics spec.Diagnostics
	for _, problem := range problems {
		diagnostics.Append(Diagnose(problem))
	}
	return p, diagnostics.Sort(), nil
}

// A reader reads the sets of one run and hands them to the draft as they come.
type reader struct {
	desired *Desired
	client  *client.Client
	options ReadOptions
	target  plan.Target
	draft   *plan.Draft

	organizations map[string]string // declared slug -> Stytch's id, of those that are live
	before        map[string]string // Stytch's id -> slug at the base, of the same
	unseen        string            // why the organizations could not all be read
}

// environment reads the kinds that live in no organization, at once, and
// compares them in the order of the catalog.
func (r *reader) environment(ctx context.Context) error {
	var kinds []Kind
	for _, k := range r.desired.catalog.in("") {
		if r.desired.document.Declares(k.Name(), "") || len(r.desired.sets[setKey{kind: k.Name()}]) > 0 {
			kinds = append(kinds, k)
		}
	}
	lists := make([]listing, len(kinds))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(r.options.Parallelism)
	for i, k := range kinds {
		group.Go(func() error {
			scope := r.scope("", r.desired.sets[setKey{kind: k.Name()}])
			lists[i] = collect(k.list(groupCtx, r.client, []Scope{scope}))
			return fatal(lists[i].err)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, k := range kinds {
		if err := r.compareEnvironment(ctx, k, lists[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) compareEnvironment(ctx context.Context, k Kind, l listing) error {
	declared := r.lasting(k, r.desired.sets[setKey{kind: k.Name()}])
	set := plan.Set{Kind: k, Declared: declared, Live: l.live(), Closed: r.desired.document.Declares(k.Name(), ""), Unknown: l.reason(), Past: r.past(k, "")}
	r.warn(l.miscounts)
	if err := r.countTouched(ctx, k, &set); err != nil {
		return err
	}
	if k.Name() == plan.OrganizationKind {
		r.unseen = set.Unknown
		r.remember(k, set)
		r.recall(k, set.Live)
	}
	r.draft.Compare(set)
	return nil
}

// remember keeps which organization a slug means, under its new name and its former.
func (r *reader) remember(k Kind, set plan.Set) {
	live := map[string]string{}
	for _, o := range set.Live {
		live[k.Fold(o.Key)] = o.ID
	}
	for _, declaration := range set.Declared {
		for _, slug := range []string{declaration.RenamedFrom, declaration.Key} {
			if id := live[k.Fold(slug)]; slug != "" && id != "" && !declaration.Absent {
				r.organizations[declaration.Key] = id
			}
		}
	}
}

func (r *reader) set(k Kind, scope Scope, live []plan.Object, unknown string) plan.Set {
	key := setKey{kind: k.Name(), organization: scope.Organization}
	set := plan.Set{
		Kind: k, Within: within(scope.Organization), OrganizationID: scope.OrganizationID, Declared: r.lasting(k, r.desired.sets[key]), Live: live,
		Closed: r.desired.document.Declares(k.Name(), scope.Organization), Unknown: unknown, IDPMembers: plan.IDPObserve,
		Past: r.past(k, scope.Organization),
	}
	parent, _ := r.desired.catalog.Lookup(plan.OrganizationKind)
	organization := r.desired.parents[scope.Organization]
	set.Source = organization.Source
	if policy := parent.idpMembers(organization); policy != "" {
		set.IDPMembers = policy
	}
	return set
}

// lasting are declarations of which those that have lapsed ask for absence.
func (r *reader) lasting(k Kind, declared []plan.Declaration) []plan.Declaration {
	lapsed := func(d plan.Declaration) bool { return k.lapsed(d, r.options.Now) }
	if !slices.ContainsFunc(declared, lapsed) {
		return declared
	}
	declared = slices.Clone(declared)
	for i := range declared {
		declared[i].Absent = declared[i].Absent || lapsed(declared[i])
	}
	return declared
}

// scope says where the declared resources of a set live and which keys they have.
func (r *reader) scope(organization string, declared []plan.Declaration) Scope {
	scope := Scope{
		ProjectSlug: r.target.ProjectSlug, EnvironmentSlug: r.target.EnvironmentSlug, ProjectID: r.target.ProjectID,
		Organization: organization, OrganizationID: r.organizations[organization],
	}
	for _, d := range declared {
		scope.Keys = append(scope.Keys, d.Key)
		if d.RenamedFrom != "" {
			scope.Keys = append(scope.Keys, d.RenamedFrom)
		}
	}
	return scope
}
