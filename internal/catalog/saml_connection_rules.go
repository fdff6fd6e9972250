package catalog

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// checkSAMLConnection reports what Stytch would refuse. Rules between settings
// speak only when all of these are known.
func checkSAMLConnection(s SAMLConnection) []kind.Problem {
	problems := checkConnectionName(s.Name)
	problems = append(problems, webAddress("idp_sso_url", s.SSOURL)...)
	problems = append(problems, webAddress("alternative_acs_url", s.ACSURL)...)
	problems = append(problems, checkSAMLMapping(s)...)
	seen := map[string]bool{}
	for _, text := range s.Certificates.Value {
		problems = append(problems, checkCertificate(text)...)
		if seen[tidyPEM(text)] {
			problems = append(problems, kind.Problem{
				Attribute: "verification_certificates", Message: "a certificate is listed twice", Hint: "list it once: Stytch would keep it twice",
			})
		}
		seen[tidyPEM(text)] = true
	}
	problems = append(problems, checkConnectionRoles("saml_connection_implicit_role_assignments", s.Roles.Value)...)
	return append(problems, checkGroupRoles("saml_group_implicit_role_assignments", s.GroupRoles.Value)...)
}

// checkSAMLMapping: people need an address and a name (Stytch's API reference, "Update a SAML connection").
func checkSAMLMapping(s SAMLConnection) []kind.Problem {
	mapping, set := s.AttributeMapping.Get()
	if !set {
		return nil
	}
	var problems []kind.Problem
	named := mapping["full_name"] != "" || mapping["first_name"] != "" && mapping["last_name"] != ""
	switch {
	case len(mapping) == 0: // of a connection that never had one
	case mapping["email"] == "":
		problems = append(problems, kind.Problem{
			Attribute: "attribute_mapping", Message: "attribute_mapping needs email", Hint: "add email: the attribute that holds the address",
		})
	case !named:
		problems = append(problems, kind.Problem{
			Attribute: "attribute_mapping", Message: "attribute_mapping needs full_name, or first_name and last_name",
			Hint: "add the attributes that hold the person's name",
		})
	}
	if len(s.GroupRoles.Value) > 0 && mapping["groups"] == "" {
		problems = append(problems, kind.Problem{
			Attribute: "saml_group_implicit_role_assignments",
			Message:   "roles by group need the key groups in attribute_mapping",
			Hint:      "add groups: the attribute that holds a person's groups",
		})
	}
	return problems
}

// checkCertificate holds one of verification_certificates to be exactly one
// certificate. The order has no meaning, so that a problem does not name a place; and a
// report that pointed at a private key would show it.
func checkCertificate(text string) []kind.Problem {
	if strings.Contains(strings.ToUpper(text), "PRIVATE KEY") {
		return []kind.Problem{{
			Message: "verification_certificates HOLDS A PRIVATE KEY, which must never leave its owner; nothing was sent",
			Hint:    "replace it by its certificate, and consider the private key as known to everybody who can read these documents",
		}}
	}
	if err := parseCertificate(text); err != nil {
		return []kind.Problem{{
			Attribute: "verification_certificates", Message: fmt.Sprintf("one of verification_certificates is not a certificate: %v", err),
			Hint: "write one PEM block, -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
		}}
	}
	return nil
}

func parseCertificate(text string) error {
	block, rest := pem.Decode([]byte(text))
	if block == nil {
		return errors.New("it holds no PEM block")
	}
	if more, _ := pem.Decode(rest); more != nil {
		return errors.New("it holds more than one PEM block; write one list item for each certificate")
	}
	if block.Type != "CERTIFICATE" {
		return fmt.Errorf("it is a %s", block.Type)
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return errors.New("it cannot be read")
	}
	return nil
}
