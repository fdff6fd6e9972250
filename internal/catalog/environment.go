package catalog

import (
	"context"
	"fmt"
	"iter"

	"github.com/stytchauth/stytch-management-go/v3/pkg/models/environments"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// An Environment is an environment's own settings: those that belong to no
// other object in it.
type Environment struct {
	Name                     kind.Opt[string] `attr:"name,nonempty" doc:"What the Dashboard calls the environment; need not be unique."`
	CrossOrgPasswords        kind.Opt[bool]   `attr:"cross_org_passwords_enabled" default:"false" doc:"Whether a person has one password for all organizations instead of one for each; Stytch locks the setting once anybody has a password."`
	UserImpersonation        kind.Opt[bool]   `attr:"user_impersonation_enabled" default:"false" doc:"Whether people with access to the Dashboard may log in as any member."`
	SessionMigrationURL      kind.Opt[string] `attr:"zero_downtime_session_migration_url" default:"\"\"" doc:"OIDC UserInfo endpoint of the former provider, whose sessions become Stytch sessions; empty ends the migration."`
	UserLockSelfServe        kind.Opt[bool]   `attr:"user_lock_self_serve_enabled" default:"false" doc:"Whether somebody who is locked out gets an e-mail with a link that unlocks."`
	UserLockThreshold        kind.Opt[int]    `attr:"user_lock_threshold" min:"0" max:"2147483647" default:"10" doc:"Failed attempts to log in after which a member is locked."`
	UserLockTTL              kind.Opt[int]    `attr:"user_lock_ttl" min:"0" max:"2147483647" default:"3600" doc:"Seconds that a lock lasts."`
	IDPAuthorizationURL      kind.Opt[string] `attr:"idp_authorization_url" default:"\"\"" doc:"Page of your application where people consent to Connected Apps."`
	DynamicClients           kind.Opt[bool]   `attr:"idp_dynamic_client_registration_enabled" default:"false" doc:"Whether anybody may register a Connected App without being asked (OAuth Dynamic Client Registration)."`
	DynamicClientTemplate    kind.Opt[string] `attr:"idp_dynamic_client_registration_access_token_template_content,file" default:"\"\"" doc:"Template of the custom claims in access tokens of clients that registered themselves: a JSON object with {{ variables }} as values."`
	CustomDomainInMagicLinks kind.Opt[bool]   `attr:"use_custom_domain_in_magic_link_emails" default:"false" doc:"Whether links in e-mails use the project's custom domain, which must be set up in the Dashboard."`
}

var environment = kind.New(kind.Type[Environment]{
	Name:      "environment",
	Plural:    "environment",
	Singleton: true,
	Plane:     client.Management,
	Doc: "The environment's own settings. The environment itself is neither created nor deleted; what is not declared here " +
		"stays as it is.",
	Facts: []string{
		"an empty string clears a URL or a template (Stytch documents no way to clear them)",
		"lock thresholds and durations have no documented bounds; anything from 0 on is sent",
		"zero_downtime_session_migration_url, idp_authorization_url and the template are empty and the switches off in a new environment",
	},
	Check:   checkEnvironment,
	Tidy:    tidyEnvironment,
	Effects: environmentEffects,
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[Environment], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[Environment], error) { return readEnvironment(ctx, c, s) })
	},
	Update: updateEnvironment,
})

func readEnvironment(ctx context.Context, c *client.Client, s kind.Scope) ([]kind.Live[Environment], error) {
	e, err := manageObject[environments.Environment](ctx, c, environmentPath(s, ""), "environment")
	if err != nil {
		return nil, err
	}
	return []kind.Live[Environment]{{ID: e.ProjectID, Value: Environment{
		Name:                     kind.Some(e.Name),
		CrossOrgPasswords:        kind.Some(e.CrossOrgPasswordsEnabled),
		UserImpersonation:        kind.Some(e.UserImpersonationEnabled),
		SessionMigrationURL:      kind.Some(e.ZeroDowntimeSessionMigrationURL),
		UserLockSelfServe:        kind.Some(e.UserLockSelfServeEnabled),
		UserLockThreshold:        kind.Some(e.UserLockThreshold),
		UserLockTTL:              kind.Some(e.UserLockTTL),
		IDPAuthorizationURL:      kind.Some(e.IDPAuthorizationURL),
		DynamicClients:           kind.Some(e.IDPDynamicClientRegistrationEnabled),
		DynamicClientTemplate:    kind.Some(e.IDPDynamicClientRegistrationAccessTokenTemplateContent),
		CustomDomainInMagicLinks: kind.Some(e.UseCustomDomainInMagicLinkEmails),
	}}}, nil
}

