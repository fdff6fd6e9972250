package catalog

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func checkTrustedTokenProfile(p TrustedTokenProfile) []kind.Problem {
	problems := webAddress("jwks_url", p.JWKSURL)
	problems = append(problems, checkKeySource(p)...)
	problems = append(problems, checkMapping(p)...)
	for i, text := range p.PEMFiles.Value {
		problems = append(problems, checkPublicKey(i, text)...)
	}
	return problems
}

// checkKeySource: where keys come from follows from public_key_type.
func checkKeySource(p TrustedTokenProfile) []kind.Problem {
	var problems []kind.Problem
	add := func(attribute, message, hint string) {
		problems = append(problems, kind.Problem{Attribute: attribute, Message: message, Hint: hint})
	}
	switch p.PublicKeyType.Value {
	case "JWK":
		if p.JWKSURL.Set && p.JWKSURL.Value == "" {
			add("jwks_url", "a profile with public_key_type JWK needs jwks_url", "write the URL of the issuer's key set")
		}
		if len(p.PEMFiles.Value) > 0 {
			add("pem_files", "a profile with public_key_type JWK cannot have pem_files", "drop pem_files, or declare a profile with public_key_type PEM")
		}
	case "PEM":
		if p.PEMFiles.Set && len(p.PEMFiles.Value) == 0 {
			add("pem_files", "a profile with public_key_type PEM needs at least one of pem_files", `write ["${file("key.pem")}"], or the key itself`)
		}
	}
	return problems
}

// checkMapping: Stytch stores a mapping that lacks what it needs, and then
// refuses every token. An empty mapping is said on purpose.
func checkMapping(p TrustedTokenProfile) []kind.Problem {
	var problems []kind.Problem
	add := func(message, hint string) {
		problems = append(problems, kind.Problem{Attribute: "attribute_mapping", Message: message, Hint: hint})
	}
	mapping, set := p.AttributeMapping.Get()
	if !set {
		return nil
	}
	for _, needed := range []string{"email", "token_id"} {
		if len(mapping) > 0 && mapping[needed] == "" {
			add("attribute_mapping needs "+needed, fmt.Sprintf("add %s: the claim that holds it", needed))
		}
	}
	if p.CanJITProvision.Value && mapping["organization_id"] == "" {
		add("attribute_mapping needs organization_id where can_jit_provision is on", "add organization_id: the claim that names the organization, or turn can_jit_provision off")
	}
	return problems
}

// checkPublicKey holds one of pem_files to be exactly one public key. A private
// key is reported for the whole resource, because a report that pointed at its
// line would show it.
func checkPublicKey(i int, text string) []kind.Problem {
	if strings.Contains(strings.ToUpper(text), "PRIVATE KEY") {
		return []kind.Problem{{
			Message: fmt.Sprintf("pem_files[%d] HOLDS A PRIVATE KEY, which must never leave its owner; nothing was sent", i),
			Hint:    "replace it by its public key (openssl pkey -pubout), and consider the private key as known to everybody who can read these documents",
		}}
	}
	if err := parsePublicKey(text); err != nil {
		return []kind.Problem{{
			Attribute: fmt.Sprintf("pem_files[%d]", i), Message: fmt.Sprintf("pem_files[%d] is not a public key: %v", i, err),
			Hint: "write one PEM block, -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----",
		}}
	}
	return nil
}

func parsePublicKey(text string) error {
	block, rest := pem.Decode([]byte(text))
	if block == nil {
		return errors.New("it holds no PEM block")
	}
	if more, _ := pem.Decode(rest); more != nil {
		return errors.New("it holds more than one PEM block; write one list item for each key")
	}
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		_, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		_, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		_, err = x509.ParseCertificate(block.Bytes)
	default:
		return fmt.Errorf("it is a %s", block.Type)
	}
	if err != nil {
		return fmt.Errorf("its %s cannot be read", block.Type)
	}
	return nil
}

