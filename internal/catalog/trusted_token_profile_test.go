package catalog

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/trustedtokenprofiles"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// newKey makes a key pair as PEM texts.
func newKey(t *testing.T) (public, private string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	publicDER, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: privateDER}))
}

func TestTrustedTokenProfileRules(t *testing.T) {
	public, private := newKey(t)
	whole, _ := pem.Decode([]byte(public))
	truncated := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: whole.Bytes[:20]}))
	keys := func(texts ...string) TrustedTokenProfile {
		return TrustedTokenProfile{PublicKeyType: kind.Some("PEM"), PEMFiles: kind.Some(texts)}
	}
	mapping := func(m map[string]string) TrustedTokenProfile {
		return TrustedTokenProfile{AttributeMapping: kind.Some(m)}
	}
	for _, test := range []struct {
		name    string
		profile TrustedTokenProfile
		want    []string
	}{
		{"nothing declared breaks no rule", TrustedTokenProfile{}, nil},
		{"a public key is fine", keys(public), nil},
		{"a public key with Windows line endings is fine", keys(strings.ReplaceAll(public, "\n", "\r\n")), nil},
		{"PEM needs a key", keys(), []string{"pem_files: a profile with public_key_type PEM needs at least one of pem_files"}},
		{"PEM whose keys are not declared breaks no rule", TrustedTokenProfile{PublicKeyType: kind.Some("PEM")}, nil},
		{"a private key is refused, and not pointed at", keys(public, private), []string{"pem_files[1] HOLDS A PRIVATE KEY, which must never leave its owner; nothing was sent"}},
		{"a private key behind a public one is refused", keys(public + private), []string{"pem_files[0] HOLDS A PRIVATE KEY, which must never leave its owner; nothing was sent"}},
		{"text is no key", keys("hello"), []string{"pem_files[0]: pem_files[0] is not a public key: it holds no PEM block"}},
		{"two keys in one text are refused", keys(public + public), []string{"pem_files[0]: pem_files[0] is not a public key: it holds more than one PEM block; write one list item for each key"}},
		{"a damaged key is refused", keys(truncated), []string{"pem_files[0]: pem_files[0] is not a public key: its PUBLIC KEY cannot be read"}},
		{
			"another PEM block is refused", keys("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"),
			[]string{"pem_files[0]: pem_files[0] is not a public key: it is a CERTIFICATE REQUEST"},
		},
		{
			"JWK needs its URL and takes no keys",
			TrustedTokenProfile{PublicKeyType: kind.Some("JWK"), JWKSURL: kind.Some(""), PEMFiles: kind.Some([]string{public})},
			[]string{
				"jwks_url: a profile with public_key_type JWK needs jwks_url",
				"pem_files: a profile with public_key_type JWK cannot have pem_files",
			},
		},
		{
			"keys are fetched over https",
			TrustedTokenProfile{JWKSURL: kind.Some("http://issuer.example/jwks")},
			[]string{"jwks_url: jwks_url uses http, which anybody on the way can read and change"},
		},
		{"a mapping with what is needed is fine, unknown names too", mapping(map[string]string{"email": "email", "token_id": "jti", "nickname": "nick"}), nil},
		{"an empty mapping is said on purpose", mapping(map[string]string{}), nil},
		{
			"a mapping needs email and token_id", mapping(map[string]string{"external_member_id": "sub"}),
			[]string{"attribute_mapping: attribute_mapping needs email", "attribute_mapping: attribute_mapping needs token_id"},
		},
		{
			"provisioning needs organization_id",
			TrustedTokenProfile{CanJITProvision: kind.Some(true), AttributeMapping: kind.Some(map[string]string{"email": "email", "token_id": "jti"})},
			[]string{"attribute_mapping: attribute_mapping needs organization_id where can_jit_provision is on"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			problems := checkTrustedTokenProfile(test.profile)
			if diff := cmp.Diff(append([]string{}, test.want...), messages(problems)); diff != "" {
				t.Error(diff)
			}
			secret := strings.Split(private, "\n")[1]
			for _, p := range problems {
				if strings.Contains(p.Message+p.Hint, secret) {
					t.Error("a problem repeats the private key")
				}
			}
		})
	}
}

