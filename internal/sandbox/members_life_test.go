package sandbox_test

import (
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestChangingAnAddress(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	ada, id := l.member(acme, `"email_address":"ada@acme.example"`)
	if err := l.server.SetFactors(l.credentials.ProjectID, id, true, true); err != nil {
		t.Fatal(err)
	}
	l.verify(id)
	original := l.must("GET", acme+"/member?member_id="+id, "")
	if original.text("member", "member_password_id") == "" {
		t.Fatal("the member has no password to lose")
	}

	respelled := l.must("PUT", ada, `{"email_address":"Ada@acme.example"}`)
	respelled.wantJSON(t, `true`, "member", "email_address_verified")
	respelled.wantJSON(t, `[]`, "member", "retired_email_addresses")
	respelled.wantJSON(t, `"Ada@acme.example"`, "member", "email_address")

	changed := l.must("PUT", ada, `{"email_address":"lovelace@acme.example"}`)
	changed.wantJSON(t, `false`, "member", "email_address_verified")
	changed.wantJSON(t, `""`, "member", "member_password_id")
	if retired := changed.at("member", "retired_email_addresses").([]any); len(retired) != 1 ||
		retired[0].(map[string]any)["email_address"] != "Ada@acme.example" {
		t.Errorf("the retired addresses are %v", retired)
	}
	l.data("GET", acme+"/member?email_address=ada@acme.example", "").want(t, 404, "member_not_found")
	l.data("POST", acme+"/members", `{"email_address":"ada@acme.example"}`).want(t, 400, "retired_member_email")
	bob, _ := l.member(acme, `"email_address":"bob@acme.example"`)
	l.data("PUT", bob, `{"email_address":"ADA@acme.example"}`).want(t, 400, "retired_member_email")

	back := l.must("PUT", ada, `{"email_address":"ada@acme.example","unlink_email":true}`)
	back.wantJSON(t, `[]`, "member", "retired_email_addresses")
	l.member(acme, `"email_address":"lovelace@acme.example"`)
}

func TestUnlinkingARetiredAddress(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	ada, _ := l.member(acme, `"email_address":"one@acme.example"`)
	l.must("PUT", ada, `{"email_address":"two@acme.example"}`)
	changed := l.must("PUT", ada, `{"email_address":"three@acme.example"}`)
	first := changed.at("member", "retired_email_addresses").([]any)[0].(map[string]any)
	if first["email_address"] != "one@acme.example" {
		t.Fatalf("the first retired address is %v", first)
	}
	l.data("POST", ada+"/unlink_retired_email", `{}`).want(t, 400, "retired_email_missing_email_identifiers")
	l.data("POST", ada+"/unlink_retired_email", `{"email_address":"ghost@acme.example"}`).want(t, 404, "retired_email_not_found")
	l.must("POST", ada+"/unlink_retired_email", `{"email_id":"`+first["email_id"].(string)+`"}`)
	l.data("POST", acme+"/members", `{"email_address":"two@acme.example"}`).want(t, 400, "retired_member_email")
	l.must("POST", ada+"/unlink_retired_email", `{"email_address":"TWO@acme.example"}`).
		wantJSON(t, `[]`, "member", "retired_email_addresses")
	l.member(acme, `"email_address":"one@acme.example"`)
	l.member(acme, `"email_address":"two@acme.example"`)
}

func TestReplacingAPhoneNumberTakesTwoCalls(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	ada, id := l.member(acme, `"email_address":"ada@acme.example","mfa_phone_number":"+12025550123"`)
	l.must("PUT", ada, `{"default_mfa_method":"sms_otp"}`)
	l.data("PUT", ada, `{"mfa_phone_number":"+12025550124"}`).want(t, 400, "duplicate_member_phone_number_for_member")
	deleted := l.must("DELETE", acme+"/members/mfa_phone_numbers/"+id, "")
	deleted.wantJSON(t, `""`, "member", "mfa_phone_number")
	deleted.wantJSON(t, `""`, "member", "default_mfa_method")
	l.data("DELETE", acme+"/members/mfa_phone_numbers/"+id, "").want(t, 404, "member_phone_number_not_found")
	l.must("PUT", ada, `{"mfa_phone_number":"+12025550124","default_mfa_method":"sms_otp"}`).
		wantJSON(t, `"+12025550124"`, "member", "mfa_phone_number")

	pending, pendingID := l.member(acme, `"email_address":"bob@acme.example","create_member_as_pending":true`)
	l.data("PUT", pending, `{"mfa_phone_number":"+12025550125"}`).want(t, 400, "action_available_only_for_active_members")
	l.data("DELETE", acme+"/members/mfa_phone_numbers/"+pendingID, "").want(t, 400, "action_available_only_for_active_members")
	if err := l.server.SetStatus(l.credentials.ProjectID, pendingID, "active"); err != nil {
		t.Fatal(err)
	}
	l.must("PUT", pending, `{"mfa_phone_number":"+12025550125"}`)
}

func TestDeletingAPasswordAndTOTP(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	ada, id := l.member(acme, `"email_address":"ada@acme.example"`)
	l.data("DELETE", ada+"/totp", "").want(t, 404, "totp_not_found")
	if err := l.server.SetFactors(l.credentials.ProjectID, id, true, true); err != nil {
		t.Fatal(err)
	}
	password := l.must("PUT", ada, `{"default_mfa_method":"totp"}`).text("member", "member_password_id")
	l.must("DELETE", ada+"/totp", "").wantJSON(t, `""`, "member", "default_mfa_method")
	l.must("DELETE", acme+"/members/passwords/"+password, "").wantJSON(t, `""`, "member", "member_password_id")
	l.data("DELETE", acme+"/members/passwords/"+password, "").want(t, 404, "member_password_not_found")
}

func TestDeletingAMemberIsSoftButCostsFactorsAndRoles(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	ada, id := l.member(acme, `"email_address":"ada@acme.example","name":"Ada","roles":["stytch_admin"],"external_id":"one",
		"mfa_phone_number":"+12025550123","trusted_metadata":{"a":1}`)
	l.verify(id)
	if err := l.server.SetFactors(l.credentials.ProjectID, id, true, true); err != nil {
		t.Fatal(err)
	}
	if err := l.server.MarkProvisioned(l.credentials.ProjectID, id, "scim"); err != nil {
		t.Fatal(err)
	}
	if l.must("GET", acme+"/member?member_id="+id, "").at("member", "scim_registration") == nil {
		t.Error("a member made by SCIM has no scim_registration")
	}
	l.must("DELETE", ada, "").wantJSON(t, `"`+id+`"`, "member_id")
	for _, request := range [][2]string{{"DELETE", ada}, {"PUT", ada}, {"GET", acme + "/member?member_id=" + id}, {"DELETE", ada + "/totp"}} {
		l.data(request[0], request[1], "").want(t, 404, "member_not_found")
	}
	deep := organizationsPath + "/members/dangerously_get/" + id
	l.data("GET", deep, "").want(t, 404, "member_not_found")
	deleted := l.must("GET", deep+"?include_deleted=true", "")
	for key, want := range map[string]string{
		"status": `"deleted"`, "mfa_phone_number": `""`, "totp_registration_id": `""`,
		"member_password_id": `""`, "roles": memberOnly, "scim_registration": `null`, "name": `"Ada"`, "email_address": `"ada@acme.example"`,
	} {
		deleted.wantJSON(t, want, "member", key)
	}

	restored := l.must("PUT", ada+"/reactivate", "")
	for key, want := range map[string]string{
		"status": `"active"`, "roles": memberOnly, "member_id": `"` + id + `"`,
		"external_id": `"one"`, "trusted_metadata": `{"a":1}`, "email_address_verified": `true`,
	} {
		restored.wantJSON(t, want, "member", key)
	}
	l.data("PUT", ada+"/reactivate", "").want(t, 400, "no_deleted_member_found_for_reactivation")
}

func TestReactivationIsRefused(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	ada, id := l.member(acme, `"email_address":"ada@acme.example","external_id":"one"`)
	l.must("DELETE", ada, "")
	l.data("PUT", ada+"/reactivate", "").want(t, 400, "email_unverified_for_reactivation")
	l.data("PUT", acme+"/members/one/reactivate", "").want(t, 404, "member_not_found")
	l.verify(id)
	second, secondID := l.member(acme, `"email_address":"ADA@acme.example","external_id":"one"`)
	if secondID == id {
		t.Error("a re-created address gets the deleted member's ID")
	}
	l.data("PUT", ada+"/reactivate", "").want(t, 400, "reactivation_email_belongs_to_another_member")
	l.must("PUT", second, `{"email_address":"other@acme.example"}`)
	l.data("PUT", ada+"/reactivate", "").want(t, 400, "reactivation_email_belongs_to_another_member")
	l.must("POST", second+"/unlink_retired_email", `{"email_address":"ada@acme.example"}`)
	l.must("PUT", ada+"/reactivate", "").wantJSON(t, `null`, "member", "external_id")
	l.data("PUT", organizationsPath+"/ghost/members/"+id+"/reactivate", "").want(t, 404, "organization_not_found")
}

func TestMemberKnobs(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{Knobs: sandbox.Knobs{EmailsCaseSensitive: true, DeletedMembersReadable: true, DeletedExternalIDsHeld: true}})
	ada, id := l.member(acme, `"email_address":"ada@acme.example","external_id":"one"`)
	upper, _ := l.member(acme, `"email_address":"Ada@acme.example"`)
	l.data("GET", acme+"/member?email_address=ADA@acme.example", "").want(t, 404, "member_not_found")
	l.must("DELETE", upper, "")
	l.must("GET", acme+"/member?email_address=ada@acme.example", "").wantJSON(t, `"`+id+`"`, "member_id")
	l.must("DELETE", ada, "")
	l.must("GET", acme+"/member?member_id="+id, "").wantJSON(t, `"deleted"`, "member", "status")
	l.data("POST", acme+"/members", `{"email_address":"bob@acme.example","external_id":"one"}`).want(t, 400, "duplicate_member_external_id")
}

