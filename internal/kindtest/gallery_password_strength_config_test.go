package kindtest

var _ = exhibit(
	"password_strength_config",
	picture{
		name:  "weaker passwords are allowed",
		after: "password_strength_config: {check_breach_on_creation: false, check_breach_on_authentication: false, validation_policy: LUDS, luds_min_password_length: 8, luds_min_password_complexity: 1}\n",
	},
	picture{
		name:   "stronger passwords are asked for",
		before: "password_strength_config: {check_breach_on_authentication: false, validation_policy: LUDS, luds_min_password_length: 8, luds_min_password_complexity: 1}\n",
		after:  "password_strength_config: {check_breach_on_authentication: true, validation_policy: LUDS, luds_min_password_length: 12, luds_min_password_complexity: 3}\n",
	},
)
