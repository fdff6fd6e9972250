package kind

import (
	"encoding/json"
	"reflect"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// Compare lists what differs between a live object and a declaration. Only
// declared attributes are looked at; JSON forms are made only of what differs.
//
//	rule       equal when
//	exact      the tidied values are equal
//	set        they hold the same items, in any order, repeats aside
//	bag        they hold the same items as often, in any order
//	merge      every declared key is equal; null or an empty list: the key is absent
//	secret     the values are equal; without a value at hand it is not compared
//	lastfour   the last four characters are equal, as Stytch shows no more
//	writeonly  always: nobody can compare it; unless Stytch shows that there is none
func (e *erased[T]) Compare(live, declared any) []plan.Attribute {
	l, d := live.(*T), declared.(*T)
	if e.t.Reword != nil {
		reworded := e.t.Reword(*l, *d)
		d = &reworded
	}
	lt, dt := e.tidy(l), e.tidy(d)
	if e.t.Near != nil {
		near := e.t.Near(lt.Interface().(T), dt.Interface().(T))
		dt = e.normalised(reflect.ValueOf(&near).Elem())
	}
	lv, dv := e.normalised(reflect.ValueOf(l).Elem()), e.normalised(reflect.ValueOf(d).Elem())
	var changed []plan.Attribute
	var lacks []string
	if e.t.Lacks != nil {
		lacks = e.t.Lacks(*l)
	}
	for _, a := range e.table {
		want, set := attributeValue(dt, a)
		if !set || a.Local || a.Initial || a.ID {
			continue
		}
		if a.WriteOnly {
			if slices.Contains(lacks, a.Name) {
				changed = append(changed, want.Interface().(Secret).attribute(a.Name))
			}
			continue
		}
		have, answered := attributeValue(lt, a)
		before, _ := attributeValue(lv, a)
		after, _ := attributeValue(dv, a)
		switch {
		case a.Secret:
			if secret := want.Interface().(Secret); !secret.Empty() && shown(a, secret) != shown(a, have.Interface().(Secret)) {
				changed = append(changed, secret.attribute(a.Name))
			}
		case a.Key:
			if e.Fold(have.String()) != e.Fold(want.String()) {
				changed = append(changed, plan.Attribute{Name: a.Name, Before: have.String(), After: want.String()})
			}
		case a.Merge:
			changed = append(changed, compareKeys(a, have, want, before, after)...)
		case !reflect.DeepEqual(have.Interface(), want.Interface()):
			change := plan.Attribute{Name: a.Name, After: jsonOf(after)}
			if answered { // what Stytch says nothing of was neither empty nor zero
				change.Before = jsonOf(before)
			}
			changed = append(changed, change)
		}
	}
	return e.along(changed, dt)
}

// along adds the declared secrets that Stytch takes together with what changes.
func (e *erased[T]) along(changed []plan.Attribute, declared reflect.Value) []plan.Attribute {
	if e.t.Along == nil || len(changed) == 0 {
		return changed
	}
	wanted := e.t.Along(func(name string) bool {
		return slices.ContainsFunc(changed, func(a plan.Attribute) bool { return a.Name == name })
	})
	for _, a := range e.table {
		value, set := attributeValue(declared, a)
		if !set || !slices.Contains(wanted, a.Name) || slices.ContainsFunc(changed, func(c plan.Attribute) bool { return c.Name == a.Name }) {
			continue
		}
		changed = append(changed, value.Interface().(Secret).attribute(a.Name))
	}
	return changed
}

// shown is as much of a secret as Stytch shows.
func shown(a Attribute, s Secret) string {
	text := s.Reveal()
	if a.LastFour {
		return text[max(0, len(text)-4):]
	}
	return text
}

// compareKeys compares the declared keys of an attribute that is owned by key.
func compareKeys(a Attribute, have, want, before, after reflect.Value) []plan.Attribute {
	var changed []plan.Attribute
	for _, key := range sortedKeys(want) {
		name := reflect.ValueOf(key)
		haveValue, wantValue := have.MapIndex(name), want.MapIndex(name)
		missing, removed := !haveValue.IsValid() || isNothing(haveValue), isNothing(wantValue)
		if missing && removed || !missing && !removed && reflect.DeepEqual(haveValue.Interface(), wantValue.Interface()) {
			continue
		}
		change := plan.Attribute{Name: a.Name + "." + key}
		if !missing {
			change.Before = jsonOf(before.MapIndex(name))
		}
		if !removed {
			change.After = jsonOf(after.MapIndex(name))
		}
		changed = append(changed, change)
	}
	return changed
}

// isNothing reports whether the value of a key means that the key is absent.
func isNothing(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Interface:
		return v.IsNil()
	case reflect.Slice:
		return v.Len() == 0
	}
	return false
}

