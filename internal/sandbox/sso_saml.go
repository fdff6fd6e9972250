package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"slices"
	"time"
)

// A samlConnection is a SAML connection as the API shows it. The private keys that are written to it are not kept: the
// signing key leaves a certificate, and the encryption key an id.
type samlConnection struct {
	ACSURL                   string            `json:"acs_url"`
	AllowGatewayCallback     bool              `json:"allow_gateway_callback"`
	AlternativeACSURL        string            `json:"alternative_acs_url"`
	AlternativeAudienceURI   string            `json:"alternative_audience_uri"`
	AttributeMapping         map[string]any    `json:"attribute_mapping"`
	AudienceURI              string            `json:"audience_uri"`
	ConnectionID             string            `json:"connection_id"`
	DisplayName              string            `json:"display_name"`
	EncryptionPrivateKeys    []encryptionKey   `json:"encryption_private_keys"`
	IdentityProvider         string            `json:"identity_provider"`
	IDPEntityID              string            `json:"idp_entity_id"`
	IDPInitiatedDisabled     bool              `json:"idp_initiated_auth_disabled"`
	IDPSSOURL                string            `json:"idp_sso_url"`
	NameIDFormat             string            `json:"nameid_format"`
	OrganizationID           string            `json:"organization_id"`
	ConnectionRoles          []connectionRole  `json:"saml_connection_implicit_role_assignments"`
	GroupRoles               []groupRole       `json:"saml_group_implicit_role_assignments"`
	SigningCertificates      []x509Certificate `json:"signing_certificates"`
	Status                   string            `json:"status"`
	VerificationCertificates []x509Certificate `json:"verification_certificates"`
}

type x509Certificate struct {
	Certificate   string    `json:"certificate"`
	CertificateID string    `json:"certificate_id"`
	CreatedAt     time.Time `json:"created_at"`
	ExpiresAt     time.Time `json:"expires_at"`
	Issuer        string    `json:"issuer"`
	UpdatedAt     time.Time `json:"updated_at"`
}

// An encryptionKey shows that there is a key. Stytch's file has the key itself in the answer; the sandbox shows none.
type encryptionKey struct {
	CreatedAt    time.Time `json:"created_at"`
	PrivateKey   string    `json:"private_key"`
	PrivateKeyID string    `json:"private_key_id"`
}

// Limits of a SAML connection. That of the encryption keys is a guess: Stytch has an error for it, and no number.
const (
	maxVerificationCertificates = 5
	maxEncryptionKeys           = 5
)

const defaultNameIDFormat = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"

func samlKeys() []string {
	return []string{
		"display_name", "identity_provider", "idp_entity_id", "idp_sso_url", "attribute_mapping", "x509_certificate", "signing_private_key",
		"saml_encryption_private_key", "nameid_format", "alternative_audience_uri", "alternative_acs_url", "idp_initiated_auth_disabled",
		"allow_gateway_callback", "saml_connection_implicit_role_assignments", "saml_group_implicit_role_assignments",
	}
}

func createSAML(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	made := newSAML(c.server, c.env, o.OrganizationID, c.env.newConnectionID("saml"))
	if err := readConnectionName(c, &made.DisplayName, &made.IdentityProvider); err != nil {
		return nil, err
	}
	connections := o.Connections
	connections.SAML = append(slices.Clone(connections.SAML), made)
	c.putConnections(o, connections)
	return answer{"connection": made}, nil
}

// newSAML is a connection of which nothing but the ids is known.
func newSAML(s *Server, e *environment, organizationID, id string) samlConnection {
	return samlConnection{
		ConnectionID: id, OrganizationID: organizationID, Status: connectionPending, IdentityProvider: "generic", NameIDFormat: defaultNameIDFormat,
		ACSURL: s.callbackURL(e, id), AudienceURI: s.callbackURL(e, id), AttributeMapping: map[string]any{},
		EncryptionPrivateKeys: []encryptionKey{}, SigningCertificates: []x509Certificate{}, VerificationCertificates: []x509Certificate{},
		ConnectionRoles: []connectionRole{}, GroupRoles: []groupRole{},
	}
}

// callbackURL is where an identity provider sends people back to.
func (s *Server) callbackURL(e *environment, id string) string {
	host := "https://test.stytch.com"
	if e.live() {
		host = "https://api.stytch.com"
	}
	return host + "/v1/b2b/sso/callback/" + id
}

// namedSAML finds the connection that a path names.
func (c *call) namedSAML() (*organization, samlConnection, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, samlConnection{}, err
	}
	id := c.param("connection_id")
	for _, found := range o.Connections.SAML {
		if found.ConnectionID == id {
			return o, found, nil
		}
	}
	return nil, samlConnection{}, notFound("saml_connection_not_found", "The organization has no SAML connection %q.", id)
}

