package kind

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// A Secret is the value of a secret attribute. What a document declares is a
// reference; its value is there from the moment it is needed, a comparison or
// an apply, to the end of the run. What Stytch answered has a value alone. Like
// the client's Secret, nothing prints it, and Reveal is the one way out.
type Secret struct {
	client.Secret
	Reference plan.Reference
}

var secretType = reflect.TypeFor[Secret]()

// Answered is a secret that Stytch answered.
func Answered(text string) Secret { return Secret{Secret: client.NewSecret(text)} }

// Equal compares references and values, for tests: go-cmp asks it.
func (s Secret) Equal(other Secret) bool {
	return s.Reference == other.Reference && s.Reveal() == other.Reveal()
}

// attribute is the secret as a plan has it: where it comes from, and no value.
func (s Secret) attribute(name string) plan.Attribute {
	a := plan.Attribute{Name: name, Sensitive: true}
	if s.Reference != (plan.Reference{}) {
		reference := s.Reference
		a.Reference = &reference
	}
	return a
}

// checkSecret refuses tags that a secret cannot have, and secrets where none can
// be: every word of a plan is about whole attributes.
func (a Attribute) checkSecret(where string) {
	for t := a.typ; a.typ != secretType && (t.Kind() == reflect.Slice || t.Kind() == reflect.Map); {
		if t = t.Elem(); t == secretType {
			panic(where + ": a secret is an attribute of its own, not part of a list or map")
		}
	}
	switch is := a.typ == secretType; {
	case is != (a.Secret || a.WriteOnly), a.Secret && a.WriteOnly:
		panic(where + ": an attribute of type Secret, and no other, is either secret or writeonly")
	case is && (a.Default != "" || a.Merge || a.Set || a.Bag || a.Local || a.ID || a.File || a.Min >= 0 || a.Max >= 0 || len(a.OneOf) > 0):
		panic(where + ": a secret has neither a default nor rules about its value")
	case a.LastFour && !a.Secret:
		panic(where + ": of a secret alone Stytch shows the last four characters")
	case a.WriteOnly && a.Immutable:
		panic(where + ": what can be given only once and is never shown belongs in initial")
	}
}

// referenceName keeps the names of variables plain: what stands there is put
// after STYTCH_RECONCILE_SECRET_.
var referenceName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// secret decodes the reference of a secret. Whatever else stands there may be
// the secret itself, and is not repeated, not even in an excerpt.
func (d *decoder) secret(into reflect.Value, a Attribute, node *spec.Node) {
	if node.Type != spec.Ref {
		problem := node.Errorf(`%s is a secret: exactly one call of env("NAME") or file("path") is wanted here, not %s`, a.Name, node.Describe()).
			WithHint(`write env("NAME"), and give the value in the variable %sNAME`, secretVariable)
		problem.Conceal = true
		d.add(problem)
		return
	}
	r := node.Reference
	secret := Secret{Reference: plan.Reference{Env: r.Argument}}
	if r.Function == spec.FileFunction {
		if err := r.Inside(); err != nil {
			d.add(node.Errorf("%v", err).WithHint("the file of a secret is in the directory of the document, or below it"))
			return
		}
		secret.Reference = plan.Reference{File: r.Argument, In: r.Directory()}
	} else if !referenceName.MatchString(r.Argument) {
		d.add(node.Errorf("%s names no variable: letters, digits and underscores are possible", r.Text()).
			WithHint(`env("NAME") reads the variable %sNAME`, secretVariable))
		return
	}
	into.Set(reflect.ValueOf(secret))
}

// resolve follows the references of a declaration's readable secrets, which
// cannot be compared without their values.
func (e *erased[T]) resolve(d *plan.Declaration, s Secrets) spec.Diagnostics {
	var out spec.Diagnostics
	value := *d.Value.(*T)
	for _, a := range e.table {
		current, set := attributeValue(reflect.ValueOf(&value).Elem(), a)
		if !a.Secret || !set || d.Absent {
			continue
		}
		secret := current.Interface().(Secret)
		read, err := s.Read(secret.Reference)
		if err != nil {
			out.Append(diagnose(d.Resource.(*spec.Resource), a.Name, fmt.Sprintf("%s cannot be compared with what Stytch has: %v", a.Name, err), ""))
			continue
		}
		secret.Secret = read
		setAttribute(reflect.ValueOf(&value).Elem(), a, reflect.ValueOf(secret))
	}
	d.Value = &value
	return out
}

// Resolve follows the references of the secrets that a plan compares. Those that
// are only ever written are left to the apply. It must be called before Plan of
// documents that declare any.
func (d *Desired) Resolve(s Secrets) spec.Diagnostics {
	d.resolved = true
	var out spec.Diagnostics
	for key, set := range d.sets {
		k, _ := d.catalog.Lookup(key.kind)
		for i := range set {
			out.Append(k.resolve(&set[i], s)...)
		}
	}
	return out.Sort()
}

// mustBeResolved refuses to compare secrets without their values: a difference
// would go unseen.
func (d *Desired) mustBeResolved() {
	if d.resolved {
		return
	}
	for key, set := range d.sets {
		k, _ := d.catalog.Lookup(key.kind)
		if !slices.ContainsFunc(k.Attributes(), func(a Attribute) bool { return a.Secret }) {
			continue
		}
		for _, declared := range set {
			if !declared.Absent && slices.ContainsFunc(k.Creation(declared.Value, nil), func(a plan.Attribute) bool { return a.Reference != nil }) {
				panic("Resolve was not called before Plan, and " + key.kind + " has secrets to compare")
			}
		}
	}
}

// Resends checks the addresses whose write-only attributes are to be sent again.
func (d *Desired) Resends(texts []string) ([]plan.Address, error) {
	if _, err := d.Addresses("resend", texts); err != nil {
		return nil, err
	}
	var out []plan.Address
	for _, text := range texts {
		if !d.sendsBlindly(plan.Address(text)) {
			return nil, fmt.Errorf("--resend %s: the documents declare nothing write-only there, so there is nothing to send again", text)
		}
		out = append(out, plan.Address(text))
	}
	return out, nil
}

// sendsBlindly reports whether the documents declare a write-only attribute of an
// object.
func (d *Desired) sendsBlindly(object plan.Address) bool {
	for key, set := range d.sets {
		k, _ := d.catalog.Lookup(key.kind)
		for _, declared := range set {
			if address(declared.Resource.(*spec.Resource)) == object && !declared.Absent && len(k.WriteOnly(declared.Value)) > 0 {
				return true
			}
		}
	}
	return false
}
