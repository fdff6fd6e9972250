package kind

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// mostRefusals is how often Stytch may refuse a search within one pack before
// the rest of the pack counts as unread. A refused search is read in halves, so
// that a pack costs at most twice as many searches and one, however many of its
// organizations are to blame; after a pack that used them up, no further one is
// halved. It is enough to come from 1,000 organizations down to the sixteen that
// Stytch might take at once, or to pick out six that are gone.
const mostRefusals = 64

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
	// Packs are read at once, a few at a time, and compared as soon as a group of them is whole. What a group learns of
	// refusals holds for the next: they are not met anew in every pack.
	size, refusals := r.options.PackSize, mostRefusals
	if k.byOrganization() {
		size = 1
	}
	for len(scopes) > 0 {
		group := scopes[:min(len(scopes), size*r.options.Parallelism)]
		scopes = scopes[len(group):]
		packs, err := r.packs(ctx, k, slices.Collect(slices.Chunk(group, size)), refusals)
		if err != nil {
			return err
		}
		for _, p := range packs {
			if p.tooLarge && p.taken > 0 {
				size = min(size, p.taken)
			}
			if p.refusals > refusals {
				refusals = 0
			}
		}
	}
	return nil
}

// packs reads some packs at once and compares what is in them.
func (r *reader) packs(ctx context.Context, k Kind, scopes [][]Scope, refusals int) ([]pack, error) {
	packs := make([]pack, len(scopes))
	group, groupCtx := errgroup.WithContext(ctx)
	for i := range packs {
		packs[i].most = refusals
		group.Go(func() error { return packs[i].read(groupCtx, r.client, k, scopes[i]) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, p := range packs {
		r.warn(p.miscounts)
		for _, scope := range scopes[i] {
			l := p.found[scope.OrganizationID]
			set := r.set(k, scope, l.live(), l.reason())
			if err := r.countTouched(ctx, k, &set); err != nil {
				return nil, err
			}
			r.draft.Compare(set)
		}
	}
	return packs, nil
}

// live are the objects without where they are.
func (l listing) live() []plan.Object {
	live := make([]plan.Object, 0, len(l.objects))
	for _, o := range l.objects {
		live = append(live, o.Object)
	}
	return live
}

// A pack is some organizations whose objects one search is asked for, and what
// was found in each. What could not be read in one is no reason to doubt another
// that a search of its own could read.
type pack struct {
	found     map[string]*listing // by the organization's id
	miscounts []*Miscount
	most      int  // refusals after which no search is halved any more
	refusals  int  // until now
	tooLarge  bool // Stytch refused a search, and not because an organization is gone
	taken     int  // the most organizations of a search that it did not refuse
}

// read reads what is live in the organizations, and what is deleted of the keys
// that were not found there. The error is one that ends the run.
func (p *pack) read(ctx context.Context, c *client.Client, k Kind, scopes []Scope) error {
	p.found = map[string]*listing{}
	for _, scope := range scopes {
		p.found[scope.OrganizationID] = &listing{}
	}
	live := func(scopes []Scope) listing { return collect(k.list(ctx, c, scopes)) }
	if err := p.list(scopes, live); err != nil || !k.bringsBack() {
		return err
	}
	missing := p.missing(k, scopes)
	if len(missing) == 0 {
		return nil
	}
	return p.list(missing, func(scopes []Scope) listing { return collect(k.gone(ctx, c, scopes)) })
}

// list reads the organizations in one search, or in halves where Stytch refuses
// that: there may be too many of them, or one of them is gone.
func (p *pack) list(scopes []Scope, read func([]Scope) listing) error {
	l := read(scopes)
	if err := fatal(l.err); err != nil {
		return err
	}
	if gone, refused := refusal(l.err); refused {
		p.refusals++
		p.tooLarge = p.tooLarge || !gone
		if len(scopes) > 1 && p.refusals <= p.most {
			half := len(scopes) / 2
			if err := p.list(scopes[:half], read); err != nil {
				return err
			}
			return p.list(scopes[half:], read)
		}
		if len(scopes) > 1 {
			l.err = fmt.Errorf("%w (after so many refusals it is not asked for in halves; a smaller --members-pack-size may help)", l.err)
		}
	} else {
		p.taken = max(p.taken, len(scopes))
	}
	p.miscounts = append(p.miscounts, l.miscounts...)
	for _, o := range l.objects {
		if in := p.found[o.OrganizationID]; in != nil {
			in.objects = append(in.objects, o)
		}
	}
	for _, scope := range scopes {
		if in := p.found[scope.OrganizationID]; in.err == nil {
			in.err = l.err
		}
	}
	return nil
}

// missing are the organizations that were read whole, with those of their keys
// that no live object has.
func (p *pack) missing(k Kind, scopes []Scope) []Scope {
	var missing []Scope
	for _, scope := range scopes {
		l, found := p.found[scope.OrganizationID], map[string]bool{}
		for _, o := range l.objects {
			found[k.Fold(o.Key)] = true
		}
		keys := slices.DeleteFunc(slices.Clone(scope.Keys), func(key string) bool { return found[k.Fold(key)] })
		if len(keys) > 0 && l.err == nil {
			scope.Keys = keys
			missing = append(missing, scope)
		}
	}
	return missing
}

// refusal reports whether Stytch found fault with the request itself, and
// whether the fault is that an organization is gone.
func refusal(err error) (gone, refused bool) {
	answered, ok := errors.AsType[*client.Error](err)
	if !ok {
		return false, false
	}
	gone = answered.Type == "organization_not_found"
	return gone, gone || answered.Status == http.StatusBadRequest
}