func (c *call) putSAML(o *organization, changed samlConnection) answer {
	connections := o.Connections
	connections.SAML = slices.Clone(connections.SAML)
	i := slices.IndexFunc(connections.SAML, func(s samlConnection) bool { return s.ConnectionID == changed.ConnectionID })
	connections.SAML[i] = changed
	c.putConnections(o, connections)
	return answer{"connection": changed}
}

// updateSAML changes what the body names. The connection is active from the moment at which everything that a login
// needs is there, and then none of that can be cleared.
func updateSAML(c *call) (answer, *apiError) {
	o, s, err := c.namedSAML()
	if err != nil {
		return nil, err
	}
	if err := s.read(c, o); err != nil {
		return nil, err
	}
	return c.judgeSAML(o, s)
}

// updateSAMLByURL takes what an identity provider's metadata says. The sandbox asks nobody: it makes up what would stand
// there, and a certificate.
func updateSAMLByURL(c *call) (answer, *apiError) {
	o, s, err := c.namedSAML()
	if err != nil {
		return nil, err
	}
	metadata, err := fieldOf[string](c, "metadata_url")
	if err != nil {
		return nil, err
	}
	if metadata.Value == "" || !isWebURL(metadata.Value) {
		return nil, badRequest("invalid_saml_metadata_url", "metadata_url must be an https URL.")
	}
	s.IDPEntityID, s.IDPSSOURL = metadata.Value, metadata.Value+"/sso"
	if err := s.addCertificate(c, madeUpCertificate(c)); err != nil {
		return nil, err
	}
	return c.judgeSAML(o, s)
}

// madeUpCertificate is the certificate of a key that nobody has.
func madeUpCertificate(c *call) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(c.now.UnixNano()), Subject: pkix.Name{CommonName: "made up"}, NotAfter: c.now.AddDate(10, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// judgeSAML keeps a changed connection, if it is one that there may be.
func (c *call) judgeSAML(o *organization, s samlConnection) (answer, *apiError) {
	missing := s.missing()
	switch {
	case missing == "":
		s.Status = connectionActive
	case s.Status == connectionActive:
		return nil, badRequest("saml_connection_"+missing+"_required", "An active connection needs %s.", missing)
	}
	if len(s.GroupRoles) > 0 && isNothing(s.AttributeMapping["groups"]) {
		return nil, badRequest("saml_connection_attribute_mapping_missing_groups_key", "Roles by group need the key groups in attribute_mapping.")
	}
	return c.putSAML(o, s), nil
}

// missing is what a connection lacks to be active, or "".
func (s *samlConnection) missing() string {
	switch {
	case s.IDPEntityID == "":
		return "idp_entity_id"
	case s.IDPSSOURL == "":
		return "idp_sso_url"
	case len(s.AttributeMapping) == 0:
		return "attribute_mapping"
	case len(s.VerificationCertificates) == 0:
		return "x509_certificate"
	}
	return ""
}

func (s *samlConnection) read(c *call, o *organization) *apiError {
	if err := readConnectionName(c, &s.DisplayName, &s.IdentityProvider); err != nil {
		return err
	}
	b := bodyReader{call: c}
	for key, text := range map[string]*string{
		"idp_entity_id": &s.IDPEntityID, "idp_sso_url": &s.IDPSSOURL, "alternative_audience_uri": &s.AlternativeAudienceURI,
		"alternative_acs_url": &s.AlternativeACSURL,
	} {
		if f := get[string](&b, key); f.Sent && !f.Null {
			*text = f.Value
		}
	}
	if f := get[string](&b, "nameid_format"); f.Sent && !f.Null {
		if s.NameIDFormat = f.Value; f.Value == "" {
			s.NameIDFormat = defaultNameIDFormat
		}
	}
	for key, flag := range map[string]*bool{"idp_initiated_auth_disabled": &s.IDPInitiatedDisabled, "allow_gateway_callback": &s.AllowGatewayCallback} {
		if f := get[bool](&b, key); f.Sent && !f.Null {
			*flag = f.Value
		}
	}
	if f := get[map[string]any](&b, "attribute_mapping"); f.Sent && !f.Null {
		if err := checkAttributeMapping(f.Value); err != nil {
			return err
		}
		s.AttributeMapping = maps.Clone(f.Value)
	}
	if b.err != nil {
		return b.err
	}
	if !isWebURL(s.IDPSSOURL) {
		return badRequest("saml_connection_idp_sso_url_invalid_format", "idp_sso_url must be an https URL.")
	}
	if err := readConnectionRoles(c, o, "saml_connection_implicit_role_assignments", &s.ConnectionRoles); err != nil {
		return err
	}
	if err := readGroupRoles(c, o, "saml_group_implicit_role_assignments", &s.GroupRoles); err != nil {
		return err
	}
	return s.readKeys(c)
}

// isWebURL accepts an https URL, and nothing.
func isWebURL(text string) bool {
	return text == "" || len(text) > len("https://") && text[:len("https://")] == "https://"
}

func isNothing(v any) bool { return v == nil || v == "" }

// checkAttributeMapping: people need an address and a name, and nothing is nested (Stytch's OpenAPI file). Empty is none.
func checkAttributeMapping(mapping map[string]any) *apiError {
	if len(mapping) == 0 {
		return nil
	}
	const refused = "saml_connection_attribute_mapping_invalid_format"
	for key, value := range mapping {
		if _, text := value.(string); !text {
			return badRequest(refused, "attribute_mapping.%s must be a string.", key)
		}
	}
	named := !isNothing(mapping["full_name"]) || !isNothing(mapping["first_name"]) && !isNothing(mapping["last_name"])
	if isNothing(mapping["email"]) || !named {
		return badRequest(refused, "attribute_mapping needs email and either full_name or first_name and last_name.")
	}
	return nil
}

// readKeys reads the certificate and the private keys, each of which adds something.
func (s *samlConnection) readKeys(c *call) *apiError {
	b := bodyReader{call: c}
	certificate, signing, encryption := get[string](&b, "x509_certificate"), get[string](&b, "signing_private_key"), get[string](&b, "saml_encryption_private_key")
	if b.err != nil {
		return b.err
	}
	if certificate.Value != "" {
		if err := s.addCertificate(c, certificate.Value); err != nil {
			return err
		}
	}
	if signing.Value != "" {
		if !isRSAKey(signing.Value) {
			return badRequest("saml_connection_signing_private_key_invalid_format", "signing_private_key must be a PKCS1 RSA key.")
		}
		s.SigningCertificates = append(slices.Clone(s.SigningCertificates), x509Certificate{
			Certificate: "-----BEGIN CERTIFICATE-----\nmade by the sandbox\n-----END CERTIFICATE-----", CertificateID: c.env.newID("saml-signing-key"),
			Issuer: "Stytch", CreatedAt: c.now, UpdatedAt: c.now, ExpiresAt: c.now.AddDate(10, 0, 0),
		})
	}
	if encryption.Value != "" {
		if !isRSAKey(encryption.Value) {
			return badRequest("saml_connection_encryption_private_key_invalid_format", "saml_encryption_private_key must be a PKCS1 RSA key.")
		}
		if len(s.EncryptionPrivateKeys) >= maxEncryptionKeys {
			return badRequest("too_many_encryption_certificates", "A connection has at most %d encryption keys.", maxEncryptionKeys)
		}
		s.EncryptionPrivateKeys = append(slices.Clone(s.EncryptionPrivateKeys), encryptionKey{CreatedAt: c.now, PrivateKeyID: c.env.newID("saml-encryption-key")})
	}
	return nil
}

// addCertificate appends a certificate, also one that is there already.
func (s *samlConnection) addCertificate(c *call, text string) *apiError {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return badRequest("invalid_x509_certificate", "x509_certificate must be a PEM certificate.")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return badRequest("invalid_x509_certificate", "x509_certificate cannot be read.")
	}
	if len(s.VerificationCertificates) >= maxVerificationCertificates {
		return badRequest("too_many_sso_verification_certificates", "A connection has at most %d verification certificates.", maxVerificationCertificates)
	}
	s.VerificationCertificates = append(slices.Clone(s.VerificationCertificates), x509Certificate{
		Certificate: text, CertificateID: c.env.newID("saml-verification-key"), Issuer: parsed.Issuer.String(),
		CreatedAt: c.now, UpdatedAt: c.now, ExpiresAt: parsed.NotAfter.UTC(),
	})
	return nil
}

