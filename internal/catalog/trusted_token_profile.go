package catalog

import (
	"context"
	"fmt"
	"iter"
	"net/http"

	"github.com/stytchauth/stytch-management-go/v3/pkg/models/trustedtokenprofiles"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// A TrustedTokenProfile says whose JWTs are a way to log in: Stytch exchanges
// a token of the issuer, signed with a known key, for a member's session.
// trusted_token_profile_keys.go writes PEM keys, trusted_token_profile_rules.go
// holds the rules and what a change does to people.
type TrustedTokenProfile struct {
	Name             string                      `attr:"name,key" doc:"A name of your choice. Stytch does not keep it unique: where two profiles share it, profile_id says which is meant."`
	ProfileID        kind.Opt[string]            `attr:"profile_id,id" doc:"Stytch's id of the profile, needed only where several have the same name. Callers that exchange tokens hold this id."`
	Audience         kind.Opt[string]            `attr:"audience,required,nonempty" doc:"What the aud claim of a token must be."`
	Issuer           kind.Opt[string]            `attr:"issuer,required,nonempty" doc:"What the iss claim of a token must be."`
	JWKSURL          kind.Opt[string]            `attr:"jwks_url" default:"\"\"" doc:"Where Stytch fetches the issuer's public keys, for public_key_type JWK."`
	AttributeMapping kind.Opt[map[string]string] `attr:"attribute_mapping" default:"{}" doc:"From Stytch's attribute to the claim that holds it. email and token_id are needed; organization_id too where can_jit_provision is on; external_member_id and role_ids are optional. Owned whole; {} clears it, and then no token is accepted."`
	CanJITProvision  kind.Opt[bool]              `attr:"can_jit_provision" default:"false" doc:"Whether a token may create the member and the organization that it names. Off: only members who exist can log in with it."`
	PublicKeyType    kind.Opt[string]            `attr:"public_key_type,required,immutable" oneof:"JWK PEM" doc:"Where the issuer's public keys come from: JWK for jwks_url, PEM for pem_files. It cannot change: declare a new profile, hand its profile_id to your callers, and mark the old one absent in a later change."`
	PEMFiles         kind.Opt[[]string]          `attr:"pem_files,bag,file" default:"[]" doc:"The issuer's public keys as PEM text, for public_key_type PEM. New keys are added before old ones are removed; line endings and white space around them do not matter."`
}

var trustedTokenProfile = kind.New(kind.Type[TrustedTokenProfile]{
	Name:       "trusted_token_profile",
	Plural:     "trusted_token_profiles",
	Plane:      client.Management,
	After:      []string{"rbac_policy"}, // tokens may name roles
	Renames:    true,
	Duplicates: true,
	Doc: "A Trusted Auth Token profile: whose JWTs Stytch exchanges for sessions, how their signature is checked, and which " +
		"claims say who somebody is.",
	Facts: []string{
		"a change of attribute_mapping replaces the whole mapping, and null clears it",
		"an empty jwks_url clears it",
		"Stytch refuses to remove the last key of a profile; here new keys go in before old ones go out",
		"Stytch neither requires email and token_id in attribute_mapping nor checks keys; tokens are then refused one by one",
	},
	Check:     checkTrustedTokenProfile,
	Tidy:      tidyTrustedTokenProfile,
	Lifelines: trustedTokenProfileLifelines,
	Effects:   trustedTokenProfileEffects,
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[TrustedTokenProfile], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[TrustedTokenProfile], error) {
			return readTrustedTokenProfiles(ctx, c, s)
		})
	},
	Create: createTrustedTokenProfile,
	Update: updateTrustedTokenProfile,
	Delete: deleteTrustedTokenProfile,
})

func readTrustedTokenProfiles(ctx context.Context, c *client.Client, s kind.Scope) ([]kind.Live[TrustedTokenProfile], error) {
	return manageAll(ctx, c, s, "/trusted_token_profiles", "profiles", func(p trustedtokenprofiles.TrustedTokenProfile) kind.Live[TrustedTokenProfile] {
		return kind.Live[TrustedTokenProfile]{ID: p.ProfileID, Value: profileValue(p)}
	})
}