func sortedKeys(m reflect.Value) []string {
	keys := make([]string, 0, m.Len())
	for _, key := range m.MapKeys() {
		keys = append(keys, key.String())
	}
	slices.Sort(keys)
	return keys
}

// Unlike names the attributes that are set in wanted and that a live value has
// otherwise, by the comparison of their kind: for a write that looks at what
// became of it.
func Unlike[T any](tidy func(T) T, live, wanted T) []string {
	e := &erased[T]{t: Type[T]{Tidy: tidy}, table: tableOf(reflect.TypeFor[T]())}
	var names []string
	for _, a := range e.Compare(&live, &wanted) {
		names = append(names, a.Name)
	}
	return names
}

// WriteOnly lists the declared attributes that Stytch never shows whole.
func (e *erased[T]) WriteOnly(declared any) []plan.Attribute {
	var out []plan.Attribute
	for _, a := range e.table {
		if value, set := attributeValue(reflect.ValueOf(declared).Elem(), a); (a.WriteOnly || a.LastFour) && set && !a.Initial {
			out = append(out, value.Interface().(Secret).attribute(a.Name))
		}
	}
	return out
}

// Creation lists what a creation sends: all that is declared, and initial.
func (e *erased[T]) Creation(declared, initial any) []plan.Attribute {
	value := *declared.(*T)
	if initial != nil {
		value = e.overlay(value, *initial.(*T))
	}
	return e.attributes(value, func(reflect.Value) bool { return true }, func(a *plan.Attribute, v any) { a.After = v })
}

// Whole lists what a deletion takes away: every attribute that is not empty.
func (e *erased[T]) Whole(live any) []plan.Attribute {
	notEmpty := func(v reflect.Value) bool {
		return !v.IsZero() && (v.Kind() != reflect.Slice && v.Kind() != reflect.Map || v.Len() > 0)
	}
	return e.attributes(*live.(*T), notEmpty, func(a *plan.Attribute, v any) { a.Before = v })
}

// attributes turns the set attributes of a value into those of a plan.
func (e *erased[T]) attributes(v T, include func(reflect.Value) bool, put func(*plan.Attribute, any)) []plan.Attribute {
	value := e.normalised(reflect.ValueOf(&v).Elem())
	var out []plan.Attribute
	for _, a := range e.table {
		current, set := attributeValue(value, a)
		if !set || a.Local || a.Key || a.ID || !include(current) {
			continue
		}
		if secret, ok := reflect.TypeAssert[Secret](current); ok {
			out = append(out, secret.attribute(a.Name))
			continue
		}
		if !a.Merge {
			attribute := plan.Attribute{Name: a.Name}
			put(&attribute, jsonOf(current))
			out = append(out, attribute)
			continue
		}
		for _, key := range sortedKeys(current) {
			if item := current.MapIndex(reflect.ValueOf(key)); !isNothing(item) {
				attribute := plan.Attribute{Name: a.Name + "." + key}
				put(&attribute, jsonOf(item))
				out = append(out, attribute)
			}
		}
	}
	return out
}

// After is the object that there will be.
func (e *erased[T]) After(live, declared, initial any) any {
	var base T
	if live != nil {
		base = *live.(*T)
		if e.t.Drops != nil {
			base = e.t.Drops(base, *declared.(*T))
		}
	} else {
		base = e.defaults()
		if initial != nil {
			base = e.overlay(base, *initial.(*T))
		}
	}
	laid := *declared.(*T)
	if live != nil && e.t.Reword != nil {
		laid = e.t.Reword(*live.(*T), laid)
	}
	after := e.overlay(base, laid)
	return &after
}

