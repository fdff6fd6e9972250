package kindtest

var _ = exhibit(
	"public_token",
	picture{name: "an old token is removed", world: withOldKeys, after: "public_tokens: {" + oldToken + ": {absent: true}}\n", allow: []string{"delete_percent=100"}},
)
