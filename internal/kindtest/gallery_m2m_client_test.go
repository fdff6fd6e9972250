package kindtest

const billing = "m2m_clients:\n  billing: {client_name: Billing, scopes: [\"read:invoices\", \"write:invoices\"]}\n"

var _ = exhibit(
	"m2m_client",
	picture{name: "a new client, whose secret Stytch makes up", after: billing},
	picture{
		name:   "scopes come and go",
		before: billing,
		after:  "m2m_clients:\n  billing: {client_name: Billing, scopes: [\"read:invoices\", \"read:users\"]}\n",
	},
	picture{
		name:   "a client is switched off, and the rotation of its secret begins",
		before: billing,
		after:  "m2m_clients:\n  billing: {client_name: Billing, status: inactive, secret_rotation: started}\n",
	},
	picture{
		name:   "a client is gone",
		before: billing,
		after:  "m2m_clients:\n  billing: {absent: true}\n",
		allow:  []string{"delete_percent=100"},
	},
)
