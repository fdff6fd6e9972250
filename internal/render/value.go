package render

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// update shows in which way an attribute differs.
func (d *drawing) update(a plan.Attribute) {
	if a.Sensitive {
		d.line(fieldIndent, plain, secret(a, plan.Update))
		return
	}
	attribute, before, after := name(a.Name), d.tree(a.Before), d.tree(a.After)
	if reflect.DeepEqual(before, after) { // sent again on request
		d.arrow(fieldIndent, attribute, before, after)
		return
	}
	if b, ok := before.(string); ok {
		if a, ok := after.(string); ok {
			if b, a, ok := templates(b, a); ok {
				d.templateDiff(fieldIndent, attribute, b, a)
				return
			}
		}
	}
	d.difference(fieldIndent, attribute, before, after)
}

// creation shows an attribute of what was not there.
func (d *drawing) creation(a plan.Attribute) {
	if a.Sensitive {
		d.line(fieldIndent, plain, secret(a, plan.Create))
		return
	}
	after := d.tree(a.After)
	if text, ok := after.(string); ok {
		if said, ok := parseTemplate(text); ok {
			after = said
		}
	}
	d.value(fieldIndent, name(a.Name), after)
}

// difference shows two values in the form that says most in least:
//
//	objects         only the leaves that differ, by their path
//	lists of text   +added -removed: in Stytch they are sets
//	lists           of objects: which join and leave; else by place, as objects
//	text of lines   a diff of its lines
//	anything else   old -> new, on two lines when one is too narrow
func (d *drawing) difference(indent int, path string, before, after any) {
	if d.brief(indent, path, before, after) {
		d.arrow(indent, path, before, after)
		return
	}
	if b, a, ok := both[map[string]any](before, after); ok {
		for _, k := range slices.Sorted(maps.Keys(union(b, a))) {
			if from, to := at(b, k), at(a, k); !reflect.DeepEqual(from, to) {
				d.difference(indent, path+"."+key(k), from, to)
			}
		}
		return
	}
	if b, a, ok := both[[]any](before, after); ok {
		d.lists(indent, path, b, a)
		return
	}
	if b, a, ok := both[string](before, after); ok && (lines(b) || lines(a)) {
		d.line(indent, plain, path+":")
		d.textDiff(indent+1, b, a)
		return
	}
	d.arrow(indent, path, before, after)
}

// brief reports whether a value that appears or disappears, or an empty one, is
// said whole in one line. Sets never are: their members say more.
func (d *drawing) brief(indent int, path string, before, after any) bool {
	if empty(before) && empty(after) {
		return true
	}
	if _, ok := texts(before, after); ok || lines(before) || lines(after) {
		return false
	}
	if b, a, ok := both[[]any](before, after); ok {
		if _, _, ok := setOfObjects(b, a); ok {
			return false
		}
	}
	return missing(before, after) && d.fits(indent, sideBySide(path, before, after))
}

func sideBySide(path string, before, after any) string {
	return path + ": " + literal(before) + " -> " + literal(after)
}

// arrow shows old and new side by side, or below each other where the ends that
// they share are cut.
func (d *drawing) arrow(indent int, path string, before, after any) {
	if text := sideBySide(path, before, after); d.fits(indent, text) {
		d.line(indent, plain, text)
		return
	}
	from, to := literal(before), literal(after)
	if b, a, ok := both[string](before, after); ok && !missing(before, after) {
		from, to = elide(b, a)
	}
	d.line(indent, plain, path+":")
	d.line(indent+1, red, "- "+from)
	d.line(indent+1, green, "+ "+to)
}

// lists shows how a list differs. Lists of text are sets; what differs in order
// or repeats alone is shown whole.
func (d *drawing) lists(indent int, path string, before, after []any) {
	if t, ok := texts(before, after); ok {
		added, removed := without(t.after, t.before), without(t.before, t.after)
		if len(added)+len(removed) == 0 {
			d.arrow(indent, path, before, after)
			return
		}
		d.members(indent, path, added, removed)
		return
	}
	if !slices.ContainsFunc(slices.Concat(before, after), composite) {
		d.arrow(indent, path, before, after)
		return
	}
	if b, a, ok := setOfObjects(before, after); ok {
		sorted := func(list []element) []element {
			return slices.SortedFunc(slices.Values(list), func(a, b element) int { return strings.Compare(a.known, b.known) })
		}
		if reflect.DeepEqual(sorted(b), sorted(a)) { // in another order
			d.arrow(indent, path, before, after)
			return
		}
		d.objects(indent, path, b, a)
		return
	}
	for i := range max(len(before), len(after)) {
		if from, to := elementAt(before, i), elementAt(after, i); !reflect.DeepEqual(from, to) {
			d.difference(indent, path+"."+strconv.Itoa(i), from, to)
		}
	}
}

// A member is one element that joins or leaves a set.
type member struct {
	style style
	mark  string
	text  string
}

// members shows what joins and what leaves a set: in a line if all fit, else one
// below the other, the lines of a longer text (a PEM key) as they are.
func (d *drawing) members(indent int, path string, added, removed []string) {
	var list []member
	for _, text := range added {
		list = append(list, member{style: green, mark: "+", text: text})
	}
	for _, text := range removed {
		list = append(list, member{style: red, mark: "-", text: text})
	}
	one, whole := row{indent: indent, spans: []span{{plain, path + ":"}}}, true
	for _, m := range list {
		one.spans = append(one.spans, span{plain, " "}, span{m.style, m.mark + word(m.text)})
		whole = whole && !lines(m.text)
	}
	if whole && d.fits(indent, one.text()) {
		d.rows = append(d.rows, one)
		return
	}
	d.line(indent, plain, path+":")
	for _, m := range list {
		if lines(m.text) {
			d.block(indent+1, m.style, m.mark+" ", m.text)
			continue
		}
		d.line(indent+1, m.style, m.mark+word(m.text))
	}
}

// value shows one value: in a line, or by its parts when it is too long for one.
func (d *drawing) value(indent int, path string, v any) {
	if list, ok := v.([]any); ok {
		if _, set, ok := setOfObjects(nil, list); ok {
			d.objects(indent, path, nil, set)
			return
		}
	}
	line := path + ": " + literal(v)
	text, isText := v.(string)
	object, _ := v.(map[string]any)
	list, _ := v.([]any)
	switch {
	case isText && lines(text):
		d.line(indent, plain, path+":")
		d.block(indent+1, green, "+ ", text)
	case lines(v), len(object)+len(list) > 0 && !d.fits(indent, line):
		for _, k := range slices.Sorted(maps.Keys(object)) {
			d.value(indent, path+"."+key(k), object[k])
		}
		for i, element := range list {
			d.value(indent, path+"."+strconv.Itoa(i), element)
		}
	default:
		d.line(indent, plain, line)
	}
}
