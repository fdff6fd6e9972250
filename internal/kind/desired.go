package kind

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// Desired is what the documents ask for, decoded and checked offline.
type Desired struct {
	Policy  plan.Policy
	Project spec.Project

	catalog  Catalog
	document *spec.Document
	sets     map[setKey][]plan.Declaration
	parents  map[string]plan.Declaration // the organizations, by slug
	resolved bool                        // see Resolve
	rules    *house                      // nil when the documents have none
	accepted []acceptance                // see Desired.Expired
	kept     []plan.Address              // see Destroy
	destroys bool                        // see Destroy
}

// A setKey is one kind in one scope: Organization is the slug, "" for the
// environment.
type setKey struct{ kind, organization string }

// Decode turns documents into values and reports every mistake that can be
// found without reading Stytch.
func Decode(document *spec.Document, catalog Catalog) (*Desired, spec.Diagnostics) {
	d := &Desired{catalog: catalog, document: document, Project: document.Project, sets: map[setKey][]plan.Declaration{}, parents: map[string]plan.Declaration{}}
	var diagnostics spec.Diagnostics
	d.Policy, diagnostics = decodePolicy(document.Policy, catalog)
	var broken spec.Diagnostics
	d.rules, broken = decodeRules(document.Rules, catalog)
	diagnostics.Append(broken...)
	for _, r := range document.Resources {
		k, ok := catalog.Lookup(r.Kind)
		if !ok {
			panic("the language knows the kind " + r.Kind + ", the catalog does not")
		}
		declaration, problems := k.decode(r)
		diagnostics.Append(problems...)
		key := setKey{kind: r.Kind, organization: r.Organization}
		d.sets[key] = append(d.sets[key], declaration)
		if r.Kind == plan.OrganizationKind {
			d.parents[r.Key] = declaration
		}
		if declaration.Protect {
			d.Policy.Protect = append(d.Policy.Protect, address(r))
		}
	}
	slices.Sort(d.Policy.Protect)
	d.Policy.Protect = slices.Compact(d.Policy.Protect)
	for key, set := range d.sets {
		k, _ := catalog.Lookup(key.kind)
		diagnostics.Append(k.together(set)...)
		diagnostics.Append(uniqueAmong(k, set)...)
		diagnostics.Append(renamesAmong(k, set)...)
	}
	diagnostics.Append(d.danglingReferences()...)
	diagnostics.Append(d.decodeAccept(document.Accept)...)
	return d, diagnostics.Sort()
}

// slugForm keeps what would lead to another path out of the management API's
// URLs, in which its SDK does not escape slugs.
var slugForm = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

// CheckProject reports documents that do not say which environment they are
// about. It is asked once they have no other mistake: the word may stand in a
// file that could not be read.
func (d *Desired) CheckProject() spec.Diagnostics {
	var out spec.Diagnostics
	for _, slug := range []struct {
		text string
		at   hcl.Range
	}{{d.Project.Slug, d.Project.SlugRange}, {d.Project.EnvironmentSlug, d.Project.EnvironmentSlugRange}} {
		if slug.text != "" && !slugForm.MatchString(slug.text) {
			out.Append(spec.Errorf(slug.at, "%q is no slug: Stytch's slugs hold letters, digits, dots, hyphens and underscores", slug.text))
		}
	}
	if out.HasErrors() {
		return out
	}
	if d.Project.Slug != "" && d.Project.EnvironmentSlug != "" || d.Project.ID != "" {
		return nil
	}
	at := d.Project.Range
	if at.Filename == "" {
		start := hcl.Pos{Line: 1, Column: 1}
		at = hcl.Range{Filename: slices.Min(slices.Collect(maps.Keys(d.document.Sources))), Start: start, End: start}
	}
	return spec.Diagnostics{spec.Errorf(at, "the documents do not say which environment of which project they are about").
		WithHint("write project: {project_slug: …, environment_slug: …}, or give its project_id")}
}

func address(r *spec.Resource) plan.Address {
	return plan.NewAddress(within(r.Organization), r.Kind, r.Key)
}

