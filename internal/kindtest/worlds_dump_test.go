package kindtest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A dump is all that the sandbox has in the environment, as it answers to any
// client: objects by "kind/id".
type dump map[string]Object

// dump reads the environment, deleted members included.
func (t *trial) dump() dump {
	d := dump{
		"environment": t.Ask(t, http.MethodGet, "~", nil)["environment"].(Object),
		"rbac_policy": t.Ask(t, http.MethodGet, "~/rbac_policy", nil)["policy"].(Object),
	}
	for _, key := range []string{"SESSION", "M2M"} {
		if status, answer := t.TryAsk(t, http.MethodGet, "~/jwt_templates/"+key, nil); status == http.StatusOK {
			d["jwt_template/"+key] = answer["jwt_template"].(Object)
		}
	}
	add := func(kind, key string, list any) {
		for _, item := range list.([]any) {
			d[kind+"/"+item.(Object)[key].(string)] = item.(Object)
		}
	}
	add("redirect_url", "url", t.Ask(t, http.MethodGet, "~/redirect_urls/all", nil)["redirect_urls"])
	add("trusted_token_profile", "profile_id", t.Ask(t, http.MethodGet, "~/trusted_token_profiles", nil)["profiles"])
	organizations := t.Ask(t, http.MethodPost, "/v1/b2b/organizations/search", Object{"limit": 1000})["organizations"].([]any)
	add("organization", "organization_id", organizations)
	var ids []any
	for _, o := range organizations {
		ids = append(ids, o.(Object)["organization_id"])
	}
	if len(ids) > 0 {
		everybody := Object{"operator": "AND", "operands": []Object{{"filter_name": "statuses", "filter_value": []string{"active", "pending", "invited", "deleted"}}}}
		add("member", "member_id", t.Ask(t, http.MethodPost, "/v1/b2b/organizations/members/search", Object{"limit": 1000, "organization_ids": ids, "query": everybody})["members"])
	}
	return d
}

// all lists the keys of one kind's objects, in order.
func (d dump) all(kind string) []string {
	var keys []string
	for key := range d {
		if key == kind || strings.HasPrefix(key, kind+"/") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// living lists the members who are not deleted, of one organization or of all.
func (d dump) living(organization any) []string {
	return slices.DeleteFunc(d.all("member"), func(key string) bool {
		return d[key]["status"] == "deleted" || organization != nil && d[key]["organization_id"] != organization
	})
}

// of finds the object of a change; nil when there is none, or it is deleted.
func (d dump) of(c plan.Change) Object {
	key := c.Kind + "/" + c.ID
	switch c.Kind {
	case "environment", "rbac_policy":
		key = c.Kind
	case "redirect_url", "jwt_template":
		key = c.Kind + "/" + c.Key
	}
	if object := d[key]; object != nil && object["status"] != "deleted" {
		return object
	}
	return nil
}

// named finds the object that holds a change's key now; nil when there is none.
func (d dump) named(c plan.Change) Object {
	switch c.Kind {
	case "organization":
		return d.find("organization", func(o Object) bool { return o["organization_slug"] == c.Key })
	case "member":
		return d.find("member", func(o Object) bool {
			return o["status"] != "deleted" && o["organization_id"] == c.OrganizationID && strings.EqualFold(o["email_address"].(string), c.Key)
		})
	case "trusted_token_profile":
		return d.find("trusted_token_profile", func(o Object) bool { return o["name"] == c.Key })
	}
	return d.of(c)
}

func (d dump) find(kind string, is func(Object) bool) Object {
	for _, key := range d.all(kind) {
		if is(d[key]) {
			return d[key]
		}
	}
	return nil
}

// raw is an attribute of an object in its canonical form. Attributes are called
// what the API calls them; only lists with ids are maps in documents.
func raw(kind, attribute string, o Object) any {
	name, rest, nested := strings.Cut(attribute, ".")
	switch {
	case kind == "member" && name == "roles":
		return canonical(assigned(o))
	case kind == "rbac_policy" && name == "custom_roles":
		return canonical(byID(copied(o[name]), "role_id"))
	case kind == "rbac_policy" && name == "custom_resources":
		return canonical(byID(copied(o[name]), "resource_id"))
	case kind == "rbac_policy" && name == "custom_scopes":
		return canonical(byID(copied(o[name]), "scope"))
	case kind == "rbac_policy" && nested:
		permissions := byResource(o[name].(Object)["permissions"])
		if resource, ok := strings.CutPrefix(rest, "permissions."); ok {
			return canonical(permissions.(Object)[resource])
		}
		return canonical(permissions)
	case name == "pem_files":
		var keys []any
		for _, file := range o[name].([]any) {
			keys = append(keys, file.(Object)["public_key"])
		}
		return canonical(keys)
	case name == "template_content" && o[name] == "{}":
		return nil // adds no claims, like ""
	case nested:
		values, _ := o[name].(Object)
		return canonical(values[rest])
	}
	return canonical(o[name])
}

// copied is a value of its own: byID takes things out.
func copied(v any) any {
	switch v := v.(type) {
	case []any:
		items := make([]any, 0, len(v))
		for _, item := range v {
			items = append(items, copied(item))
		}
		return items
	case Object:
		items := Object{}
		for key, item := range v {
			items[key] = copied(item)
		}
		return items
	}
	return v
}
