package kind

import (
	"context"
	"errors"
	"net/http"
	"slices"

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
	PackSize    int            // organizations whose members one search asks for; 0 means 1,000. It is halved when Stytch refuses it.
	Parallelism int            // searches at once; 0 means 4
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
	p, problems := r.draft.Finish()
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
	declared := r.desired.sets[setKey{kind: k.Name()}]
	set := plan.Set{Kind: k, Declared: declared, Closed: r.desired.document.Declares(k.Name(), ""), Unknown: l.reason()}
	for _, o := range l.objects {
		set.Live = append(set.Live, o.Object)
	}
	if err := r.countTouched(ctx, k, &set); err != nil {
		return err
	}
	if k.Name() == plan.OrganizationKind {
		r.unseen = set.Unknown
		r.remember(k, set)
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

// nested reads one kind of what lives in organizations, for many of them in
// one search, and compares organization by organization.
func (r *reader) nested(ctx context.Context, k Kind) error {
	var scopes []Scope
	for _, slug := range r.desired.organizations() {
		declared := r.desired.sets[setKey{kind: k.Name(), organization: slug}]
		if len(declared) == 0 && !r.desired.document.Declares(k.Name(), slug) {
			continue
		}
		scope := r.scope(slug, declared)
		switch {
		case scope.OrganizationID != "":
			scopes = append(scopes, scope)
		case r.unseen != "":
			r.draft.Compare(r.set(k, scope, nil, "its organization was not seen: "+r.unseen))
		default:
			r.draft.Compare(r.set(k, scope, nil, "")) // the organization is yet to be created, and empty
		}
	}
	packs := slices.Collect(slices.Chunk(scopes, r.options.PackSize))
	// Packs are read at once, a few at a time, and compared as soon as a group of them is whole.
	for group := range slices.Chunk(packs, r.options.Parallelism) {
		if err := r.packs(ctx, k, group); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) packs(ctx context.Context, k Kind, packs [][]Scope) error {
	read := make([][]portion, len(packs))
	group, groupCtx := errgroup.WithContext(ctx)
	for i, pack := range packs {
		group.Go(func() (err error) {
			read[i], err = r.pack(groupCtx, k, pack)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, p := range slices.Concat(read...) {
		byOrganization := map[string][]plan.Object{}
		for _, o := range p.objects {
			byOrganization[o.OrganizationID] = append(byOrganization[o.OrganizationID], o.Object)
		}
		for _, scope := range p.scopes {
			r.draft.Compare(r.set(k, scope, byOrganization[scope.OrganizationID], p.reason()))
		}
	}
	return nil
}

// A portion is the organizations of a pack that one search asked for, and what it
// found. What could not be read in one portion is no reason to doubt another.
type portion struct {
	scopes []Scope
	listing
}

// pack reads what is live in a pack of organizations, and what is deleted of
// the keys that were not found. A pack that Stytch refuses is read in halves.
// The error is one that ends the run.
func (r *reader) pack(ctx context.Context, k Kind, scopes []Scope) ([]portion, error) {
	l := collect(k.list(ctx, r.client, scopes))
	if refused(l.err) && len(scopes) > 1 {
		half := len(scopes) / 2
		first, err := r.pack(ctx, k, scopes[:half])
		if err != nil {
			return nil, err
		}
		second, err := r.pack(ctx, k, scopes[half:])
		return append(first, second...), err
	}
	if l.err == nil && k.bringsBack() {
		if missing := missingKeys(k, scopes, l.objects); len(missing) > 0 {
			gone := collect(k.gone(ctx, r.client, missing))
			l.objects, l.err = append(l.objects, gone.objects...), gone.err
		}
	}
	return []portion{{scopes: scopes, listing: l}}, fatal(l.err)
}

// missingKeys are the scopes with those of their keys that no live object has.
func missingKeys(k Kind, scopes []Scope, objects []object) []Scope {
	found := map[string]map[string]bool{}
	for _, o := range objects {
		if found[o.OrganizationID] == nil {
			found[o.OrganizationID] = map[string]bool{}
		}
		found[o.OrganizationID][k.Fold(o.Key)] = true
	}
	var missing []Scope
	for _, scope := range scopes {
		keys := slices.DeleteFunc(slices.Clone(scope.Keys), func(key string) bool { return found[scope.OrganizationID][k.Fold(key)] })
		if len(keys) > 0 {
			scope.Keys = keys
			missing = append(missing, scope)
		}
	}
	return missing
}

func (r *reader) set(k Kind, scope Scope, live []plan.Object, unknown string) plan.Set {
	key := setKey{kind: k.Name(), organization: scope.Organization}
	set := plan.Set{
		Kind: k, Within: within(scope.Organization), OrganizationID: scope.OrganizationID, Declared: r.desired.sets[key], Live: live,
		Closed: r.desired.document.Declares(k.Name(), scope.Organization), Unknown: unknown, IDPMembers: plan.IDPObserve,
	}
	parent, _ := r.desired.catalog.Lookup(plan.OrganizationKind)
	organization := r.desired.parents[scope.Organization]
	set.Source = organization.Source
	if policy := parent.idpMembers(organization); policy != "" {
		set.IDPMembers = policy
	}
	return set
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

// A listing is what could be read, and why not all of it could.
type listing struct {
	objects []object
	err     error
}

func (l listing) reason() string {
	if l.err == nil {
		return ""
	}
	return l.err.Error()
}

func collect(objects func(func(object, error) bool)) listing {
	var l listing
	for o, err := range objects {
		if err != nil {
			l.err = err
			break
		}
		l.objects = append(l.objects, o)
	}
	return l
}

// fatal picks the errors after which the run ends: what Stytch refuses to
// everybody, and interrupts. After any other the rest is still worth reading.
func fatal(err error) error {
	if err == nil {
		return nil
	}
	var answered *client.Error
	if errors.As(err, &answered) && (answered.Status == http.StatusUnauthorized || answered.Status == http.StatusForbidden) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, client.ErrReadOnly) {
		return err
	}
	return nil
}

// refused reports whether Stytch found fault with the request itself.
func refused(err error) bool {
	var answered *client.Error
	return errors.As(err, &answered) && answered.Status == http.StatusBadRequest
}