func within(organization string) plan.Address {
	if organization == "" {
		return ""
	}
	return plan.NewAddress("", plan.OrganizationKind, organization)
}

// uniqueAmong reports two declarations of one scope with the same folded key or
// the same unique value.
func uniqueAmong(k Kind, set []plan.Declaration) spec.Diagnostics {
	var out spec.Diagnostics
	keys, values := map[string]*spec.Resource{}, map[string]*spec.Resource{}
	for _, d := range inDocumentOrder(set) {
		r := d.Resource.(*spec.Resource)
		folded := k.Fold(d.Key)
		if first := keys[folded]; first != nil {
			out.Append(spec.Errorf(r.KeyRange, "%q and %q are the same %s: keys of this kind compare without case", first.Key, r.Key, k.Name()).
				WithRelated(first.KeyRange, "first declared here").WithHint("declare it once"))
		}
		keys[folded] = r
		if d.Absent {
			continue
		}
		for _, token := range k.Unique(d.Value) {
			attribute, _, _ := strings.Cut(token, " ")
			if first := values[token]; first != nil {
				out.Append(spec.Errorf(locate(r, attribute), "%s is declared for %q and for %q; it must be unique", token, first.Key, r.Key).
					WithRelated(locate(first, attribute), "first declared here"))
			}
			values[token] = r
		}
	}
	return out
}

// inDocumentOrder sorts declarations by where they stand, so that of two that
// collide the later one is told about.
func inDocumentOrder(set []plan.Declaration) []plan.Declaration {
	return slices.SortedStableFunc(slices.Values(set), func(a, b plan.Declaration) int {
		return cmp.Or(cmp.Compare(a.Source.File, b.Source.File), cmp.Compare(a.Source.Line, b.Source.Line), cmp.Compare(a.Source.Column, b.Source.Column))
	})
}

// renamesAmong reports a former key that is declared too, or claimed twice.
func renamesAmong(k Kind, set []plan.Declaration) spec.Diagnostics {
	var out spec.Diagnostics
	declared, claimed := map[string]*spec.Resource{}, map[string]*spec.Resource{}
	for _, d := range set {
		declared[k.Fold(d.Key)] = d.Resource.(*spec.Resource)
	}
	for _, d := range set {
		if d.RenamedFrom == "" {
			continue
		}
		r, former := d.Resource.(*spec.Resource), k.Fold(d.RenamedFrom)
		if former == k.Fold(d.Key) {
			out.Append(spec.Errorf(r.RenamedFromRange, "%q is the key that %q has now", d.RenamedFrom, d.Key).
				WithHint("name the former key, or drop renamed_from"))
			continue
		}
		if other := declared[former]; other != nil && other != r {
			out.Append(spec.Errorf(r.RenamedFromRange, "%q was renamed from %q, which is declared too", r.Key, d.RenamedFrom).
				WithRelated(other.KeyRange, "declared here").WithHint("drop the old declaration, or drop renamed_from"))
		}
		if other := claimed[former]; other != nil {
			out.Append(spec.Errorf(r.RenamedFromRange, "both %q and %q are renamed from %q", other.Key, r.Key, d.RenamedFrom).
				WithRelated(other.RenamedFromRange, "also here"))
		}
		claimed[former] = r
	}
	return out
}