func TestKeyDifference(t *testing.T) {
	key := func(id, text string) trustedtokenprofiles.PEMFile {
		return trustedtokenprofiles.PEMFile{PEMFileID: id, PublicKey: text}
	}
	for _, test := range []struct {
		name             string
		live             []trustedtokenprofiles.PEMFile
		wanted           []string
		missing, surplus []string
	}{
		{"equal texts in another order", []trustedtokenprofiles.PEMFile{key("1", "a"), key("2", "b")}, []string{"b", "a"}, nil, nil},
		{"line endings and white space around do not matter", []trustedtokenprofiles.PEMFile{key("1", "\r\na\r\nb ")}, []string{"a\nb\n"}, nil, nil},
		{"a key that is there twice and wanted once", []trustedtokenprofiles.PEMFile{key("1", "a"), key("2", "a")}, []string{"a"}, nil, []string{"2"}},
		{"a key that is there once and wanted twice", []trustedtokenprofiles.PEMFile{key("1", "a")}, []string{"a", "a\n"}, []string{"a\n"}, nil},
		{"a new key is sent as it was written", []trustedtokenprofiles.PEMFile{key("1", "a")}, []string{" b\r\n"}, []string{" b\r\n"}, []string{"1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			missing, surplus := keyDifference(test.live, test.wanted)
			if !slices.Equal(missing, test.missing) || !slices.Equal(surplus, test.surplus) {
				t.Errorf("missing %q, surplus %q", missing, surplus)
			}
		})
	}
}

func TestTrustedTokenProfileEffects(t *testing.T) {
	a, _ := newKey(t)
	b, _ := newKey(t)
	live := TrustedTokenProfile{
		Issuer: kind.Some("old"), Audience: kind.Some("us"), JWKSURL: kind.Some("https://old"), CanJITProvision: kind.Some(false),
		PEMFiles: kind.Some([]string{a}),
	}
	const lockedOut = "lock-out: clients that still send the old tokens are locked out at once; a second profile beside this one would give them time"
	for _, test := range []struct {
		name    string
		action  plan.Action
		changed string
		change  func(*TrustedTokenProfile)
		want    []string
	}{
		{"a name harms nobody", plan.Update, "name", func(p *TrustedTokenProfile) { p.Name = "x" }, nil},
		{
			"another issuer is trusted, the old one is not", plan.Update, "issuer", func(p *TrustedTokenProfile) { p.Issuer = kind.Some("new") },
			[]string{"access-widened: the profile trusts tokens of the issuer new", "access-removed: tokens of the issuer old are refused", lockedOut},
		},
		{
			"another audience is trusted, the old one is not", plan.Update, "audience", func(p *TrustedTokenProfile) { p.Audience = kind.Some("them") },
			[]string{"access-widened: the profile trusts tokens for the audience them", "access-removed: tokens for the audience us are refused", lockedOut},
		},
		{
			"other keys decide who is believed, and the old ones do not", plan.Update, "jwks_url", func(p *TrustedTokenProfile) { p.JWKSURL = kind.Some("https://x") },
			[]string{
				`access-widened: the profile trusts whoever signs with the keys at "https://x"`,
				`access-removed: tokens signed with keys that are only at "https://old" are refused`, lockedOut,
			},
		},
		{
			"other claims decide who somebody is, and none that nobody does", plan.Update, "attribute_mapping", func(*TrustedTokenProfile) {},
			[]string{
				"access-widened: other claims decide who somebody is: whoever can set them can log in as others",
				"lock-out: without attribute_mapping the profile accepts no token",
			},
		},
		{
			"an attribute that Stytch does not document is told, and not refused", plan.Update, "attribute_mapping", func(p *TrustedTokenProfile) {
				p.AttributeMapping = kind.Some(map[string]string{"email": "e", "token_id": "t", "user_id": "u", "role_ids": "r"})
			},
			[]string{
				"access-widened: other claims decide who somebody is: whoever can set them can log in as others",
				"Stytch documents no attribute user_id for attribute_mapping, and may ignore it",
			},
		},
		{
			"a key that is exchanged widens and removes", plan.Update, "pem_files", func(p *TrustedTokenProfile) { p.PEMFiles = kind.Some([]string{b, b}) },
			[]string{"access-widened: 2 more keys can sign tokens that the profile trusts", "access-removed: tokens signed with 1 removed key are refused"},
		},
		{
			"provisioning widens access", plan.Update, "can_jit_provision", func(p *TrustedTokenProfile) { p.CanJITProvision = kind.Some(true) },
			[]string{"access-widened: tokens may create the members and organizations that they name"},
		},
		{
			"a deletion takes a way in", plan.Delete, "", func(p *TrustedTokenProfile) { *p = TrustedTokenProfile{} },
			[]string{"access-removed: tokens of old are no longer a way to log in", "irreversible: a profile that is created again has another profile_id, which callers must be told"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			after := live
			test.change(&after)
			effects := trustedTokenProfileEffects(kind.Transition[TrustedTokenProfile]{
				Action: test.action, Live: kind.Live[TrustedTokenProfile]{Value: live}, After: after, Changed: map[string]bool{test.changed: true},
			})
			if diff := cmp.Diff(test.want, effectsInWords(effects)); diff != "" {
				t.Error(diff)
			}
		})
	}
	effects := trustedTokenProfileEffects(kind.Transition[TrustedTokenProfile]{Action: plan.Create, After: live})
	if diff := cmp.Diff([]string{"access-widened: tokens of old become a way to log in"}, effectsInWords(effects)); diff != "" {
		t.Error("a new profile is a new way in:", diff)
	}
}

