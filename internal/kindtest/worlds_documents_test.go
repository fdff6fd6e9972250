package kindtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"sync"

	"pgregory.net/rapid"
)

// documents are drawn ones: one tree, as a single file of YAML would have it.
// They are valid by construction; what can be wrong with them is only what
// depends on the live state.
//
// Alphabets are small, so that two draws meet: the same slugs, people, URLs and
// values on both sides. Everything that could be there is drawn as a yes or no
// whose no is simpler, so that what fails shrinks to little.
type documents struct {
	top   Object
	roles []string // that exist once they are applied
}

var (
	slugNames   = []string{"acme", "globex"}
	personNames = []string{"ada", "bob", "cyd", "dan"} // dan may be pending, and so never has a number
	newcomers   = []string{"eve", "fay"}               // who others can be renamed to
	linkNames   = []string{"a", "b", "c"}
	flowNames   = []string{"LOGIN", "SIGNUP", "INVITE"}
	roleNames   = []string{"editor", "viewer"}
	domainList  = []string{"acme.example", "beta.example"}
)

// twoKeys are two public keys, the same in every trial of a run.
var twoKeys = sync.OnceValue(func() []string { return []string{newPublicKey(), newPublicKey()} })

func address(person string) string { return person + "@acme.example" }

func linkTo(name string) string { return "https://app.acme.example/" + name }

// A draw draws documents; before are those that the world came from. With people
// it draws organizations, members and roles, and little else: what they do to
// each other needs many of them.
type draw struct {
	r      *rapid.T
	before *documents
	people bool
}

func (d draw) documents() *documents {
	before := d.before
	drawn := &documents{top: Object{"version": 1, "project": Object{"project_slug": "acme-auth", "environment_slug": "test"}}}
	if before != nil {
		drawn.roles = before.roles
	}
	if d.people || d.yes("rbac_policy") {
		drawn.top["rbac_policy"] = d.rbacPolicy(drawn)
	}
	if d.aside("environment") {
		drawn.top["environment"] = d.environment()
	}
	if d.aside("jwt_templates") {
		drawn.top["jwt_templates"] = d.each("jwt_template", []string{"SESSION", "M2M"}, d.jwtTemplate)
	}
	if d.aside("redirect_urls") {
		drawn.top["redirect_urls"] = d.redirectURLs()
	}
	if d.aside("trusted_token_profiles") {
		drawn.top["trusted_token_profiles"] = d.profiles()
	}
	drawn.top["organizations"] = d.organizations(drawn.roles)
	policy := Object{"min_admins": 0}
	if before != nil {
		undeclared := d.each("undeclared", []string{"members", "redirect_urls", "trusted_token_profiles"}, func(string) any { return "delete" })
		if len(undeclared) > 0 {
			policy["undeclared"] = undeclared
		}
	}
	drawn.top["policy"] = policy
	return drawn
}

func (d draw) yes(label string) bool { return rapid.Bool().Draw(d.r, label) }

// aside is a yes to what has nothing to do with people.
func (d draw) aside(label string) bool {
	if d.people {
		return d.rarely(label)
	}
	return d.yes(label)
}

// mostly is a yes that is more likely than not.
func (d draw) mostly(label string) bool { return rapid.IntRange(0, 3).Draw(d.r, label) > 0 }

// rarely is a yes that is less likely than not.
func (d draw) rarely(label string) bool { return rapid.IntRange(0, 5).Draw(d.r, label) == 5 }

func (d draw) one(label string, of ...any) any { return rapid.SampledFrom(of).Draw(d.r, label) }

// some draws a part of a list.
func (d draw) some(label string, of ...string) []any {
	list := []any{}
	for _, item := range of {
		if d.yes(label + " has " + item) {
			list = append(list, item)
		}
	}
	return list
}

// each draws objects for some names; of writes the key that a name stands for.
func (d draw) each(label string, names []string, value func(name string) any, of ...func(string) string) Object {
	all := Object{}
	for _, name := range names {
		if there := d.people && d.mostly(label+" "+name) || !d.people && d.yes(label+" "+name); !there {
			continue
		}
		key := name
		for _, write := range of {
			key = write(name)
		}
		all[key] = value(name)
	}
	return all
}

// put draws an attribute, or leaves it out.
func (d draw) put(into Object, label, name string, values ...any) {
	if d.yes(label + " declares " + name) {
		into[name] = d.one(label+" "+name, values...)
	}
}

func (d draw) metadata(into Object, label, name string) {
	if !d.yes(label + " declares " + name) {
		return
	}
	into[name] = Object{}
	for _, key := range []string{"plan", "seats"} {
		d.put(into[name].(Object), label+" "+name, key, "free", nil, 3, Object{"a": []any{1}, "b": "two"})
	}
}