// defaults is what Stytch sets when a creation leaves everything out.
func (e *erased[T]) defaults() T {
	var v T
	value := reflect.ValueOf(&v).Elem()
	for _, a := range e.table {
		if a.Default == "" || a.Key || a.Initial {
			continue
		}
		fill := reflect.New(a.typ)
		if err := json.Unmarshal([]byte(a.Default), fill.Interface()); err != nil {
			panic("the default of " + e.t.Name + "." + a.Name + " is no " + a.Type())
		}
		setAttribute(value, a, normalise(fill.Elem(), a))
	}
	return v
}

// overlay lays what is set in top over base: attributes whole, those owned by
// key key by key.
func (e *erased[T]) overlay(base, top T) T {
	b, t := reflect.ValueOf(&base).Elem(), reflect.ValueOf(&top).Elem()
	for _, a := range e.table {
		value, set := attributeValue(t, a)
		if !set {
			continue
		}
		if current, has := attributeValue(b, a); a.Merge && has {
			value = mergeKeys(current, value)
		} else if a.Merge {
			value = mergeKeys(reflect.MakeMap(value.Type()), value)
		}
		setAttribute(b, a, value)
	}
	return base
}

// mergeKeys returns a copy of base with the keys of top, without those that
// top removes.
func mergeKeys(base, top reflect.Value) reflect.Value {
	merged := reflect.MakeMapWithSize(top.Type(), base.Len()+top.Len())
	for entries := base.MapRange(); entries.Next(); {
		merged.SetMapIndex(entries.Key(), entries.Value())
	}
	for entries := top.MapRange(); entries.Next(); {
		if isNothing(entries.Value()) {
			merged.SetMapIndex(entries.Key(), reflect.Value{})
			continue
		}
		merged.SetMapIndex(entries.Key(), entries.Value())
	}
	return merged
}

// creation is a creation in two steps, where the kind says that it cannot give
// everything: what it cannot is written after it.
func (e *erased[T]) creation(after T, attributes []plan.Attribute) []plan.Step {
	if e.t.Later == nil {
		return nil
	}
	later := e.t.Later(after)
	first, second := plan.Step{}, plan.Step{}
	for _, a := range attributes {
		if slices.Contains(later, a.Name) {
			second.Attributes = append(second.Attributes, a)
		} else {
			first.Attributes = append(first.Attributes, a)
		}
	}
	if len(second.Attributes) == 0 || len(first.Attributes) == 0 {
		return nil
	}
	return []plan.Step{first, second}
}

// later are the attributes of what a change takes away that its creation could not
// give again.
func (e *erased[T]) later(c *plan.Change) []string {
	value, ok := e.valueOf(c.Key, c.Attributes, func(a plan.Attribute) any { return a.Before }, false)
	if !ok || e.t.Later == nil {
		return nil
	}
	return e.t.Later(*value.(*T))
}

// fromDefaults gives attributes of a new object what it has before they are written.
func (e *erased[T]) fromDefaults(attributes []plan.Attribute) []plan.Attribute {
	defaults := e.defaults()
	attributes = slices.Clone(attributes)
	for i := range attributes {
		for _, a := range e.table {
			if a.Name == attributes[i].Name && a.Default != "" {
				value, _ := attributeValue(reflect.ValueOf(&defaults).Elem(), a)
				attributes[i].Before = jsonOf(value)
			}
		}
	}
	return attributes
}

// Steps turns the kind's valid states on the way into steps of a plan: the
// first state early, the following ones late. A state that changes nothing is
// no step.
func (e *erased[T]) Steps(live, after any, changed []plan.Attribute) []plan.Step {
	if live == nil {
		return e.creation(*after.(*T), changed)
	}
	if e.t.Split == nil {
		return nil
	}
	states := e.t.Split(*live.(*T), *after.(*T))
	var steps []plan.Step
	current := live.(*T)
	for i := range states {
		if attributes := e.Compare(current, &states[i]); len(attributes) > 0 {
			steps = append(steps, plan.Step{Late: i > 0, Attributes: attributes})
		}
		current = &states[i]
	}
	if len(steps) == 1 {
		steps[0].Attributes = nil // the change's own
	}
	return steps
}
