package kind

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// Plan makes the plan of the way back. What must be left out is found by
// planning: each round leaves out at least one thing more, or is the last.
func (u *Undo) Plan(ctx context.Context, c *client.Client, target plan.Target, o ReadOptions) (*plan.Plan, error) {
	for {
		d := u.desired()
		p, diagnostics, err := d.Plan(ctx, c, target, o)
		if err != nil {
			return nil, err
		}
		again, err := u.refused(d, diagnostics)
		if err != nil {
			return nil, err
		}
		if again {
			continue
		}
		if u.changedSince(p) || u.inhabited(p) {
			continue
		}
		u.explain(p)
		return p, nil
	}
}

// Addresses checks the addresses that a flag names, as those of documents are.
func (u *Undo) Addresses(flag string, texts []string) ([]plan.Address, error) {
	return u.desired().Addresses(flag, texts)
}

// refused leaves out what a rule of Stytch forbids by now.
func (u *Undo) refused(d wayBack, diagnostics spec.Diagnostics) (again bool, err error) {
	for _, problem := range diagnostics {
		at, known := d.places[hcl.Pos{Line: problem.Range.Start.Line, Column: problem.Range.Start.Column}]
		switch {
		case !known:
			return false, errors.New("planning the way back: " + problem.Summary)
		case at.attribute != "" && !at.trace.omitted[at.attribute]:
			at.trace.omitted[at.attribute] = true
			u.keep(at.trace.address, "%s stays as it is: %s", at.attribute, problem.Summary)
		case at.organization != "":
			u.leaveAll(at.organization, "its organization is not live any more")
		case at.trace.arrived() && at.trace.parent(u.catalog) && !at.trace.alone:
			at.trace.leave("it is not live any more")
			u.leaveAll(at.trace.key, "its organization is not live any more")
		default:
			at.trace.leave(problem.Summary)
		}
	}
	return len(diagnostics) > 0, nil
}

func (t *trace) leave(why string) { t.left = cmp.Or(t.left, why) }

// leaveAll leaves out what lives in an organization.
func (u *Undo) leaveAll(slug, why string) {
	for _, t := range u.traces {
		if t.organization == slug {
			t.leave(why)
		}
	}
}

// changedSince leaves out what is no longer as the apply left it.
func (u *Undo) changedSince(p *plan.Plan) (again bool) {
	byLine := map[int]*trace{}
	for _, t := range u.traces {
		byLine[t.line] = t
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		t := byLine[c.Source.Line]
		if why := t.foreign(c); why != "" {
			t.leave(why)
			again = true
			continue
		}
		for _, name := range t.altered(c) {
			again = true
			if t.action == plan.Update && slices.ContainsFunc(t.attributes, func(a plan.Attribute) bool { return a.Name == name }) && name != keyName(t.kind) {
				t.omitted[name] = true
				u.keep(t.address, "%s stays as it is: somebody has changed it since", name)
				continue
			}
			t.leave("somebody has changed it since: " + name)
		}
	}
	return again
}

// foreign says why a change of the plan is not the way back from what was done
// to the object, or "".
func (t *trace) foreign(c *plan.Change) string {
	switch {
	case c.Address != t.address && c.Address != plan.NewAddress(c.Address.Organization(), t.kind.Name(), t.formerly):
		return "it has another key by now"
	case t.arrived() && c.Action != plan.Delete, t.action == plan.Delete && c.Action == plan.Delete:
		return "it has become something else"
	case t.action == plan.Update && c.Action != plan.Update:
		return "it was deleted since"
	case t.action == plan.Delete && c.Action == plan.Update:
		return "it exists again"
	case t.action != plan.Delete && t.id != "" && c.ID != "" && t.id != c.ID:
		return "another object has its place by now"
	}
	return ""
}

