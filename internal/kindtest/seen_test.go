package kindtest

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A sight is everything that the sandbox has, as its own answers show it, by
// address. What Stytch alone makes up - ids, times - is left out of the objects.
type sight struct {
	objects map[plan.Address]any
	ids     map[plan.Address][]string // of several objects with one address, all
	byID    map[string]any
}

// madeUp are keys whose values differ from run to run.
var madeUp = []string{
	"created_at", "updated_at", "member_id", "organization_id", "profile_id", "pem_file_id", "email_id", "project_id", "request_id", "status_code",
	"last_used_at", "last_updated_at", "oauth_callback_id", "connection_id", "sso_active_connections", "sso_default_connection_id", "sso_jit_provisioning_allowed_connections", "certificate_id", "private_key_id", "acs_url", "audience_uri", "redirect_url", "scim_active_connection", "scim_active_connections",
}

// sees looks at the whole sandbox. It asks the handler itself, so that no fault
// may be set.
func (w *World) sees(t testing.TB) sight {
	t.Helper()
	s := sight{map[plan.Address]any{}, map[plan.Address][]string{}, map[string]any{}}
	get := func(path string) Object { return w.tell(t, http.MethodGet, path, nil) }
	s.add("environment", "", get("~")["environment"])
	s.add("rbac_policy", "", get("~/rbac_policy")["policy"])
	for _, kind := range []string{"SESSION", "M2M"} {
		s.add(plan.NewAddress("", "jwt_template", kind), "", get("~/jwt_templates/" + kind)["jwt_template"])
	}
	w.seesSettings(t, s)
	w.seesStreaming(t, s)
	w.seesKeys(t, s)
	for _, url := range each(get("~/redirect_urls/all")["redirect_urls"]) {
		s.add(plan.NewAddress("", "redirect_url", url["url"].(string)), url["url"], url)
	}
	for _, profile := range each(get("~/trusted_token_profiles")["profiles"]) {
		s.add(plan.NewAddress("", "trusted_token_profile", profile["name"].(string)), profile["profile_id"], profile)
	}
	for _, m := range each(w.tell(t, http.MethodPost, "/v1/m2m/clients/search", Object{"limit": 1000})["m2m_clients"]) {
		id := m["client_id"].(string) // of somebody's choice: an object of another kind may have it too
		s.add(plan.NewAddress("", "m2m_client", id), "m2m_client "+id, withRotation(m))
	}
	for _, a := range each(w.tell(t, http.MethodPost, "/v1/connected_apps/clients/search", Object{"limit": 1000})["connected_apps"]) {
		shown := withRotation(maps.Clone(a))
		delete(shown, "client_id")
		s.add(plan.NewAddress("", "connected_app", a["client_name"].(string)), a["client_id"], shown)
	}
	for _, r := range each(w.tell(t, http.MethodPost, "/v1/rules/list", Object{"limit": 100})["rules"]) {
		kind := r["rule_type"].(string)
		identifier := r[strings.ToLower(kind)].(string)
		s.add(plan.NewAddress("", "fraud_rule", identifier), kind+" "+identifier, r)
	}
	slugs := map[any]plan.Address{}
	var ids []any
	for _, o := range each(w.tell(t, http.MethodPost, "/v1/b2b/organizations/search", Object{"limit": 1000})["organizations"]) {
		address := plan.NewAddress("", "organization", o["organization_slug"].(string))
		slugs[o["organization_id"]], ids = address, append(ids, o["organization_id"])
		s.add(address, o["organization_id"], o)
		s.seeConnections(t, w, address, o["organization_id"].(string))
		s.seeSCIM(t, w, address, o)
	}
	if len(ids) == 0 {
		return s
	}
	for _, m := range each(w.tell(t, http.MethodPost, "/v1/b2b/organizations/members/search", Object{"organization_ids": ids, "limit": 1000})["members"]) {
		s.add(plan.NewAddress(slugs[m["organization_id"]], "member", m["email_address"].(string)), m["member_id"], m)
	}
	return s
}

func (s sight) add(address plan.Address, id, object any) {
	shown := canonical(plain(object))
	s.objects[address] = shown
	if id, ok := id.(string); ok && id != "" {
		s.ids[address] = append(s.ids[address], id)
		s.byID[id] = shown
	}
}

// of is the object that a reported change is about. One whose organization was
// to be renamed, and was not, is found by its id.
func (s sight) of(c plan.ReportedChange) any {
	if object, ok := s.byID[c.ID]; ok {
		return object
	}
	return s.objects[c.Address]
}

// plain leaves out what is made up.
func plain(v any) any {
	switch v := v.(type) {
	case Object:
		v = maps.Clone(v)
		for _, key := range madeUp {
			delete(v, key)
		}
		for key := range v {
			v[key] = plain(v[key])
		}
		return v
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	}
	return v
}

// each is a list of an answer, as objects.
func each(list any) []Object {
	items, _ := list.([]any)
	objects := make([]Object, len(items))
	for i := range items {
		objects[i] = items[i].(Object)
	}
	return objects
}

// lost lists the objects of a former sight that are no longer there, by address.
func (s sight) lost(former sight) map[plan.Address]string {
	there := map[string]bool{}
	for _, ids := range s.ids {
		for _, id := range ids {
			there[id] = true
		}
	}
	gone := map[plan.Address]string{}
	for address, ids := range former.ids {
		for _, id := range ids {
			if !there[id] {
				gone[address] = id
			}
		}
	}
	return gone
}