func profileValue(p trustedtokenprofiles.TrustedTokenProfile) TrustedTokenProfile {
	v := TrustedTokenProfile{
		Name: p.Name, ProfileID: kind.Some(p.ProfileID), Audience: kind.Some(p.Audience), Issuer: kind.Some(p.Issuer),
		JWKSURL: kind.Some(""), AttributeMapping: kind.Some(map[string]string{}), CanJITProvision: kind.Some(p.CanJITProvision),
		PublicKeyType: kind.Some(string(p.PublicKeyType)), PEMFiles: kind.Some(make([]string, 0, len(p.PEMFiles))),
	}
	if p.JWKSURL != nil {
		v.JWKSURL.Value = *p.JWKSURL
	}
	if p.AttributeMapping != nil {
		for attribute, claim := range *p.AttributeMapping {
			v.AttributeMapping.Value[attribute] = fmt.Sprint(claim)
		}
	}
	for _, file := range p.PEMFiles {
		v.PEMFiles.Value = append(v.PEMFiles.Value, file.PublicKey)
	}
	return v
}

// createTrustedTokenProfile makes the body by hand because the SDK leaves out
// false and empty lists, which Stytch's reference requires.
func createTrustedTokenProfile(ctx context.Context, c *client.Client, e kind.Edit[TrustedTokenProfile]) (string, error) {
	body := kind.Body(e.After)
	body["can_jit_provision"] = e.After.CanJITProvision.Value
	body["pem_files"] = append([]string{}, e.After.PEMFiles.Value...)
	for _, optional := range []string{"jwks_url", "attribute_mapping"} {
		if isEmpty(body[optional]) {
			delete(body, optional)
		}
	}
	var answer trustedtokenprofiles.CreateResponse
	err := c.Manage(ctx, client.Request{Method: http.MethodPost, Path: environmentPath(e.Scope, "/trusted_token_profiles"), Body: body}, &answer)
	return answer.Profile.ProfileID, err
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case string:
		return v == ""
	case map[string]any:
		return len(v) == 0
	}
	return v == nil
}

// updateTrustedTokenProfile changes the settings in one PATCH and then the
// keys. What tokens must look like changes before keys are taken away.
func updateTrustedTokenProfile(ctx context.Context, c *client.Client, e kind.Edit[TrustedTokenProfile]) error {
	request := trustedtokenprofiles.UpdateRequest{
		ProjectSlug: e.ProjectSlug, EnvironmentSlug: e.EnvironmentSlug, ProfileID: e.ID,
		Audience: sendable(e.After.Audience), Issuer: sendable(e.After.Issuer), JWKSURL: sendable(e.After.JWKSURL),
		CanJITProvision: sendable(e.After.CanJITProvision),
	}
	if e.After.Name != e.Before.Name {
		request.Name = &e.After.Name
	}
	if mapping, changed := e.After.AttributeMapping.Get(); changed {
		request.AttributeMapping = sentMapping(mapping)
	}
	keys := profileKeys{client: c, scope: e.Scope, profile: e.ID}
	if request.Name != nil || request.Audience != nil || request.Issuer != nil || request.JWKSURL != nil ||
		request.CanJITProvision != nil || request.AttributeMapping != nil {
		if _, err := c.Management.TrustedTokenProfiles.Update(ctx, request); err != nil {
			return client.Wrap(err)
		}
		keys.done = append(keys.done, "the other changes were made")
	}
	if wanted, changed := e.After.PEMFiles.Get(); changed {
		return keys.replace(ctx, wanted)
	}
	return nil
}

// sentMapping gives the mapping as the SDK takes it. An empty one is a pointer
// to a nil map, which the SDK sends as null.
func sentMapping(mapping map[string]string) *map[string]any {
	var sent map[string]any
	if len(mapping) > 0 {
		sent = make(map[string]any, len(mapping))
	}
	for attribute, claim := range mapping {
		sent[attribute] = claim
	}
	return &sent
}

func deleteTrustedTokenProfile(ctx context.Context, c *client.Client, e kind.Edit[TrustedTokenProfile]) error {
	_, err := c.Management.TrustedTokenProfiles.Delete(ctx, trustedtokenprofiles.DeleteRequest{
		ProjectSlug: e.ProjectSlug, EnvironmentSlug: e.EnvironmentSlug, ProfileID: e.ID,
	})
	return client.Wrap(err)
}
