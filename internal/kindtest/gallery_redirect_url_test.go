package kindtest

var _ = exhibit(
	"redirect_url",
	picture{
		name: "two new addresses",
		after: `redirect_urls:
  https://app.acme.example/authenticate:
    valid_types: [{type: LOGIN, is_default: true}, {type: SIGNUP, is_default: true}]
  https://app.acme.example/invited:
    valid_types: [{type: INVITE}]
`,
	},
	picture{
		name: "a default moves, one address is gone",
		before: `redirect_urls:
  https://app.acme.example/authenticate:
    valid_types: [{type: LOGIN, is_default: true}, {type: SIGNUP, is_default: true}, {type: DISCOVERY}]
  https://new.acme.example/authenticate:
    valid_types: [{type: LOGIN}]
  https://old.acme.example/authenticate:
    valid_types: [{type: RESET_PASSWORD, is_default: true}]
`,
		after: `redirect_urls:
  https://app.acme.example/authenticate:
    valid_types: [{type: LOGIN, is_default: false}, {type: SIGNUP, is_default: true}, {type: INVITE}]
  https://new.acme.example/authenticate:
    valid_types: [{type: LOGIN, is_default: true}]
  https://old.acme.example/authenticate: {absent: true}
`,
	},
)