// profiles gives a stand and the reader of its profiles.
func profiles(t *testing.T) (*stand, func() ([]kind.Live[TrustedTokenProfile], error)) {
	s := newStand(t)
	return s, func() ([]kind.Live[TrustedTokenProfile], error) {
		return readTrustedTokenProfiles(context.Background(), s.client, s.scope)
	}
}

func TestTrustedTokenProfileIsCreatedChangedAndRenamed(t *testing.T) {
	s, read := profiles(t)
	mapping := map[string]string{"email": "email", "token_id": "sub"}
	first := TrustedTokenProfile{
		Name: "migration", Audience: kind.Some("us"), Issuer: kind.Some("them"), JWKSURL: kind.Some("https://issuer.example/jwks"),
		AttributeMapping: kind.Some(mapping), CanJITProvision: kind.Some(false), PublicKeyType: kind.Some("JWK"),
	}
	if err := carryOut(s, trustedTokenProfile, "migration", nil, &first); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"name": "migration", "audience": "us", "issuer": "them", "jwks_url": "https://issuer.example/jwks", "public_key_type": "JWK",
		"attribute_mapping": map[string]any{"email": "email", "token_id": "sub"}, "can_jit_provision": false, "pem_files": []any{},
	}
	if diff := cmp.Diff(want, asJSON(t, s.wire.writes()[0].body)); diff != "" {
		t.Error("the creation holds what Stytch's reference requires:", diff)
	}
	live := list(t, read)[0]
	renamed := TrustedTokenProfile{Name: "migration 2026", AttributeMapping: kind.Some(map[string]string{})}
	if err := carryOut(s, trustedTokenProfile, "migration 2026", &live, &renamed); err != nil {
		t.Fatal(err)
	}
	sent := s.wire.writes()
	if diff := cmp.Diff(map[string]any{"name": "migration 2026", "attribute_mapping": nil}, asJSON(t, sent[0].body)); diff != "" || len(sent) != 1 {
		t.Error("one PATCH holds what changed:", diff, sent)
	}
	again := list(t, read)[0]
	if again.ID != live.ID || again.Value.Issuer.Value != "them" {
		t.Errorf("a rename must keep the profile: %+v", again)
	}
	if changed := trustedTokenProfile.Compare(&again.Value, &renamed); len(changed) > 0 {
		t.Errorf("the next plan is not empty: %v", changed)
	}
	if err := carryOut[TrustedTokenProfile](s, trustedTokenProfile, "migration 2026", &again, nil); err != nil {
		t.Fatal(err)
	}
	if left := list(t, read); len(left) > 0 {
		t.Errorf("still there: %+v", left)
	}
}