// altered are the attributes in which what is live is not what the apply left.
func (t *trace) altered(c *plan.Change) []string {
	if t.action == plan.Delete {
		return nil // there is nothing
	}
	compared := slices.DeleteFunc(slices.Clone(t.attributes), func(a plan.Attribute) bool {
		return t.omitted[a.Name] || t.action == plan.Update && !slices.ContainsFunc(c.Attributes, func(b plan.Attribute) bool { return a.Name == b.Name })
	})
	live, okLive := t.kind.valueOf(t.key, c.Attributes, before, c.Action == plan.Delete)
	left, okLeft := t.kind.valueOf(t.key, compared, after, false)
	if !okLive || !okLeft {
		return []string{"a value that this version does not understand"}
	}
	if t.action == plan.Create {
		left = t.kind.After(nil, left, nil) // with Stytch's defaults: what has another value was set since
	}
	var names []string
	for _, a := range t.kind.Compare(live, left) {
		names = append(names, a.Name)
	}
	for _, a := range c.Attributes {
		written := slices.ContainsFunc(t.attributes, func(b plan.Attribute) bool { return a.Name == b.Name })
		if !written && (t.action == plan.Update || t.action == plan.Create && t.ownedByKey(a.Name)) {
			names = append(names, a.Name)
		}
	}
	return names
}

// ownedByKey reports whether a name is that of one key of an attribute.
func (t *trace) ownedByKey(name string) bool {
	return slices.ContainsFunc(t.kind.Attributes(), func(a Attribute) bool { return a.Merge && strings.HasPrefix(name, a.Name+".") })
}

// inhabited decides about the organizations that the apply made: those in which
// somebody lives whom it did not make, or whom somebody has changed since, stay.
func (u *Undo) inhabited(p *plan.Plan) (again bool) {
	for _, t := range u.traces {
		if t.left != "" || t.alone || !t.arrived() || !t.parent(u.catalog) {
			continue
		}
		again = true
		if why := u.company(p, t); why != "" {
			t.leave(why)
			continue
		}
		t.alone = true
	}
	return again
}

func (u *Undo) company(p *plan.Plan, t *trace) string {
	for _, unknown := range p.Unknown {
		if unknown.Scope == string(t.address) || unknown.Kind == t.kind.Name() && unknown.Scope == "" {
			return "it could not be read who lives there: " + unknown.Reason
		}
	}
	for _, nested := range u.traces {
		if nested.left != "" && nested.organization == t.key {
			return fmt.Sprintf("%s stays in it", nested.address)
		}
	}
	for _, other := range p.Undeclared {
		if other.Scope == string(t.address) {
			return fmt.Sprintf("%d %s objects live there that the apply did not make, such as %s; delete it by a document if they may go too", other.Count, other.Kind, other.Keys[0])
		}
	}
	return ""
}

// explain adds to a plan what it leaves out and what cannot come back. Warnings
// are no part of what the digest is over.
func (u *Undo) explain(p *plan.Plan) {
	for _, t := range u.traces {
		if t.left != "" {
			p.Warnings = append(p.Warnings, fmt.Sprintf("not undone: the %s of %s: %s", t.action, t.address, t.left))
		}
	}
	p.Warnings = append(p.Warnings, u.notes...)
	for _, t := range u.traces {
		if t.left == "" && t.action == plan.Delete && t.id != t.key && slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.Source.Line == t.line && c.ID == "" }) {
			p.Warnings = append(p.Warnings, fmt.Sprintf("cannot be undone: %s: it is created anew, and what refers to it by its old id %s does not find it", t.address, t.id))
		}
	}
	slices.Sort(p.Warnings)
	p.Warnings = slices.Compact(p.Warnings)
}

func before(a plan.Attribute) any { return a.Before }
func after(a plan.Attribute) any  { return a.After }

// valueOf makes a value of one side of a plan's attributes. Of a whole object
// every attribute is set, and what is not among them is empty. False means that
// some attribute is not understood.
func (e *erased[T]) valueOf(key string, attributes []plan.Attribute, side func(plan.Attribute) any, whole bool) (any, bool) {
	var v T
	value := reflect.ValueOf(&v).Elem()
	for _, a := range e.table {
		if whole && !a.Key && !a.Local && !a.Initial && !a.ID && !a.Secret && !a.WriteOnly {
			setAttribute(value, a, reflect.Zero(a.typ))
		}
	}
	d := decoder{kind: e.t.Name, lenient: true}
	for _, a := range attributes {
		d.planned(value, e.table, a.Name, side(a))
	}
	v = e.keyed(v, key)
	return &v, d.failures == 0
}
