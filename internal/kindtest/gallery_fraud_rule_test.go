package kindtest

const blocked = "fraud_rules:\n  203.0.113.0/24: {rule_type: CIDR_BLOCK, action: BLOCK, description: abuse}\n"

var _ = exhibit(
	"fraud_rule",
	picture{name: "a network is kept out", after: blocked},
	picture{
		name:   "a network is let in",
		before: blocked,
		after:  "fraud_rules:\n  203.0.113.0/24: {rule_type: CIDR_BLOCK, action: ALLOW, description: our own}\n",
	},
	picture{
		name:   "a network is no longer kept out",
		before: blocked,
		after:  "fraud_rules:\n  203.0.113.0/24: {absent: true}\n",
		allow:  []string{"delete_percent=100"},
	},
)
