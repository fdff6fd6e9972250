package catalog

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestEnvironmentRules(t *testing.T) {
	const migration = "zero_downtime_session_migration_url"
	url := func(text string) Environment { return Environment{SessionMigrationURL: kind.Some(text)} }
	for _, test := range []struct {
		name string
		e    Environment
		want []string
	}{
		{"nothing declared breaks no rule", Environment{}, nil},
		{"an https URL is fine", url("https://old.example.com/userinfo"), nil},
		{"an empty URL clears and is fine", url(""), nil},
		{"http is fine on this machine", url("http://localhost:3000/userinfo"), nil},
		{"http is fine on a loopback address", url("http://127.0.0.1/userinfo"), nil},
		{"http is refused elsewhere", url("http://old.example.com"), []string{migration + ": " + migration + " uses http, which anybody on the way can read and change"}},
		{"a host that only starts like localhost is elsewhere", url("http://localhost.example.com"), []string{migration + ": " + migration + " uses http, which anybody on the way can read and change"}},
		{"a relative URL is refused", url("/userinfo"), []string{migration + ": " + migration + " is not an absolute URL"}},
		{"a password in a URL is refused", url("https://me:secret@old.example.com"), []string{migration + ": " + migration + " holds a user name or password, which everybody who reads the settings would see"}},
		{"a space in a URL is refused", url("https://old.example.com/a b"), []string{migration + ": " + migration + " is not a URL"}},
		{"another scheme is refused", url("ftp://old.example.com"), []string{migration + ": " + migration + ` has the scheme "ftp", which is not https`}},
		{
			"the consent page obeys the same rule",
			Environment{IDPAuthorizationURL: kind.Some("javascript://x/%0aalert(1)")},
			[]string{`idp_authorization_url: idp_authorization_url has the scheme "javascript", which is not https`},
		},
		{
			"the template of dynamic clients must be an object",
			Environment{DynamicClientTemplate: kind.Some("[]")},
			[]string{"idp_dynamic_client_registration_access_token_template_content: idp_dynamic_client_registration_access_token_template_content is not a JSON object"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(append([]string{}, test.want...), messages(checkEnvironment(test.e))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEnvironmentEffects(t *testing.T) {
	live := Environment{UserLockThreshold: kind.Some(10), UserLockTTL: kind.Some(3600)}
	for _, test := range []struct {
		name    string
		changed string
		change  func(*Environment)
		want    []string
	}{
		{"a name harms nobody", "name", func(e *Environment) { e.Name = kind.Some("x") }, nil},
		{
			"passwords across organizations cannot be taken back", "cross_org_passwords_enabled",
			func(e *Environment) { e.CrossOrgPasswords = kind.Some(true) },
			[]string{"irreversible: cross_org_passwords_enabled can no longer be changed once anybody has a password"},
		},
		{
			"impersonation widens access", "user_impersonation_enabled", func(e *Environment) { e.UserImpersonation = kind.Some(true) },
			[]string{"access-widened: people with access to the Dashboard may log in as any member"},
		},
		{"impersonation that is turned off harms nobody", "user_impersonation_enabled", func(e *Environment) { e.UserImpersonation = kind.Some(false) }, nil},
		{
			"a session migration widens access", "zero_downtime_session_migration_url", func(e *Environment) { e.SessionMigrationURL = kind.Some("https://old.example") },
			[]string{"access-widened: whoever has a session that https://old.example accepts gets a Stytch session"},
		},
		{
			"dynamic clients widen access", "idp_dynamic_client_registration_enabled", func(e *Environment) { e.DynamicClients = kind.Some(true) },
			[]string{"access-widened: anybody may register a Connected App that asks members for access"},
		},
		{
			"a higher threshold weakens authentication", "user_lock_threshold", func(e *Environment) { e.UserLockThreshold = kind.Some(100) },
			[]string{"authentication-weakened: a member is locked after 100 failed attempts instead of 10"},
		},
		{"a lower threshold does not", "user_lock_threshold", func(e *Environment) { e.UserLockThreshold = kind.Some(3) }, nil},
		{
			"no threshold may mean no lock", "user_lock_threshold", func(e *Environment) { e.UserLockThreshold = kind.Some(0) },
			[]string{"authentication-weakened: a threshold of 0 may mean that failed attempts no longer lock anybody out; it was 10"},
		},
		{
			"a shorter lock weakens authentication", "user_lock_ttl", func(e *Environment) { e.UserLockTTL = kind.Some(60) },
			[]string{"authentication-weakened: a locked member may try again after 60 seconds instead of 3600"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			after := live
			test.change(&after)
			effects := environmentEffects(kind.Transition[Environment]{
				Action: plan.Update, Live: kind.Live[Environment]{Value: live}, After: after, Changed: map[string]bool{test.changed: true},
			})
			if diff := cmp.Diff(test.want, effectsInWords(effects)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEnvironmentSendsWhatChangedInOnePatchAndClears(t *testing.T) {
	s := newStand(t)
	read := func() ([]kind.Live[Environment], error) {
		return readEnvironment(context.Background(), s.client, s.scope)
	}
	full := Environment{
		Name: kind.Some("Staging"), CrossOrgPasswords: kind.Some(true), UserImpersonation: kind.Some(true),
		SessionMigrationURL: kind.Some("https://old.example/userinfo"), UserLockSelfServe: kind.Some(true),
		UserLockThreshold: kind.Some(5), UserLockTTL: kind.Some(60), IDPAuthorizationURL: kind.Some("https://app.example/consent"),
		DynamicClients: kind.Some(true), DynamicClientTemplate: kind.Some(`{"a": {{ member.rbac.roles }}}`), CustomDomainInMagicLinks: kind.Some(true),
	}
	empty := Environment{
		CrossOrgPasswords: kind.Some(false), UserImpersonation: kind.Some(false), SessionMigrationURL: kind.Some(""),
		UserLockSelfServe: kind.Some(false), UserLockThreshold: kind.Some(0), UserLockTTL: kind.Some(0), IDPAuthorizationURL: kind.Some(""),
		DynamicClients: kind.Some(false), DynamicClientTemplate: kind.Some(""), CustomDomainInMagicLinks: kind.Some(false),
	}
	for _, declared := range []Environment{full, empty} {
		live := list(t, read)[0]
		if err := carryOut(s, environment, "", &live, &declared); err != nil {
			t.Fatal(err)
		}
		if n := len(s.wire.writes()); n != 1 {
			t.Errorf("%d writes instead of one PATCH", n)
		}
		live = list(t, read)[0]
		if changed := environment.Compare(&live.Value, &declared); len(changed) > 0 {
			t.Errorf("the next plan is not empty: %v", changed)
		}
	}
	live := list(t, read)[0]
	if live.Value.Name.Value != "Staging" {
		t.Error("what was not declared has changed")
	}
	if err := carryOut(s, environment, "", &live, &Environment{UserLockThreshold: kind.Some(7), UserLockTTL: kind.Some(0)}); err != nil {
		t.Fatal(err)
	}
	sent := s.wire.writes()
	if diff := cmp.Diff(map[string]any{"user_lock_threshold": 7.0}, asJSON(t, sent[0].body)); diff != "" {
		t.Error("the PATCH holds more or less than what changed:", diff)
	}
}