// trustedTokenProfileEffects says whose tokens become, and stop being, a way in.
func trustedTokenProfileEffects(t kind.Transition[TrustedTokenProfile]) plan.Effects {
	var effects plan.Effects
	risk := func(class, format string, args ...any) {
		effects.Risks = append(effects.Risks, plan.Risk{Class: class, Reason: fmt.Sprintf(format, args...)})
	}
	before, after := t.Live.Value, t.After
	switch t.Action {
	case plan.Delete:
		risk(plan.AccessRemoved, "tokens of %s are no longer a way to log in", before.Issuer.Value)
		risk(plan.Irreversible, "a profile that is created again has another profile_id, which callers must be told")
		return effects
	case plan.Create:
		risk(plan.AccessWidened, "tokens of %s become a way to log in", after.Issuer.Value)
	default:
		updatedProfile(t, risk)
	}
	if strange := undocumentedAttributes(after); len(strange) > 0 && (t.Action == plan.Create || t.Changed["attribute_mapping"]) {
		effects.Consequences = append(effects.Consequences, fmt.Sprintf(
			"Stytch documents no attribute %s for attribute_mapping, and may ignore it", listed(strange)))
	}
	if after.CanJITProvision.Value && !before.CanJITProvision.Value {
		risk(plan.AccessWidened, "tokens may create the members and organizations that they name")
	}
	return effects
}

// mappable are the attributes that Stytch documents for a B2B project (its page
// "Trusted Auth Tokens"). It accepts others, so that they are told and not refused.
var mappable = []string{"email", "token_id", "organization_id", "external_member_id", "role_ids"}

func undocumentedAttributes(p TrustedTokenProfile) []string {
	return missingFrom(mappable, sortedNames(p.AttributeMapping.Value))
}

// updatedProfile says what tokens a changed profile trusts.
func updatedProfile(t kind.Transition[TrustedTokenProfile], risk func(class, format string, args ...any)) {
	before, after := t.Live.Value, t.After
	told := false
	atOnce := func() {
		if !told {
			risk(plan.LockOut, "clients that still send the old tokens are locked out at once; a second profile beside this one would give them time")
		}
		told = true
	}
	if t.Changed["issuer"] {
		risk(plan.AccessWidened, "the profile trusts tokens of the issuer %s", after.Issuer.Value)
		risk(plan.AccessRemoved, "tokens of the issuer %s are refused", before.Issuer.Value)
		atOnce()
	}
	if t.Changed["audience"] {
		risk(plan.AccessWidened, "the profile trusts tokens for the audience %s", after.Audience.Value)
		risk(plan.AccessRemoved, "tokens for the audience %s are refused", before.Audience.Value)
		atOnce()
	}
	if t.Changed["jwks_url"] {
		risk(plan.AccessWidened, "the profile trusts whoever signs with the keys at %q", after.JWKSURL.Value)
		if before.JWKSURL.Value != "" {
			risk(plan.AccessRemoved, "tokens signed with keys that are only at %q are refused", before.JWKSURL.Value)
			atOnce()
		}
	}
	if t.Changed["attribute_mapping"] {
		risk(plan.AccessWidened, "other claims decide who somebody is: whoever can set them can log in as others")
		if len(after.AttributeMapping.Value) == 0 {
			risk(plan.LockOut, "without attribute_mapping the profile accepts no token")
		}
	}
	if !t.Changed["pem_files"] {
		return
	}
	live := keysOf(before)
	missing, surplus := keyDifference(live, after.PEMFiles.Value)
	if n := len(missing); n > 0 {
		risk(plan.AccessWidened, "%s can sign tokens that the profile trusts", counted(n, "more key", "more keys"))
	}
	if n := len(surplus); n > 0 {
		risk(plan.AccessRemoved, "tokens signed with %s are refused", counted(n, "removed key", "removed keys"))
	}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
