package kindtest

const partnerProfile = `trusted_token_profiles:
  partner:
    audience: stytch
    issuer: https://partner.example
    jwks_url: https://partner.example/jwks
    public_key_type: JWK
    attribute_mapping: {email: email, token_id: sub}
    can_jit_provision: false
`

var _ = exhibit(
	"trusted_token_profile",
	picture{
		name: "tokens that may create members",
		after: `trusted_token_profiles:
  partner:
    audience: stytch
    issuer: https://partner.example
    jwks_url: https://partner.example/jwks
    public_key_type: JWK
    attribute_mapping: {email: email, token_id: sub, organization_id: org, nickname: nick}
    can_jit_provision: true
`,
	},
	picture{
		name:   "another issuer, whose keys stand elsewhere",
		before: partnerProfile,
		after: `trusted_token_profiles:
  partner:
    audience: stytch
    issuer: https://partner.test
    jwks_url: https://partner.test/jwks
    public_key_type: JWK
    attribute_mapping: {email: mail, token_id: sub, organization_id: org}
    can_jit_provision: true
`,
	},
	picture{
		name:   "a profile that is no longer trusted",
		before: partnerProfile,
		after:  "trusted_token_profiles:\n  partner: {absent: true}\n",
		allow:  []string{"delete_percent=100"},
	},
)