func TestTrustedTokenProfileThatAppearedMeanwhileIsNotDoubled(t *testing.T) {
	s, read := profiles(t)
	profile := TrustedTokenProfile{
		Name: "migration", Audience: kind.Some("us"), Issuer: kind.Some("them"), JWKSURL: kind.Some("https://issuer.example/jwks"), PublicKeyType: kind.Some("JWK"),
	}
	if err := carryOut(s, trustedTokenProfile, "migration", nil, &profile); err != nil {
		t.Fatal(err)
	}
	if err := carryOut(s, trustedTokenProfile, "migration", nil, &profile); !errors.Is(err, plan.ErrInPlace) {
		t.Errorf("the same profile again: %v, want in place", err)
	}
	profile.Issuer = kind.Some("others")
	err := carryOut(s, trustedTokenProfile, "migration", nil, &profile)
	var failure *plan.Failure
	if !errors.As(err, &failure) || !failure.Stale {
		t.Errorf("another profile of that name: %v, want a stale failure", err)
	}
	if n := len(list(t, read)); n != 1 {
		t.Errorf("there are %d profiles", n)
	}
}

// withKeys creates a PEM profile and forgets the requests that it took.
func withKeys(t *testing.T, s *stand, read func() ([]kind.Live[TrustedTokenProfile], error), keys ...string) kind.Live[TrustedTokenProfile] {
	t.Helper()
	profile := TrustedTokenProfile{
		Name: "signed", Audience: kind.Some("us"), Issuer: kind.Some("them"), PublicKeyType: kind.Some("PEM"), PEMFiles: kind.Some(keys),
	}
	if err := carryOut(s, trustedTokenProfile, "signed", nil, &profile); err != nil {
		t.Fatal(err)
	}
	s.wire.writes()
	return list(t, read)[0]
}

func TestKeysAreAddedBeforeOthersGo(t *testing.T) {
	s, read := profiles(t)
	a, _ := newKey(t)
	b, _ := newKey(t)
	live := withKeys(t, s, read, a, a)
	declared := TrustedTokenProfile{Name: "signed", PEMFiles: kind.Some([]string{b, strings.ReplaceAll(a, "\n", "\r\n")})}
	if err := carryOut(s, trustedTokenProfile, "signed", &live, &declared); err != nil {
		t.Fatal(err)
	}
	var did []string
	for _, r := range s.wire.writes() {
		did = append(did, r.method)
	}
	if diff := cmp.Diff([]string{"POST", "DELETE"}, did); diff != "" {
		t.Error("one key is added, then one of the doubled goes:", diff)
	}
	again := list(t, read)[0]
	if changed := trustedTokenProfile.Compare(&again.Value, &declared); len(changed) > 0 {
		t.Errorf("the next plan is not empty: %v", changed)
	}
}

func TestKeyWhoseAnswerIsLostIsNotAddedTwice(t *testing.T) {
	s, read := profiles(t)
	a, _ := newKey(t)
	b, _ := newKey(t)
	live := withKeys(t, s, read, a)
	s.wire.lose = "/keys"
	declared := TrustedTokenProfile{Name: "signed", PEMFiles: kind.Some([]string{a, b})}
	if err := carryOut(s, trustedTokenProfile, "signed", &live, &declared); err != nil {
		t.Fatal(err)
	}
	if n := len(list(t, read)[0].Value.PEMFiles.Value); n != 2 || s.wire.lose != "" {
		t.Errorf("the profile has %d keys instead of 2", n)
	}
}
