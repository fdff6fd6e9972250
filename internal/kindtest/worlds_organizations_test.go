package kindtest

import (
	"slices"
	"strings"
)

// organizations draws the organizations and who is in them.
func (d draw) organizations(roles []string) Object {
	all := d.each("organization", slugNames, func(slug string) any {
		if d.before != nil && d.rarely(slug+" is absent") {
			return Object{"absent": true}
		}
		return d.organization(slug, slug, roles)
	})
	if all["globex"] == nil && d.had("organizations", "globex") && d.yes("globex is renamed") {
		o := d.organization("hooli", "globex", roles)
		o["renamed_from"] = "globex"
		all["hooli"] = o
	}
	return all
}

func (d draw) organization(slug, former string, roles []string) Object {
	o := Object{}
	o["organization_name"] = d.one(slug+" name", "one", "two")
	if d.people {
		o["members"] = d.members(slug, former, roles)
		return o
	}
	d.put(o, slug, "organization_external_id", "", "crm-"+former, "crm-"+former+"-2")
	d.put(o, slug, "organization_logo_url", "", "https://acme.example/logo.png")
	d.metadata(o, slug, "trusted_metadata")
	if d.yes(slug + " declares who joins") {
		d.joining(o, slug)
	}
	if d.yes(slug + " declares how to log in") {
		o["auth_methods"] = "ALL_ALLOWED"
		o["allowed_auth_methods"] = d.some(slug+" methods", "password", "magic_link", "sso")
		if len(o["allowed_auth_methods"].([]any)) > 0 && d.yes(slug+" restricts methods") {
			o["auth_methods"] = "RESTRICTED"
		}
	}
	if d.yes(slug + " declares second factors") {
		o["mfa_policy"] = d.one(slug+" mfa", "OPTIONAL", "REQUIRED_FOR_ALL")
		o["mfa_methods"] = "ALL_ALLOWED"
		o["allowed_mfa_methods"] = d.some(slug+" factors", "totp", "sms_otp")
		if len(o["allowed_mfa_methods"].([]any)) > 0 && d.yes(slug+" restricts factors") {
			o["mfa_methods"] = "RESTRICTED"
		}
	}
	if d.yes(slug + " declares tenants") {
		o["oauth_tenant_jit_provisioning"] = "NOT_ALLOWED"
		o["allowed_oauth_tenants"] = d.one(slug+" tenants", Object{}, Object{"slack": []any{"T1", "T2"}}, Object{"github": []any{"9"}})
		if len(o["allowed_oauth_tenants"].(Object)) > 0 && d.yes(slug+" lets tenants in") {
			o["oauth_tenant_jit_provisioning"] = "RESTRICTED"
		}
	}
	if d.yes(slug + " declares roles by domain") {
		grants := []any{}
		for _, domain := range domainList {
			for _, role := range d.some(slug+" at "+domain, roles...) {
				grants = append(grants, Object{"domain": domain, "role_id": role})
			}
		}
		o["rbac_email_implicit_role_assignments"] = grants
	}
	d.put(o, slug, "claimed_email_domains", []any{}, []any{"claimed-" + former + ".example"})
	if d.yes(slug + " declares apps") {
		o["first_party_connected_apps_allowed_type"] = d.one(slug+" first", "ALL_ALLOWED", "NOT_ALLOWED", "RESTRICTED")
		o["allowed_first_party_connected_apps"] = d.some(slug+" apps", "app-1", "app-2")
	}
	d.put(o, slug, "idp_members", "manage", "roles", "observe")
	if d.yes(slug + " declares members") {
		o["members"] = d.members(slug, former, roles)
	}
	return o
}

// joining draws the settings that Stytch judges together.
func (d draw) joining(o Object, slug string) {
	domains := d.some(slug+" domains", domainList...)
	ways, open := []any{"ALL_ALLOWED", "NOT_ALLOWED"}, []any{"NOT_ALLOWED"}
	if len(domains) > 0 {
		ways, open = append(ways, "RESTRICTED"), append(open, "RESTRICTED")
	}
	o["email_allowed_domains"] = domains
	o["email_invites"] = d.one(slug+" invites", ways...)
	o["email_jit_provisioning"] = d.one(slug+" e-mail", open...)
	o["sso_jit_provisioning"] = "ALL_ALLOWED"
	if (o["email_invites"] != "NOT_ALLOWED" || o["email_jit_provisioning"] != "NOT_ALLOWED") && d.yes(slug+" keeps single sign-on out") {
		o["sso_jit_provisioning"] = "NOT_ALLOWED"
	}
}

func (d draw) members(slug, former string, roles []string) Object {
	var was Object
	if d.before != nil {
		organizations, _ := d.before.top["organizations"].(Object)
		organization, _ := organizations[former].(Object)
		was, _ = organization["members"].(Object)
	}
	all := d.each("member of "+slug, personNames, func(person string) any {
		if d.before != nil && d.rarely(person+" is absent") {
			return Object{"absent": true}
		}
		return d.member(slug, person, person, roles)
	}, address)
	for _, former := range personNames {
		_, had := was[address(former)].(Object)
		if had && all[address(former)] == nil && d.yes(former+" is renamed") {
			m := d.member(slug, newcomers[0], former, roles)
			m["renamed_from"] = address(former)
			all[address(newcomers[0])] = m
			break
		}
	}
	return all
}

func (d draw) member(slug, person, former string, roles []string) Object {
	label := person + " of " + slug
	m := Object{}
	d.put(m, label, "name", "", "one", "two")
	if d.people {
		m["roles"] = d.some(label+" roles", append([]string{"stytch_admin"}, roles...)...)
		return m
	}
	d.put(m, label, "external_id", "", "user-"+former, "user-"+former+"-2")
	if d.yes(label + " declares roles") {
		m["roles"] = d.some(label+" roles", append([]string{"stytch_admin"}, roles...)...)
	}
	d.put(m, label, "is_breakglass", false, true)
	d.metadata(m, label, "trusted_metadata")
	d.metadata(m, label, "untrusted_metadata")
	d.put(m, label, "mfa_enrolled", false, true)
	switch number := "+1415555010" + string("0123"[slices.Index(personNames, former)]); {
	case former == "dan":
		if d.rarely(label + " has first values") {
			m["initial"] = Object{"create_member_as_pending": true, "name": "first"}
			delete(m, "name")
		}
	case d.yes(label + " declares a number"):
		m["mfa_phone_number"] = d.one(label+" number", "", number, strings.Replace(number, "+1415", "+1416", 1))
		if m["mfa_phone_number"] != "" && d.yes(label+" prefers the number") {
			m["default_mfa_method"] = "sms_otp"
		}
	}
	return m
}