func (d draw) rbacPolicy(drawn *documents) Object {
	policy := Object{}
	d.put(policy, "rbac_policy", "stytch_member", Object{"permissions": Object{"stytch.self": []any{"*"}}}, Object{"permissions": Object{"stytch.self": []any{"update.info.name"}}})
	d.put(policy, "rbac_policy", "stytch_admin", Object{"permissions": Object{"stytch.sso": []any{"get"}}}, Object{"permissions": Object{"stytch.sso": []any{}}})
	if !d.people && !d.yes("rbac_policy declares its own") {
		return policy
	}
	resources := d.each("resource", []string{"documents", "rooms"}, func(id string) any {
		return Object{"description": "of " + id, "available_actions": append(d.some("actions of "+id, "write"), "read")}
	})
	permissions := func(label string) Object {
		allowed := Object{}
		for _, id := range []string{"documents", "rooms"} {
			if resource, known := resources[id].(Object); known && d.yes(label+" on "+id) {
				allowed[id] = resource["available_actions"]
				if d.yes(label + " may do anything on " + id) {
					allowed[id] = []any{"*"}
				}
			}
		}
		return allowed
	}
	roles := d.each("role", roleNames, func(id string) any {
		return Object{"description": d.one("description of "+id, "one", "two"), "permissions": permissions(id)}
	})
	policy["custom_resources"], policy["custom_roles"] = resources, roles
	policy["custom_scopes"] = d.each("scope", []string{"read:documents"}, func(id string) any {
		return Object{"description": "Read", "permissions": permissions(id)}
	})
	drawn.roles = nil
	for _, id := range roleNames {
		if roles[id] != nil {
			drawn.roles = append(drawn.roles, id)
		}
	}
	return policy
}

func (d draw) environment() Object {
	e := Object{}
	d.put(e, "environment", "user_lock_threshold", 3, 20)
	d.put(e, "environment", "user_impersonation_enabled", false, true)
	d.put(e, "environment", "idp_authorization_url", "", "https://acme.example/consent")
	d.put(e, "environment", "name", "Staging", "Stage")
	return e
}

func (d draw) jwtTemplate(key string) any {
	t := Object{}
	d.put(t, key, "template_content", "", `{"plan": "gold"}`, `{"roles": {{ member.rbac.roles }}}`)
	d.put(t, key, "custom_audience", "", "billing", "reports")
	return t
}

// redirectURLs gives every flow one default at most.
func (d draw) redirectURLs() Object {
	hasDefault := map[string]bool{}
	return d.each("redirect_url", linkNames, func(name string) any {
		if d.before != nil && d.rarely(name+" is absent") {
			return Object{"absent": true}
		}
		var types []any
		for _, flow := range flowNames {
			if len(types) > 0 && !d.yes(name+" has "+flow) || len(types) == 0 && flow != flowNames[len(flowNames)-1] && d.yes(name+" has no "+flow) {
				continue
			}
			t := Object{"type": flow}
			if !hasDefault[flow] && d.yes(name+" is the default for "+flow) {
				t["is_default"], hasDefault[flow] = true, true
			}
			types = append(types, t)
		}
		return Object{"valid_types": types}
	}, linkTo)
}

func (d draw) profiles() Object {
	all := d.each("profile", []string{"tokens", "legacy"}, func(name string) any {
		if d.before != nil && d.rarely(name+" is absent") {
			return Object{"absent": true}
		}
		return d.profile(name)
	})
	if all["tokens"] == nil && d.had("trusted_token_profiles", "tokens") && d.yes("tokens is renamed") {
		p := d.profile("tokens")
		p["renamed_from"] = "tokens"
		all["partners"] = p
	}
	return all
}

func (d draw) profile(name string) Object {
	p := Object{
		"audience": d.one(name+" audience", "one", "two"), "issuer": d.one(name+" issuer", "a.example", "b.example"),
		"public_key_type": "JWK", "jwks_url": "https://a.example/jwks",
	}
	if name == "legacy" {
		p["public_key_type"] = "PEM"
		delete(p, "jwks_url")
		p["pem_files"] = d.one(name+" keys", []any{twoKeys()[0]}, []any{twoKeys()[1]}, []any{twoKeys()[0], twoKeys()[1]})
	}
	mapping := Object{"email": "email", "token_id": "sub", "organization_id": "org"}
	d.put(p, name, "attribute_mapping", mapping, Object{"email": "mail", "token_id": "sub", "organization_id": "org"})
	if p["attribute_mapping"] != nil {
		d.put(p, name, "can_jit_provision", false, true)
	}
	return p
}

// had reports whether the documents of before had an object of a kind, not as absent.
func (d draw) had(plural, key string) bool {
	if d.before == nil {
		return false
	}
	set, _ := d.before.top[plural].(Object)
	_, had := set[key].(Object)
	return had
}

func newPublicKey() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}
