package kindtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// A happening is what others do at Stytch: people in the Dashboard, identity
// providers, members themselves. Each is drawn over what is live at that moment.
type happening struct {
	name string
	of   string // the kind of what it happens to; "" for nothing that is there
	do   func(t *trial, d dump, o Object) string
}

var happenings = []happening{
	{"a member gets a name", "member", func(t *trial, _ dump, o Object) string {
		return t.others(http.MethodPut, memberAt(o), Object{"name": t.pick("name", "", "one", "two", "by hand")})
	}},
	{"a member gets roles", "member", func(t *trial, d dump, o Object) string {
		roles := []any{"stytch_admin"}
		for _, role := range d["rbac_policy"]["custom_roles"].([]any) {
			roles = append(roles, role.(Object)["role_id"])
		}
		chosen := slices.DeleteFunc(roles, func(any) bool { return !rapid.Bool().Draw(t.r, "role by hand") })
		return t.others(http.MethodPut, memberAt(o), Object{"roles": append([]any{}, chosen...)})
	}},
	{"a member's metadata change", "member", func(t *trial, _ dump, o Object) string {
		return t.others(http.MethodPut, memberAt(o), Object{"trusted_metadata": Object{"plan": t.pick("plan", nil, "free", "by hand")}})
	}},
	{"a member is deleted", "member", func(t *trial, _ dump, o Object) string {
		return t.others(http.MethodDelete, memberAt(o), nil)
	}},
	{"a deleted member is reactivated", "member", func(t *trial, _ dump, o Object) string {
		return t.others(http.MethodPut, memberAt(o)+"/reactivate", Object{})
	}},
	{"a member's address is verified", "member", func(t *trial, _ dump, o Object) string {
		if err := t.Sandbox.MarkVerified(t.Target.ProjectID, id(o)); err != nil {
			t.Fatal(err)
		}
		return "done"
	}},
	{"a member is verified and deleted", "member", func(t *trial, _ dump, o Object) string {
		if err := t.Sandbox.MarkVerified(t.Target.ProjectID, id(o)); err != nil {
			t.Fatal(err)
		}
		return t.others(http.MethodDelete, memberAt(o), nil)
	}},
	{"a member is provisioned", "member", func(t *trial, _ dump, o Object) string {
		if o["status"] == "deleted" {
			return "is deleted"
		}
		source := t.pick("source", "scim", "sso").(string)
		if err := t.Sandbox.MarkProvisioned(t.Target.ProjectID, id(o), source); err != nil {
			t.Fatal(err)
		}
		return source
	}},
	{"a member is created", "organization", func(t *trial, _ dump, o Object) string {
		person := t.pick("person", "ada", "bob", "cyd", "eve", "fay").(string)
		return t.others(http.MethodPost, "/v1/b2b/organizations/"+id(o)+"/members", Object{"email_address": address(person), "name": t.pick("name", "", "one", "by hand")})
	}},
	{"an organization gets a name", "organization", func(t *trial, _ dump, o Object) string {
		return t.others(http.MethodPut, "/v1/b2b/organizations/"+id(o), Object{"organization_name": t.pick("name", "one", "two", "by hand")})
	}},
	{"an organization's metadata change", "organization", func(t *trial, _ dump, o Object) string {
		return t.others(http.MethodPut, "/v1/b2b/organizations/"+id(o), Object{"trusted_metadata": Object{"plan": t.pick("plan", nil, "free", "by hand")}})
	}},
	{"an organization is deleted", "organization", func(t *trial, _ dump, o Object) string {
		return t.others(http.MethodDelete, "/v1/b2b/organizations/"+id(o), nil)
	}},
	{"an organization is created", "", func(t *trial, _ dump, _ Object) string {
		slug := t.pick("slug", "acme", "globex", "other")
		return t.others(http.MethodPost, "/v1/b2b/organizations", Object{"organization_slug": slug, "organization_name": t.pick("name", "one", "by hand")})
	}},
	{"a URL is removed", "redirect_url", func(t *trial, _ dump, o Object) string {
		return t.others(http.MethodDelete, "~/redirect_urls?do_not_promote_defaults=true&url="+url.QueryEscape(o["url"].(string)), nil)
	}},
	{"a URL gets a flow", "redirect_url", func(t *trial, _ dump, o Object) string {
		types := copied(o["valid_types"]).([]any)
		flow := t.pick("flow", "SIGNUP", "INVITE", "DISCOVERY")
		if !slices.ContainsFunc(types, func(v any) bool { return v.(Object)["type"] == flow }) {
			types = append(types, Object{"type": flow, "is_default": false})
		}
		return t.others(http.MethodPut, "~/redirect_urls?url="+url.QueryEscape(o["url"].(string)), Object{"valid_types": types, "do_not_promote_defaults": true})
	}},
	{"a profile gets an audience", "trusted_token_profile", func(t *trial, _ dump, o Object) string {
		return t.others(http.MethodPatch, "~/trusted_token_profiles/"+o["profile_id"].(string), Object{"audience": t.pick("audience", "one", "two", "by hand")})
	}},
	{"a profile is deleted", "trusted_token_profile", func(t *trial, _ dump, o Object) string {
		return t.others(http.MethodDelete, "~/trusted_token_profiles/"+o["profile_id"].(string), nil)
	}},
	{"the environment's lock changes", "", func(t *trial, _ dump, _ Object) string {
		return t.others(http.MethodPatch, "~", Object{"user_lock_threshold": t.pick("threshold", 3, 20, 7)})
	}},
	{"a template gets an audience", "", func(t *trial, d dump, _ Object) string {
		content := "{}"
		if o := d["jwt_template/SESSION"]; o != nil && o["template_content"] != "" {
			content = o["template_content"].(string)
		}
		return t.others(http.MethodPut, "~/jwt_templates/SESSION", Object{"template_content": content, "custom_audience": t.pick("audience", "", "billing", "by hand")})
	}},
}

