package sandbox

import (
	"maps"
	"slices"
)

// A trustedTokenProfile says whose JWTs may be exchanged for a session. Nothing but the profile ID is unique.
type trustedTokenProfile struct {
	AttributeMapping map[string]any `json:"attribute_mapping"`
	Audience         string         `json:"audience"`
	CanJITProvision  bool           `json:"can_jit_provision"`
	Issuer           string         `json:"issuer"`
	JWKSURL          *string        `json:"jwks_url"`
	Name             string         `json:"name"`
	PEMFiles         []pemFile      `json:"pem_files"`
	ProfileID        string         `json:"profile_id"`
	PublicKeyType    string         `json:"public_key_type"` // JWK or PEM, for ever
}

const (
	keyTypeJWK = "JWK"
	keyTypePEM = "PEM"
)

const (
	profilesPath = environmentPath + "/trusted_token_profiles"
	profilePath  = profilesPath + "/{profile_id}"
)

func (s *Server) trustedTokenRoutes() {
	s.handle("POST "+profilesPath, write, createProfile, "name", "audience", "issuer", "jwks_url", "attribute_mapping",
		"can_jit_provision", "public_key_type", "pem_files")
	s.handle("GET "+profilesPath, read, listProfiles)
	s.handle("GET "+profilePath, read, getProfile)
	s.handle("PATCH "+profilePath, write, updateProfile, "name", "audience", "issuer", "jwks_url", "attribute_mapping", "can_jit_provision")
	s.handle("DELETE "+profilePath, write, deleteProfile)
	s.pemFileRoutes()
}

func createProfile(c *call) (answer, *apiError) {
	b := bodyReader{call: c}
	keyType, keys := get[string](&b, "public_key_type").Value, get[[]string](&b, "pem_files").Value
	made := trustedTokenProfile{ProfileID: c.env.newID("ttp"), PublicKeyType: keyType, PEMFiles: []pemFile{}}
	if b.err == nil {
		b.err = c.readProfile(&made)
	}
	if keyType == "" {
		made.PublicKeyType = keyTypeJWK
	}
	switch {
	case b.err != nil:
		return nil, b.err
	case made.Name == "" || made.Audience == "" || made.Issuer == "":
		return nil, badRequest("invalid_argument", "name, audience and issuer are required.")
	case made.PublicKeyType != keyTypeJWK && made.PublicKeyType != keyTypePEM:
		return nil, badRequest("invalid_argument", "public_key_type is JWK or PEM, not %q.", keyType)
	case made.PublicKeyType == keyTypeJWK && len(keys) > 0:
		return nil, badRequest("invalid_argument", "A JWK profile has no PEM files.")
	case made.PublicKeyType == keyTypePEM && len(keys) == 0 && !c.server.options.Knobs.LastPEMDeletable:
		return nil, badRequest("invalid_argument", "A PEM profile needs at least one PEM file.")
	case slices.Contains(keys, ""):
		return nil, badRequest("invalid_argument", "A PEM file is empty.")
	}
	for _, text := range keys {
		made.PEMFiles = append(made.PEMFiles, newPEMFile(c.env, text))
	}
	c.env.TrustedTokenProfiles = append(c.env.TrustedTokenProfiles, made)
	c.saveEnvironment(c.env)
	return answer{"profile": made}, nil
}

func listProfiles(c *call) (answer, *apiError) {
	return answer{"profiles": orEmpty(c.env.TrustedTokenProfiles)}, nil
}

func getProfile(c *call) (answer, *apiError) {
	profile, err := c.namedProfile()
	if err != nil {
		return nil, err
	}
	return answer{"profile": profile}, nil
}

// updateProfile merges: what is not sent keeps its value. The key type and the PEM files are not for PATCH.
func updateProfile(c *call) (answer, *apiError) {
	profile, err := c.namedProfile()
	if err != nil {
		return nil, err
	}
	next := *profile
	if err := c.readProfile(&next); err != nil {
		return nil, err
	}
	if next.Name == "" || next.Audience == "" || next.Issuer == "" {
		return nil, badRequest("invalid_argument", "name, audience and issuer cannot be empty.")
	}
	*profile = next
	c.saveEnvironment(c.env)
	return answer{"profile": next}, nil
}

// readProfile overlays what both POST and PATCH take. A null is no change, except that it clears attribute_mapping: it
// is the one value that the SDK sends as null. An empty jwks_url clears it.
func (c *call) readProfile(into *trustedTokenProfile) *apiError {
	b := bodyReader{call: c}
	for key, text := range map[string]*string{"name": &into.Name, "audience": &into.Audience, "issuer": &into.Issuer} {
		if f := get[string](&b, key); f.Sent && !f.Null {
			*text = f.Value
		}
	}
	if f := get[bool](&b, "can_jit_provision"); f.Sent && !f.Null {
		into.CanJITProvision = f.Value
	}
	if f := get[string](&b, "jwks_url"); f.Sent && !f.Null {
		into.JWKSURL = nil
		if f.Value != "" {
			into.JWKSURL = &f.Value
		}
	}
	mapping := get[map[string]any](&b, "attribute_mapping")
	switch {
	case !mapping.Sent:
	case mapping.Null || !c.server.options.Knobs.AttributeMappingMerged:
		into.AttributeMapping = mapping.Value
	default:
		merged := map[string]any{}
		maps.Copy(merged, into.AttributeMapping)
		maps.Copy(merged, mapping.Value)
		into.AttributeMapping = merged
	}
	return b.err
}

func deleteProfile(c *call) (answer, *apiError) {
	profile, err := c.namedProfile()
	if err != nil {
		return nil, err
	}
	id := profile.ProfileID
	c.env.TrustedTokenProfiles = slices.DeleteFunc(c.env.TrustedTokenProfiles, func(p trustedTokenProfile) bool { return p.ProfileID == id })
	c.saveEnvironment(c.env)
	return answer{}, nil
}

func (c *call) namedProfile() (*trustedTokenProfile, *apiError) {
	return c.env.profile(c.param("profile_id"))
}

func (e *environment) profile(id string) (*trustedTokenProfile, *apiError) {
	i := slices.IndexFunc(e.TrustedTokenProfiles, func(p trustedTokenProfile) bool { return p.ProfileID == id })
	if i < 0 {
		return nil, notFound("trusted_token_profile_not_found", "The environment has no trusted token profile %q.", id)
	}
	return &e.TrustedTokenProfiles[i], nil
}
