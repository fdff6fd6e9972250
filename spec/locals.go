package spec

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// A local is one name of `locals`, and how far its evaluation is.
type local struct {
	entry Entry
	state localState
}

type localState int

const (
	waiting localState = iota
	active             // being evaluated: who meets it again has found a cycle
	done
)

// resolveLocals evaluates locals in the order in which they need each other. Variables are known already.
func (s *scope) resolveLocals(entries []Entry) {
	order := make([]*local, len(entries))
	byName := make(map[string]*local, len(entries))
	for i := range entries {
		order[i] = &local{entry: entries[i]}
		byName[entries[i].Key] = order[i]
		// Known from the start, as unknown: a local that is part of a mistake makes no second one.
		s.locals[entries[i].Key] = cty.DynamicVal
	}
	s.close()
	whole := s.context
	for _, l := range order {
		s.resolve(l, byName, nil)
	}
	s.context = whole
	s.close()
}

func (s *scope) resolve(l *local, byName map[string]*local, path []*local) {
	switch l.state {
	case done:
		return
	case active:
		s.diags.Append(cycle(append(path[slices.Index(path, l):], l)))
		return
	}
	l.state = active
	path = append(path, l)
	needed := map[string]cty.Value{}
	for _, name := range neededLocals(l.entry.Value, byName) {
		if other := byName[name]; other != nil {
			s.resolve(other, byName, path)
			needed[name] = s.locals[name]
		}
	}
	s.context = &hcl.EvalContext{
		Functions: s.context.Functions,
		Variables: map[string]cty.Value{"var": s.context.Variables["var"], "local": cty.ObjectVal(needed)},
	}
	node := s.evaluate(l.entry.Value)
	s.forbidReferences(node, "in locals")
	s.locals[l.entry.Key] = s.bounded(node)
	l.state = done
}

// bounded makes a value of a node, and refuses one that is too large: each local can double another.
func (s *scope) bounded(n *Node) cty.Value {
	value := valueOf(n)
	if _, problem := nodeOf(value, n.Range); problem != "" {
		s.diags.Append(Errorf(n.Range, "%s", problem))
		return cty.DynamicVal
	}
	return value
}

// cycle tells of locals that need each other: the first and the last are the same.
func cycle(path []*local) Diagnostic {
	first := &path[0].entry
	if len(path) == 2 {
		return Errorf(first.KeyRange, "local.%s needs itself", first.Key)
	}
	d := Errorf(first.KeyRange, "local.%s needs itself, by way of others", first.Key)
	for i := 1; i+1 < len(path); i++ {
		e := &path[i].entry
		d = d.WithRelated(e.KeyRange, "local."+e.Key+" needs local."+path[i+1].entry.Key)
	}
	return d
}

// neededLocals returns the locals that the expressions in a value name, in order.
func neededLocals(n *Node, byName map[string]*local) []string {
	var names []string
	visitExpressions(n, func(n *Node) {
		for _, name := range n.expr.Variables() {
			if name.RootName() != "local" {
				continue
			}
			if step, ok := secondStep(name); ok {
				names = append(names, step)
			} else {
				names = append(names, sortedKeys(byName)...) // all of them
			}
		}
	})
	return names
}

func visitExpressions(n *Node, visit func(*Node)) {
	switch n.Type {
	case unevaluated:
		visit(n)
	case List:
		for _, item := range n.Items {
			visitExpressions(item, visit)
		}
	case Map:
		for i := range n.Entries {
			visitExpressions(n.Entries[i].Value, visit)
		}
	}
}

// forbidReferences reports env and file where no kind could say what they mean.
func (s *scope) forbidReferences(n *Node, where string) {
	switch n.Type {
	case Ref:
		s.diags.Append(n.Errorf("%s can stand only in an attribute of a resource, not %s", n.Reference.Text(), where).
			WithHint("write it where the attribute is"))
	case List:
		for _, item := range n.Items {
			s.forbidReferences(item, where)
		}
	case Map:
		for i := range n.Entries {
			s.forbidReferences(n.Entries[i].Value, where)
		}
	}
}
