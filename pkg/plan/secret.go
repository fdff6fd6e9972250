package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// A Reference says where the value of a secret comes from. A plan holds it in
// place of the value, and an apply follows it. Exactly one of Env and File is set.
//
// In says where a file is sought and is no part of the plan's meaning, no more
// than the position of the document: a checkout in another place must not give
// another digest. It is relative to the working directory, empty for that itself.
type Reference struct {
	Env  string `json:"env,omitempty"`  // of env("NAME"): the variable STYTCH_RECONCILE_SECRET_NAME
	File string `json:"file,omitempty"` // of file("path"), as the document has it
	In   string `json:"in,omitempty"`   // of file: the directory of the document
}

// String is the reference as a document writes it.
func (r Reference) String() string {
	if r.File != "" {
		return "file(" + strconv.Quote(r.File) + ")"
	}
	return "env(" + strconv.Quote(r.Env) + ")"
}

// A SecretUse is one secret that carrying out a plan sends.
type SecretUse struct {
	Address   Address
	Attribute string
	Reference Reference
}

// Secrets are the secrets that the plan sends, by address and attribute.
func (p *Plan) Secrets() []SecretUse {
	var uses []SecretUse
	for _, op := range p.Operations() {
		for _, a := range op.Attributes() {
			if a.Reference != nil {
				uses = append(uses, SecretUse{Address: op.Change.Address, Attribute: a.Name, Reference: *a.Reference})
			}
		}
	}
	slices.SortFunc(uses, func(a, b SecretUse) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Attribute, b.Attribute), cmp.Compare(a.Reference.String(), b.Reference.String()))
	})
	return slices.Compact(uses)
}

// A NotComparable counts the declared values of one write-only attribute in one
// scope: Stytch never shows it, so that nobody can say whether it differs. Keys
// are the first hundred of the objects, in order.
type NotComparable struct {
	Kind      string   `json:"kind"`
	Scope     string   `json:"scope"`
	Attribute string   `json:"attribute"`
	Count     int      `json:"count"`
	Keys      []string `json:"keys"`
}

// Resend has the write-only attributes of these objects sent again, which a
// comparison can never ask for. It must be called before Compare.
func (d *Draft) Resend(addresses []Address) { d.resend = addresses }

// writeOnly adds the write-only attributes of a declaration to an update when
// they are to be sent again, and counts them as not comparable otherwise.
// What the comparison found to be missing is sent in any case.
func (d *Draft) writeOnly(s *scope, declared *Declaration, compared []Attribute) []Attribute {
	attributes := slices.DeleteFunc(s.Kind.WriteOnly(declared.Value), func(a Attribute) bool {
		return slices.ContainsFunc(compared, func(c Attribute) bool { return c.Name == a.Name })
	})
	if slices.Contains(d.resend, s.address(declared.Key)) {
		return attributes
	}
	for _, a := range attributes {
		if slices.Contains(s.traits.Glimpsed, a.Name) {
			continue
		}
		if s.blind == nil {
			s.blind = map[string][]string{}
		}
		s.blind[a.Name] = append(s.blind[a.Name], declared.Key)
	}
	return nil
}

// notComparable tells what of a set could not be compared.
func (d *Draft) notComparable(s *scope) {
	for attribute, keys := range s.blind {
		slices.Sort(keys)
		d.plan.NotComparable = append(d.plan.NotComparable, NotComparable{
			Kind: s.Kind.Name(), Scope: string(s.Within), Attribute: attribute, Count: len(keys), Keys: slices.Clone(keys[:min(len(keys), 100)]),
		})
	}
}

// sentAgain adds what is sent again to the steps of an update. A change without
// steps of its own has it in its attributes.
func sentAgain(steps []Step, attributes []Attribute) []Step {
	if len(steps) > 0 && steps[0].Attributes != nil {
		steps[0].Attributes = append(slices.Clone(steps[0].Attributes), attributes...)
	}
	return steps
}

// withoutPlaces are the attributes as the digest sees them.
func withoutPlaces(attributes []Attribute) []Attribute {
	for i := range attributes {
		if r := attributes[i].Reference; r != nil {
			attributes[i].Reference = &Reference{Env: r.Env, File: r.File}
		}
	}
	return attributes
}

// validateSecrets checks that a change holds the reference of every secret that
// it sends, and no value.
func (c *Change) validateSecrets() error {
	lists := [][]Attribute{c.Attributes}
	for _, s := range c.Steps {
		lists = append(lists, s.Attributes)
	}
	for _, a := range slices.Concat(lists...) {
		r := a.Reference
		switch {
		case a.Sensitive && (a.Before != nil || a.After != nil):
			return fmt.Errorf("%s of %s is sensitive and the plan holds its value; make it anew", a.Name, c.Address)
		case a.Sensitive && r == nil && c.Action != Delete:
			return fmt.Errorf("the plan does not say where %s of %s comes from; make it anew", a.Name, c.Address)
		case r != nil && (!a.Sensitive || c.Action == Delete || (r.Env == "") == (r.File == "")):
			return fmt.Errorf("the plan contradicts itself on where %s of %s comes from; make it anew", a.Name, c.Address)
		}
	}
	return nil
}
