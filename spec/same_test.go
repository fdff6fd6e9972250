package spec

import "testing"

// Each state is written in both syntaxes, and in two forms of HCL where it has two.
func TestBothSyntaxesYieldTheSameResources(t *testing.T) {
	for _, test := range []struct {
		name, yaml, hcl string
		want            []string
	}{
		{
			"sets, singletons and what nests",
			`
project: {project_slug: acme, environment_slug: production}
policy: {undeclared: {redirect_urls: delete}, protect: [organization/acme]}
environment: {a: true}
redirect_urls: {"https://a.example/x?y=1": {valid_types: [{type: LOGIN, is_default: true}]}}
organizations:
  acme:
    organization_name: "Acme, Inc."
    protect: true
    scim_connection: {display_name: x}
    members:
      ada@acme.example:
        roles: [admin, 'x"y']
        renamed_from: ada@old.example
        initial: {name: Ada}
        trusted_metadata: {a: 1.50, b: null, c: {d: []}}
      gone@acme.example: {absent: true}
`, `
project {
  project_slug     = "acme"
  environment_slug = "production"
}
policy {
  undeclared = { redirect_urls = "delete" }
  protect    = ["organization/acme"]
}
environment { a = true }
redirect_url "https://a.example/x?y=1" {
  valid_types = [{ type = "LOGIN", is_default = true }]
}
organization "acme" {
  organization_name = "Acme, Inc."
  protect           = true
  scim_connection { display_name = "x" }
  member "ada@acme.example" {
    roles            = ["admin", "x\"y"]
    renamed_from     = "ada@old.example"
    initial          = { name = "Ada" }
    trusted_metadata = { a = 1.50, b = null, c = { d = [] } }
  }
  member "gone@acme.example" { absent = true }
}
`,
			[]string{
				"environment/", "  a = true",
				"redirect_url/https://a.example/x?y=1", `  valid_types = [{type:"LOGIN" is_default:true}]`,
				"organization/acme protect", `  organization_name = "Acme, Inc."`,
				"acme/member/ada@acme.example from ada@old.example", `  roles = ["admin" "x\"y"]`,
				"  trusted_metadata = {a:1.5 b:<nil> c:{d:[]}}", `  initial name = "Ada"`,
				"acme/member/gone@acme.example absent",
				"acme/scim_connection/", `  display_name = "x"`,
			},
		},
		{
			"sets that expressions make, with null for what shall not be",
			`
locals: {emails: [ada@acme.example, bob@acme.example], extra: null}
organizations:
  acme:
    members: "${{for e in local.emails : e => {roles = [upper(e)]} if e != \"x\"}}"
    a: ${local.extra}
  none: ${local.extra}
redirect_urls: ${local.extra}
`, `
locals {
  emails = ["ada@acme.example", "bob@acme.example"]
  extra  = null
}
organizations = {
  "acme" = {
    members = { for e in local.emails : e => { roles = [upper(e)] } if e != "x" }
    a       = local.extra
  }
  none = local.extra
}
redirect_urls = local.extra
`,
			[]string{
				"organization/acme", "  a = <nil>",
				"acme/member/ada@acme.example", `  roles = ["ADA@ACME.EXAMPLE"]`,
				"acme/member/bob@acme.example", `  roles = ["BOB@ACME.EXAMPLE"]`,
			},
		},
		{
			"templates, conditions and references",
			`
variables: {env: {default: test}, n: {type: number, default: 2}}
environment:
  keeps: ${var.n}
  text: n is ${var.n} in $${var.env} and %%{x
  directive: "%{if var.n > 1}many%{else}one%{endif}"
  condition: '${var.env == "test" ? [1] : null}'
  secret: ${env("NAME")}
  keys: [ '${file("a.pem")}' ]
  quote: "a\n${var.env}"
  block: |
    line ${var.env}
  splat: ${[{a = 1}, {a = 2}][*].a}
  tried: ${try(jsondecode("{"), "no")}
`, `
variable "env" { default = "test" }
variable "n" {
  type    = number
  default = 2
}
environment {
  keeps     = var.n
  text      = "n is ${var.n} in $${var.env} and %%{x"
  directive = "%{if var.n > 1}many%{else}one%{endif}"
  condition = var.env == "test" ? [1] : null
  secret    = env("NAME")
  keys      = [file("a.pem")]
  quote     = "a\n${var.env}"
  block     = <<EOT
line ${var.env}
EOT
  splat     = [{a = 1}, {a = 2}][*].a
  tried     = try(jsondecode("{"), "no")
}
`,
			[]string{
				"environment/", "  keeps = 2", `  text = "n is 2 in ${var.env} and %{x"`, `  directive = "many"`, "  condition = [1]",
				`  secret = env("NAME")`, `  keys = [file("a.pem")]`, `  quote = "a\ntest"`, `  block = "line test\n"`,
				"  splat = [1 2]", `  tried = "no"`,
			},
		},
		{
			"defaults fill what is omitted",
			`
defaults: {members: {roles: [x], name: n, initial: {pending: true}}, environment: {b: 2}}
environment: {a: 1}
organizations: {acme: {members: {a: {}, b: {roles: [], name: null}, c: {absent: true}, d: {initial: {}}}}}
`, `
defaults {
  member      = { roles = ["x"], name = "n", initial = { pending = true } }
  environment = { b = 2 }
}
environment { a = 1 }
organization "acme" {
  member "a" {}
  member "b" {
    roles = []
    name  = null
  }
  member "c" { absent = true }
  member "d" { initial = {} }
}
`,
			[]string{
				"environment/", "  a = 1", "  b = 2", "organization/acme bare",
				"acme/member/a", `  roles = ["x"]`, `  name = "n"`, "  initial pending = true",
				"acme/member/b", "  roles = []", "  name = <nil>", "  initial pending = true",
				"acme/member/c absent",
				"acme/member/d", `  roles = ["x"]`, `  name = "n"`,
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			inYAML, diags := load(t, files{"a.yaml": "version: 1\n" + test.yaml}, Options{})
			same(t, "diagnostics of YAML", nil, diags)
			same(t, "resources in YAML", test.want, written(inYAML))
			inHCL, diags := load(t, files{"a.hcl": "version = 1\n" + test.hcl}, Options{})
			same(t, "diagnostics of HCL", nil, diags)
			same(t, "resources in HCL", test.want, written(inHCL))
			same(t, "policy", inYAML.Policy.Any(), inHCL.Policy.Any())
			same(t, "slug", inYAML.Project.Slug, inHCL.Project.Slug)
			same(t, "environment", inYAML.Project.EnvironmentSlug, inHCL.Project.EnvironmentSlug)
			for _, kind := range []string{"redirect_url", "organization", "environment"} {
				same(t, kind+" declared", inYAML.Declares(kind, ""), inHCL.Declares(kind, ""))
			}
			same(t, "members declared", inYAML.Declares("member", "acme"), inHCL.Declares("member", "acme"))
		})
	}
}
