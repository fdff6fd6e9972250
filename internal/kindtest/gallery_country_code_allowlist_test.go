package kindtest

var _ = exhibit(
	"country_code_allowlist",
	picture{
		name:   "one country goes and others come",
		before: "country_code_allowlists: {sms: {country_codes: [CA, US]}}\n",
		after:  "country_code_allowlists: {sms: {country_codes: [AT, DE, US]}}\n",
	},
)