func TestHooksSayWhatTheyCannotDo(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	ada, id := l.member(acme, `"email_address":"ada@acme.example"`)
	project := l.credentials.ProjectID
	for name, err := range map[string]error{
		"unknown project": l.server.MarkVerified("project-test-x", id),
		"unknown member":  l.server.MarkVerified(project, "member-test-x"),
		"unknown source":  l.server.MarkProvisioned(project, id, "ldap"),
		"unknown status":  l.server.SetStatus(project, id, "deleted"),
		"unknown role's source": l.server.GrantProvidedRole(project, id, "stytch_admin",
			"direct_assignment"),
	} {
		if err == nil {
			t.Errorf("%s is no error", name)
		}
	}
	l.must("DELETE", ada, "")
	if l.server.SetStatus(project, id, "active") == nil {
		t.Error("a hook resurrects a deleted member")
	}
}

func TestARestoredMemberKeepsOnlyTheRetiredAddressesThatAreFree(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	ada, id := l.member(acme, `"email_address":"one@acme.example"`)
	l.must("PUT", ada, `{"email_address":"two@acme.example"}`)
	l.must("PUT", ada, `{"email_address":"three@acme.example"}`)
	l.verify(id)
	l.must("DELETE", ada, "")
	l.member(acme, `"email_address":"one@acme.example"`)
	restored := l.must("PUT", ada+"/reactivate", "")
	retired := restored.at("member", "retired_email_addresses").([]any)
	if len(retired) != 1 || retired[0].(map[string]any)["email_address"] != "two@acme.example" {
		t.Errorf("the retired addresses are %v", retired)
	}
	l.data("POST", acme+"/members", `{"email_address":"two@acme.example"}`).want(t, 400, "retired_member_email")
}

func TestARoleInUseIsKeptWhereTheKnobSaysSo(t *testing.T) {
	l := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{UsedRolesKept: true}})
	l.makeRole("editor", "viewer")
	acme := l.organization(`"organization_name":"Acme","rbac_email_implicit_role_assignments":[{"domain":"acme.example","role_id":"viewer"}]`)
	ada, _ := l.member(acme, `"email_address":"ada@acme.example","roles":["editor"]`)
	refused := func() bool {
		return l.manage("PUT", environmentOf+"/rbac_policy", `{"custom_roles":[]}`).status != 200
	}
	if !refused() {
		t.Error("two used roles could be removed")
	}
	l.must("PUT", ada, `{"roles":[]}`)
	if !refused() {
		t.Error("a role that an organization gives could be removed")
	}
	l.must("PUT", acme, `{"rbac_email_implicit_role_assignments":[]}`)
	if refused() {
		t.Error("roles that nobody uses could not be removed")
	}
}
