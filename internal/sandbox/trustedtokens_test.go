package sandbox_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/trustedtokenprofiles"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

const profilesOf = environmentOf + "/trusted_token_profiles"

// A text of the right form; the sandbox, like Stytch, takes it as it is.
const publicKey = "-----BEGIN PUBLIC KEY-----\r\nMIIB\r\n-----END PUBLIC KEY-----"

// profile makes a profile from the keys of a body and gives its path.
func (l *lab) profile(keys string) string {
	l.t.Helper()
	made := l.manage("POST", profilesOf, `{"name":"N","audience":"A","issuer":"I"`+keys+`}`)
	made.want(l.t, 200, "")
	return profilesOf + "/" + made.text("profile", "profile_id")
}

func TestTheSDKManagesTrustedTokenProfiles(t *testing.T) {
	l, ctx := newLab(t, sandbox.Options{}), t.Context()
	made, err := l.api.TrustedTokenProfiles.Create(ctx, trustedtokenprofiles.CreateRequest{
		ProjectSlug: "acme", EnvironmentSlug: "test", Name: "Migration", Audience: "aud", Issuer: "iss",
		PublicKeyType: trustedtokenprofiles.PublicKeyTypePem, PEMFiles: []string{publicKey, publicKey}, CanJITProvision: true,
		AttributeMapping: &map[string]any{"email": "mail"},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := made.Profile
	if !strings.HasPrefix(p.ProfileID, "ttp-test-") || len(p.PEMFiles) != 2 || p.PEMFiles[0].PEMFileID == p.PEMFiles[1].PEMFileID || p.PEMFiles[1].PublicKey != publicKey {
		t.Errorf("the profile is %+v", p)
	}
	updated, err := l.api.TrustedTokenProfiles.Update(ctx, trustedtokenprofiles.UpdateRequest{
		ProjectSlug: "acme", EnvironmentSlug: "test", ProfileID: p.ProfileID, Name: new("Renamed"), CanJITProvision: new(false),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := p
	want.Name, want.CanJITProvision = "Renamed", false
	if diff := cmp.Diff(want, updated.Profile); diff != "" {
		t.Error(diff)
	}
	all, err := l.api.TrustedTokenProfiles.GetAll(ctx, trustedtokenprofiles.GetAllRequest{ProjectSlug: "acme", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]trustedtokenprofiles.TrustedTokenProfile{want}, all.Profiles); diff != "" {
		t.Error(diff)
	}
	if _, err := l.api.TrustedTokenProfiles.Delete(ctx, trustedtokenprofiles.DeleteRequest{ProjectSlug: "acme", EnvironmentSlug: "test", ProfileID: p.ProfileID}); err != nil {
		t.Error(err)
	}
	l.manage("GET", profilesOf+"/"+p.ProfileID, "").want(t, 404, "trusted_token_profile_not_found")
}

func TestAProfileHasEveryKeyFromTheStart(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	path := l.profile("")
	want := map[string]any{
		"attribute_mapping": nil, "audience": "A", "can_jit_provision": false, "issuer": "I", "jwks_url": nil, "name": "N",
		"pem_files": []any{}, "profile_id": strings.TrimPrefix(path, profilesOf+"/"), "public_key_type": "JWK",
	}
	if diff := cmp.Diff(any(want), l.manage("GET", path, "").at("profile")); diff != "" {
		t.Error(diff)
	}
}

func TestTwoProfilesMayBeAlike(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	first, second := l.profile(""), l.profile("")
	if first == second {
		t.Error("two profiles have one ID")
	}
}

func TestAProfilePatchMerges(t *testing.T) {
	for _, c := range []struct {
		name, patch, want string
		knobs             sandbox.Knobs
	}{
		{"nothing changes nothing", `{}`, `{}`, sandbox.Knobs{}},
		{"nulls change nothing", `{"name":null,"jwks_url":null,"can_jit_provision":null}`, `{}`, sandbox.Knobs{}},
		{"but a null mapping clears", `{"attribute_mapping":null}`, `{"attribute_mapping":null}`, sandbox.Knobs{}},
		{"an empty mapping is empty", `{"attribute_mapping":{}}`, `{"attribute_mapping":{}}`, sandbox.Knobs{}},
		{"a mapping is replaced whole", `{"attribute_mapping":{"token_id":"jti"}}`, `{"attribute_mapping":{"token_id":"jti"}}`, sandbox.Knobs{}},
		{"or by key with the knob", `{"attribute_mapping":{"token_id":"jti"}}`, `{"attribute_mapping":{"token_id":"jti","email":"email"}}`, sandbox.Knobs{AttributeMappingMerged: true}},
		{"an empty URL clears", `{"jwks_url":""}`, `{"jwks_url":null}`, sandbox.Knobs{}},
		{"false arrives", `{"can_jit_provision":false}`, `{"can_jit_provision":false}`, sandbox.Knobs{}},
		{"the key type cannot change", `{"public_key_type":"PEM","pem_files":["x"]}`, `{}`, sandbox.Knobs{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{Knobs: c.knobs})
			path := l.profile(`,"jwks_url":"https://a.example/jwks","can_jit_provision":true,"attribute_mapping":{"email":"email"}`)
			want, _ := l.manage("GET", path, "").at("profile").(map[string]any)
			if strings.Contains(c.want, "attribute_mapping") {
				delete(want, "attribute_mapping")
			}
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			l.manage("PATCH", path, c.patch).want(t, 200, "")
			if diff := cmp.Diff(any(want), l.manage("GET", path, "").at("profile")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProfilesRefuse(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	jwk := l.profile("")
	base := `{"name":"N","audience":"A","issuer":"I"`
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		errorType                string
	}{
		{"a profile without a name", "POST", profilesOf, `{"audience":"A","issuer":"I"}`, 400, "invalid_argument"},
		{"an unknown key type", "POST", profilesOf, base + `,"public_key_type":"X509"}`, 400, "invalid_argument"},
		{"a JWK profile with PEM files", "POST", profilesOf, base + `,"public_key_type":"JWK","pem_files":["x"]}`, 400, "invalid_argument"},
		{"a PEM profile without PEM files", "POST", profilesOf, base + `,"public_key_type":"PEM"}`, 400, "invalid_argument"},
		{"an empty PEM file", "POST", profilesOf, base + `,"public_key_type":"PEM","pem_files":[""]}`, 400, "invalid_argument"},
		{"a mapping that is a string", "POST", profilesOf, base + `,"attribute_mapping":"{}"}`, 400, "invalid_argument"},
		{"an empty issuer in a PATCH", "PATCH", jwk, `{"issuer":""}`, 400, "invalid_argument"},
		{"a PEM file for a JWK profile", "POST", jwk + "/keys", `{"public_key":"x"}`, 400, "invalid_argument"},
		{"an unknown profile", "PATCH", profilesOf + "/ttp-test-none", `{}`, 404, "trusted_token_profile_not_found"},
		{"a key for an unknown profile", "POST", profilesOf + "/ttp-test-none/keys", `{"public_key":"x"}`, 404, "trusted_token_profile_not_found"},
		{"an unknown key", "DELETE", jwk + "/keys/none", "", 404, "pem_file_not_found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := l.manage("GET", profilesOf, "").at("profiles")
			l.manage(c.method, c.path, c.body).want(t, c.status, c.errorType)
			if diff := cmp.Diff(before, l.manage("GET", profilesOf, "").at("profiles")); diff != "" {
				t.Errorf("a refused request changed something:\n%s", diff)
			}
		})
	}
}

func TestPEMFilesComeAndGoButTheLastStays(t *testing.T) {
	for _, knob := range []bool{false, true} {
		l := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{LastPEMDeletable: knob}})
		path := l.profile(`,"public_key_type":"PEM","pem_files":["first"]`)
		added := l.manage("POST", path+"/keys", `{"public_key":"first"}`)
		added.want(t, 200, "")
		key := path + "/keys/" + added.text("pem_file", "pem_file_id")
		if got := l.manage("GET", key, "").text("pem_file", "public_key"); got != "first" {
			t.Errorf("the key is %q", got)
		}
		first, _ := l.manage("GET", path, "").at("profile", "pem_files").([]any)[0].(map[string]any)
		l.manage("DELETE", path+"/keys/"+first["pem_file_id"].(string), "").want(t, 200, "")
		if knob {
			l.manage("DELETE", key, "").want(t, 200, "")
		} else {
			l.manage("DELETE", key, "").want(t, 400, "cannot_delete_last_pem_file")
		}
	}
}