func isRSAKey(text string) bool {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "RSA PRIVATE KEY" {
		return false
	}
	_, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	return err == nil
}

func deleteVerificationCertificate(c *call) (answer, *apiError) {
	o, s, err := c.namedSAML()
	if err != nil {
		return nil, err
	}
	id := c.param("certificate_id")
	left := slices.DeleteFunc(slices.Clone(s.VerificationCertificates), func(x x509Certificate) bool { return x.CertificateID == id })
	switch {
	case len(left) == len(s.VerificationCertificates):
		return nil, notFound("saml_certificate_not_found", "The connection has no verification certificate %q.", id)
	case len(left) == 0 && s.Status == connectionActive:
		return nil, badRequest("cannot_delete_last_sso_verification_key", "An active connection keeps one verification certificate.")
	}
	s.VerificationCertificates = left
	c.putSAML(o, s)
	return answer{"certificate_id": id}, nil
}

func deleteEncryptionKey(c *call) (answer, *apiError) {
	o, s, err := c.namedSAML()
	if err != nil {
		return nil, err
	}
	id := c.param("private_key_id")
	left := slices.DeleteFunc(slices.Clone(s.EncryptionPrivateKeys), func(k encryptionKey) bool { return k.PrivateKeyID == id })
	if len(left) == len(s.EncryptionPrivateKeys) {
		return nil, notFound("encryption_private_key_not_found", "The connection has no encryption key %q.", id)
	}
	s.EncryptionPrivateKeys = left
	c.putSAML(o, s)
	return answer{"private_key_id": id}, nil
}