// danglingReferences reports uses of what a declared set would have to offer:
// once some resource offers "role/…" tokens, every used role must be among them.
// A token such as "saml_connection@acme/Okta" names a resource of that kind in
// that organization: once one is declared there, every used one must be.
func (d *Desired) danglingReferences() spec.Diagnostics {
	offered, closed := map[string]bool{}, map[string]bool{}
	type use struct {
		token string
		by    *spec.Resource
	}
	var uses []use
	for key, set := range d.sets {
		k, _ := d.catalog.Lookup(key.kind)
		for _, declaration := range set {
			offers, used := k.References(within(key.organization), declaration.Key, declaration.Value)
			for _, token := range offers {
				prefix, _, _ := strings.Cut(token, "/")
				closed[prefix] = closed[prefix] || !declaration.Absent && (prefix == "role" || prefix == "resource") || strings.Contains(prefix, "@")
			}
			if declaration.Absent {
				continue
			}
			if declaration.Initial != nil {
				_, first := k.References(within(key.organization), declaration.Key, declaration.Initial)
				used = append(used, first...)
			}
			for _, token := range offers {
				offered[token] = true
			}
			for _, token := range used {
				uses = append(uses, use{token, declaration.Resource.(*spec.Resource)})
			}
		}
	}
	var out spec.Diagnostics
	for _, u := range uses {
		prefix, name, _ := strings.Cut(u.token, "/")
		if !closed[prefix] || offered[u.token] {
			continue
		}
		var known []string
		for token := range offered {
			if rest, ok := strings.CutPrefix(token, prefix+"/"); ok {
				known = append(known, rest)
			}
		}
		slices.Sort(known)
		what, _, nested := strings.Cut(prefix, "@")
		written := name
		if nested {
			written = what + "/" + name
		}
		problem := spec.Errorf(locateValue(u.by, written), "%s uses the %s %q, which the documents do not declare", address(u.by), what, name)
		if near := spec.Suggest(name, known); near != "" {
			problem = problem.WithHint("did you mean %q?", near)
		} else {
			problem = problem.WithHint("declared are: %s", strings.Join(known, ", "))
		}
		out.Append(problem)
	}
	return out
}

// Addresses checks the addresses that a flag names: each must be one, and must
// name or include something that the documents declare. A typing mistake would
// otherwise select nothing, or leave out nothing.
func (d *Desired) Addresses(flag string, texts []string) ([]plan.Address, error) {
	var out []plan.Address
	for _, text := range texts {
		if problem := checkAddress(text, d.catalog); problem != "" {
			return nil, fmt.Errorf("--%s %q is no address: %s; write kind/key, or organization/SLUG/kind/key", flag, text, problem)
		}
		selected := plan.Address(text)
		if !slices.ContainsFunc(d.document.Resources, func(r *spec.Resource) bool { return selected.Includes(address(r)) }) {
			if d.destroys {
				return nil, fmt.Errorf("--%s %s names nothing that is removed by itself: what lives in an organization goes with it, and what Stytch always has one of stays; name the organization", flag, text)
			}
			return nil, fmt.Errorf("--%s %s names nothing that the documents declare", flag, text)
		}
		out = append(out, selected)
	}
	return out, nil
}

// Needs are the kinds that the documents name, by the API that they need.
func (d *Desired) Needs() client.Needs {
	needs := client.Needs{}
	for _, k := range d.catalog.Kinds() {
		if d.named(k.Name()) {
			needs[k.Plane()] = append(needs[k.Plane()], k.Name())
		}
	}
	return needs
}

func (d *Desired) named(kind string) bool {
	if d.document.Declares(kind, "") {
		return true
	}
	for _, organization := range d.organizations() {
		if d.document.Declares(kind, organization) {
			return true
		}
	}
	return slices.ContainsFunc(d.document.Resources, func(r *spec.Resource) bool { return r.Kind == kind })
}

// organizations are the slugs that the documents name, in order.
func (d *Desired) organizations() []string {
	var slugs []string
	for _, r := range d.document.Resources {
		if r.Kind == plan.OrganizationKind {
			slugs = append(slugs, r.Key)
		}
	}
	slices.Sort(slugs)
	return slices.Compact(slugs)
}

// locateValue finds a string value anywhere in a resource, else its key.
func locateValue(r *spec.Resource, text string) hcl.Range {
	for _, a := range append(slices.Clone(r.Attributes), r.Initial...) {
		if node := findText(a.Value, text); node != nil {
			return node.Range
		}
	}
	return r.KeyRange
}

func findText(node *spec.Node, text string) *spec.Node {
	if node.Type == spec.String && (node.String == text || node.Cell && strings.Contains(node.String, text)) {
		return node
	}
	for _, item := range node.Items {
		if found := findText(item, text); found != nil {
			return found
		}
	}
	for _, entry := range node.Entries {
		if found := findText(entry.Value, text); found != nil {
			return found
		}
	}
	return nil
}
