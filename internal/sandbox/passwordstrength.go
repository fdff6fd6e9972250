package sandbox

// passwordStrength is an environment's password policy. The luds_* values are null under ZXCVBN.
type passwordStrength struct {
	CheckBreachOnAuthentication bool   `json:"check_breach_on_authentication"`
	CheckBreachOnCreation       bool   `json:"check_breach_on_creation"`
	LUDSMinPasswordComplexity   *int   `json:"luds_min_password_complexity"` // 1 to 4
	LUDSMinPasswordLength       *int   `json:"luds_min_password_length"`     // 8 to 32
	ValidateOnAuthentication    bool   `json:"validate_on_authentication"`
	ValidationPolicy            string `json:"validation_policy"` // ZXCVBN or LUDS
}

const (
	policyZXCVBN = "ZXCVBN"
	policyLUDS   = "LUDS"
)

func (s *Server) passwordStrengthRoutes() {
	path := environmentPath + "/password_strength_config"
	s.handle("GET "+path, read, getPasswordStrength)
	s.handle("PUT "+path, write, setPasswordStrength, "check_breach_on_creation", "check_breach_on_authentication",
		"validate_on_authentication", "validation_policy", "luds_min_password_length", "luds_min_password_complexity")
}

// defaultPasswordStrength is that of a new environment, by the notes of Stytch's Terraform provider.
func defaultPasswordStrength() passwordStrength {
	return passwordStrength{
		CheckBreachOnCreation: true, CheckBreachOnAuthentication: true, ValidateOnAuthentication: true,
		ValidationPolicy: policyZXCVBN,
	}
}

func getPasswordStrength(c *call) (answer, *apiError) {
	return answer{"password_strength_config": c.env.PasswordStrength}, nil
}

// setPasswordStrength replaces the whole policy: a switch that is left out is off, and ZXCVBN drops the luds_* values.
func setPasswordStrength(c *call) (answer, *apiError) {
	b := bodyReader{call: c}
	wanted := passwordStrength{
		CheckBreachOnCreation:       get[bool](&b, "check_breach_on_creation").Value,
		CheckBreachOnAuthentication: get[bool](&b, "check_breach_on_authentication").Value,
		ValidateOnAuthentication:    get[bool](&b, "validate_on_authentication").Value,
		ValidationPolicy:            get[string](&b, "validation_policy").Value,
	}
	length, complexity := get[int](&b, "luds_min_password_length"), get[int](&b, "luds_min_password_complexity")
	if b.err != nil {
		return nil, b.err
	}
	switch wanted.ValidationPolicy {
	case "", policyZXCVBN:
		wanted.ValidationPolicy = policyZXCVBN
	case policyLUDS:
		minLength, minComplexity := 8, 3 // where nothing is sent; Stytch does not say
		if length.Sent && !length.Null {
			minLength = length.Value
		}
		if complexity.Sent && !complexity.Null {
			minComplexity = complexity.Value
		}
		if minLength < 8 || minLength > 32 {
			return nil, badRequest("invalid_argument", "luds_min_password_length is 8 to 32, not %d.", minLength)
		}
		if minComplexity < 1 || minComplexity > 4 {
			return nil, badRequest("invalid_argument", "luds_min_password_complexity is 1 to 4, not %d.", minComplexity)
		}
		wanted.LUDSMinPasswordLength, wanted.LUDSMinPasswordComplexity = &minLength, &minComplexity
	default:
		return nil, badRequest("invalid_argument", "validation_policy is ZXCVBN or LUDS, not %q.", wanted.ValidationPolicy)
	}
	c.env.PasswordStrength = wanted
	c.saveEnvironment(c.env)
	return answer{"password_strength_config": wanted}, nil
}