func memberAt(o Object) string {
	return fmt.Sprintf("/v1/b2b/organizations/%s/members/%s", o["organization_id"], o["member_id"])
}

func (t *trial) pick(label string, of ...any) any {
	return rapid.SampledFrom(of).Draw(t.r, label+" by hand")
}

// others sends a request as others do. It may be refused: then nothing happened.
func (t *trial) others(method, path string, body any) string {
	status, answer := t.TryAsk(t, method, path, body)
	if status/100 != 2 {
		return fmt.Sprint("refused: ", answer["error_type"])
	}
	return fmt.Sprint("done: ", strings.TrimSpace(asJSON(body)))
}

// happens draws a happening.
func (t *trial) happens(when string) {
	h := rapid.SampledFrom(happenings).Draw(t.r, "happening "+when)
	d := t.dump()
	if h.of == "" {
		t.Logf("%s: %s: %s", when, h.name, h.do(t, d, nil))
		return
	}
	keys := d.inOrder(h.of)
	if len(keys) == 0 {
		return
	}
	key := keys[rapid.IntRange(0, len(keys)-1).Draw(t.r, "to whom")]
	t.Logf("%s: %s: %s %v: %s", when, h.name, key, firstOf(d[key], "email_address", "organization_slug", "name"), h.do(t, d, d[key]))
}

// inOrder lists the keys of a kind in an order that does not depend on ids,
// which are others in every run: a failure must come again.
func (d dump) inOrder(kind string) []string {
	natural := func(key string) string {
		o := d[key]
		organization, _ := o["organization_id"].(string)
		slug, _ := d["organization/"+organization]["organization_slug"].(string)
		return fmt.Sprint(slug, " ", firstOf(o, "email_address", "url", "name"), " ", o["status"], o["name"])
	}
	keys := d.all(kind)
	slices.SortStableFunc(keys, func(a, b string) int { return strings.Compare(natural(a), natural(b)) })
	return keys
}

func firstOf(o Object, names ...string) any {
	for _, name := range names {
		if o[name] != nil {
			return o[name]
		}
	}
	return nil
}
