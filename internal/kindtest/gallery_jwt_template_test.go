package kindtest

var _ = exhibit(
	"jwt_template",
	picture{
		name:  "the first claims, and an audience",
		after: "jwt_templates:\n  SESSION:\n    template_content: '{\"roles\": {{ member.rbac.roles }}, \"plan\": \"free\"}'\n    custom_audience: https://api.acme.example\n",
	},
	picture{
		name: "claims come, go and change, and the layout with them",
		before: `jwt_templates:
  SESSION:
    template_content: |
      {
        "roles": {{ member.rbac.roles }},
        "limits": {"seats": 3, "projects": [1, 2]},
        "legacy.id": {{ member.external_id }},
        "plan": "free"
      }
`,
		after: `jwt_templates:
  SESSION:
    template_content: |
      {"plan": "pro", "limits": {"projects": [1, 2, 5], "seats": 3.0},
       "roles": {{ member.rbac.roles }}, "org": {"id": {{ organization.organization_id }}, "note": "a claim that is long enough to be laid out over several lines"}}
`,
	},
)