// updateEnvironment sends what changed, and nothing else, in one PATCH: Stytch
// merges it.
func updateEnvironment(ctx context.Context, c *client.Client, e kind.Edit[Environment]) error {
	_, err := c.Management.Environments.Update(ctx, environments.UpdateRequest{
		ProjectSlug:                         e.ProjectSlug,
		EnvironmentSlug:                     e.EnvironmentSlug,
		Name:                                sendable(e.After.Name),
		CrossOrgPasswordsEnabled:            sendable(e.After.CrossOrgPasswords),
		UserImpersonationEnabled:            sendable(e.After.UserImpersonation),
		ZeroDowntimeSessionMigrationURL:     sendable(e.After.SessionMigrationURL),
		UserLockSelfServeEnabled:            sendable(e.After.UserLockSelfServe),
		UserLockThreshold:                   sendable(e.After.UserLockThreshold),
		UserLockTTL:                         sendable(e.After.UserLockTTL),
		IDPAuthorizationURL:                 sendable(e.After.IDPAuthorizationURL),
		IDPDynamicClientRegistrationEnabled: sendable(e.After.DynamicClients),
		IDPDynamicClientRegistrationAccessTokenTemplateContent: sendable(e.After.DynamicClientTemplate),
		UseCustomDomainInMagicLinkEmails:                       sendable(e.After.CustomDomainInMagicLinks),
	})
	return client.Wrap(err)
}

func checkEnvironment(e Environment) []kind.Problem {
	problems := webAddress("zero_downtime_session_migration_url", e.SessionMigrationURL)
	problems = append(problems, webAddress("idp_authorization_url", e.IDPAuthorizationURL)...)
	return append(problems, claimsTemplate("idp_dynamic_client_registration_access_token_template_content", e.DynamicClientTemplate)...)
}

func tidyEnvironment(e Environment) Environment {
	e.DynamicClientTemplate.Value = tidyTemplate(e.DynamicClientTemplate.Value)
	return e
}

// environmentEffects says which settings open or weaken the way in.
func environmentEffects(t kind.Transition[Environment]) plan.Effects {
	var effects plan.Effects
	risk := func(class, format string, args ...any) {
		effects.Risks = append(effects.Risks, plan.Risk{Class: class, Reason: fmt.Sprintf(format, args...)})
	}
	before, after := t.Live.Value, t.After
	if t.Changed["cross_org_passwords_enabled"] {
		risk(plan.Irreversible, "cross_org_passwords_enabled can no longer be changed once anybody has a password")
	}
	if t.Changed["user_impersonation_enabled"] && after.UserImpersonation.Value {
		risk(plan.AccessWidened, "people with access to the Dashboard may log in as any member")
	}
	if url := after.SessionMigrationURL.Value; t.Changed["zero_downtime_session_migration_url"] && url != "" {
		risk(plan.AccessWidened, "whoever has a session that %s accepts gets a Stytch session", url)
	}
	if t.Changed["idp_dynamic_client_registration_enabled"] && after.DynamicClients.Value {
		risk(plan.AccessWidened, "anybody may register a Connected App that asks members for access")
	}
	switch was, is := before.UserLockThreshold.Value, after.UserLockThreshold.Value; {
	case is == 0 && was != 0:
		risk(plan.AuthenticationWeakened, "a threshold of 0 may mean that failed attempts no longer lock anybody out; it was %d", was)
	case is > was && was != 0:
		risk(plan.AuthenticationWeakened, "a member is locked after %d failed attempts instead of %d", is, was)
	}
	if was, is := before.UserLockTTL.Value, after.UserLockTTL.Value; is < was {
		risk(plan.AuthenticationWeakened, "a locked member may try again after %d seconds instead of %d", is, was)
	}
	return effects
}
