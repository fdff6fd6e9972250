package spec

import (
	"strings"
	"testing"
)

func TestFilesMerge(t *testing.T) {
	d, diags := load(t, files{
		"a.yaml": "version: 1\nproject: {project_slug: '${local.slug}', project_id: p}\nredirect_urls: {b: {}}\n",
		"b.hcl":  "locals { slug = \"acme\" }\nredirect_url \"a\" {}\norganization \"acme\" {\n  member \"b\" {}\n}\n",
		"c.yaml": "organizations: {acme: {organization_name: Acme}}\n",
		"d.yml":  "organizations: {acme: {members: {a: {}}}, other: {members: {}}}\n",
	}, Options{})
	same(t, "diagnostics", nil, diags)
	same(t, "resources", []string{
		"redirect_url/a", "redirect_url/b",
		"organization/acme", `  organization_name = "Acme"`,
		"organization/other bare",
		"acme/member/a", "acme/member/b",
	}, written(d))
	same(t, "slug", "acme", d.Project.Slug)
	same(t, "id", "p", d.Project.ID)
	same(t, "place of the slug", "a.yaml:2,25-40", d.Project.SlugRange.String())
	for kind, want := range map[scopedKind]bool{
		{"member", "acme"}: true, {"member", "other"}: true, {"member", "none"}: false, {"scim_connection", "acme"}: false,
		{"redirect_url", ""}: true, {"environment", ""}: false, {"organization", ""}: true,
	} {
		same(t, kind.kind+" declared in "+kind.organization, want, d.Declares(kind.kind, kind.organization))
	}
}

func TestWhatStandsTwiceNamesBothPlaces(t *testing.T) {
	for _, test := range []struct{ name, a, b, want string }{
		{"the version", "version: 1", "version: 1", "b.yaml:1:1: `version` stands once over all files\n  a.yaml:1:1: it stands here already"},
		{"the project", "project: {}", "project: {}", "b.yaml:1:1: `project` stands once over all files\n  a.yaml:2:1: it stands here already"},
		{"the policy", "policy: {}", "policy: {}", "b.yaml:1:1: `policy` stands once over all files\n  a.yaml:2:1: it stands here already"},
		{
			"a resource", "redirect_urls: {x: {}}", "redirect_urls: {x: {}}",
			"b.yaml:1:17: redirect_url \"x\" is declared twice\n  a.yaml:2:17: first declared here",
		},
		{"a singleton", "environment: {}", "environment: {}", "b.yaml:1:1: environment is declared twice\n  a.yaml:2:1: first declared here"},
		{
			"a member", "organizations: {o: {members: {m: {}}}}", "organizations: {o: {members: {m: {}}}}",
			"b.yaml:1:31: member \"m\" of \"o\" is declared twice\n  a.yaml:2:31: first declared here",
		},
		{
			"an organization's attributes", "organizations: {o: {a: 1}}", "organizations: {o: {b: 1}}",
			"b.yaml:1:17: organization \"o\" is declared twice\n  a.yaml:2:17: first declared here",
		},
		{"a local", "locals: {x: 1}", "locals: {x: 2}", "b.yaml:1:10: local.x is declared twice\n  a.yaml:2:10: first declared here"},
		{
			"a variable", "variables: {x: {default: a}}", "variables: {x: {default: a}}",
			"b.yaml:1:13: the variable \"x\" is declared twice\n  a.yaml:2:13: first declared here",
		},
		{
			"defaults", "defaults: {members: {}}", "defaults: {members: {}}",
			"b.yaml:1:12: `members` in the defaults is declared twice\n  a.yaml:2:12: first declared here",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := "version: 1\n" + test.a + "\n"
			if test.a == "version: 1" {
				a = test.a + "\n"
			}
			_, diags := load(t, files{"a.yaml": a, "b.yaml": test.b + "\n"}, Options{})
			same(t, "diagnostics", test.want, strings.Join(diags, "\n"))
		})
	}
}

func TestMistakesInTheFrameAreTold(t *testing.T) {
	for _, test := range []struct{ name, document, want string }{
		{"no version", "environment: {}", "a.yaml:1:1: no file says `version`"},
		{"another version", "version: 2", "a.yaml:1:10: the version of the language is 1"},
		{"a version in quotes", "version: \"1\"", "a.yaml:1:10: the version of the language is 1"},
		{"an unknown word", "version: 1\nredirect_url: {}", "a.yaml:2:1: `redirect_url` is not how this is written here"},
		{"a nested kind at the top", "version: 1\nmembers: {}", "a.yaml:2:1: `members` stands inside of an organization, not here"},
		{"an unknown word of the project", "version: 1\nproject: {slug: x}", "a.yaml:2:11: unknown word in the project \"slug\""},
		{"an empty slug", "version: 1\nproject: {project_slug: \"\"}", "a.yaml:2:25: this cannot be empty"},
		{"a project that is text", "version: 1\nproject: x", "a.yaml:2:10: a map of project_slug, environment_slug and project_id is wanted here, not a string"},
		{"a kind that is a list", "version: 1\nredirect_urls: [x]", "a.yaml:2:16: a map from keys to their attributes is wanted here, not a list"},
		{"a resource that is text", "version: 1\nredirect_urls: {x: y}", "a.yaml:2:20: a map of attributes is wanted here, not a string"},
		{"an empty key", "version: 1\nredirect_urls: {\"\": {}}", "a.yaml:2:17: the key of a redirect_url cannot be empty"},
		{
			"absent with an attribute", "version: 1\nredirect_urls: {x: {absent: true, a: 1}}",
			"a.yaml:2:21: `absent: true` stands alone in its resource\n  a.yaml:2:35: this stands beside it",
		},
		{
			"absent with protect", "version: 1\nredirect_urls: {x: {protect: true, absent: true}}",
			"a.yaml:2:36: `absent: true` stands alone in its resource\n  a.yaml:2:21: this stands beside it",
		},
		{
			"absent with what nests", "version: 1\norganizations: {x: {members: {}, absent: true}}",
			"a.yaml:2:34: `absent: true` stands alone in its resource\n  a.yaml:2:21: this stands beside it",
		},
		{"absent that is yes", "version: 1\nredirect_urls: {x: {absent: yes}}", "a.yaml:2:29: a bool is wanted here, not a string"},
		{"an initial that is text", "version: 1\nredirect_urls: {x: {initial: y}}", "a.yaml:2:30: a map of attributes is wanted here, not a string"},
		{
			"an attribute that is initial too", "version: 1\nredirect_urls: {x: {a: 1, initial: {a: 2}}}",
			"a.yaml:2:37: \"a\" is declared, so it cannot be initial too\n  a.yaml:2:21: declared here",
		},
		{"an empty former name", "version: 1\nredirect_urls: {x: {renamed_from: \"\"}}", "a.yaml:2:35: this cannot be empty"},
		{"an unknown kind in the defaults", "version: 1\ndefaults: {member: {}}", "a.yaml:2:12: unknown kind \"member\" in the defaults"},
		{"absence as a default", "version: 1\ndefaults: {members: {absent: true}}", "a.yaml:2:22: `absent` has no default: it is said of one resource"},
		{"members as a default", "version: 1\ndefaults: {organizations: {members: {}}}", "a.yaml:2:28: `members` is no attribute, and has no default"},
		{"defaults that are text", "version: 1\ndefaults: {members: x}", "a.yaml:2:21: a map of attributes is wanted here, not a string"},
		{"locals that are a list", "version: 1\nlocals: [x]", "a.yaml:2:9: a map of names and values is wanted here, not a list"},
		{"a bad constraint", "version: 1\nrequired_version: latest", "a.yaml:2:19: \"latest\" is no version"},
		{"a policy that is text", "version: 1\npolicy: strict", "a.yaml:2:9: a map of policies is wanted here, not a string"},
		{"several at once", "version: 3\nfoo: 1\nproject: {bar: 1}", "a.yaml:1:10: the version of the language is 1\n" +
			"a.yaml:2:1: unknown word at the top of a document \"foo\"\na.yaml:3:11: unknown word in the project \"bar\""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, diags := load(t, files{"a.yaml": test.document + "\n"}, Options{})
			same(t, "diagnostics", test.want, strings.Join(diags, "\n"))
		})
	}
}

func TestFlagsThatAreFalseMeanNothing(t *testing.T) {
	d, diags := load(t, files{"a.yaml": "version: 1\nredirect_urls: {x: {absent: false, protect: false, renamed_from: null, a: null, initial: {a: 1}}}\n"}, Options{})
	same(t, "diagnostics", nil, diags)
	same(t, "resources", []string{"redirect_url/x", "  a = <nil>", "  initial a = 1"}, written(d))
}

func TestNothingNestsInWhatShallBeAbsent(t *testing.T) {
	_, diags := load(t, files{
		"a.yaml": "version: 1\norganizations: {o: {absent: true}}\n",
		"b.yaml": "organizations: {o: {members: {m: {}}}}\n",
	}, Options{})
	same(t, "diagnostics", []string{"b.yaml:1:31: member \"m\" of \"o\" nests in what shall be absent", "  a.yaml:2:21: declared absent here"}, diags)
}

func TestAFileThatCannotBeReadMakesNoFurtherMistakes(t *testing.T) {
	_, diags := load(t, files{
		"a.yaml": "environment: {a: '${local.elsewhere}', b: '${var.elsewhere}'}\n",
		"b.yaml": "version: 1\nlocals: {elsewhere: [1}\n",
	}, Options{Variables: []string{"elsewhere=x"}})
	if len(diags) != 1 || !strings.HasPrefix(diags[0], "b.yaml:") {
		t.Errorf("got %q", diags)
	}
}

func TestRequiredVersionIsComparedWithTheProgram(t *testing.T) {
	for _, test := range []struct {
		wanted, own string
		allowed     bool
	}{
		{">= 0.1, < 2", "0.1.0", true},
		{">= 0.1, < 2", "2.0.0", false},
		{">= 0.1, < 2", "v1.9.9", true},
		{"1.2.3", "1.2.3", true},
		{"= 1.2", "1.2.1", false},
		{"!= 1.2.1", "1.2.1", false},
		{"> 1", "1.0.0", false},
		{"<= 1.0", "1.0.0", true},
		{"~> 1.2", "1.9.0", true},
		{"~> 1.2", "2.0.0", false},
		{"~> 1.2.3", "1.3.0", false},
		{"~> 1.2.3", "1.2.9", true},
		{"~> 1", "1.5.0", true},
		{">= 0.2", "0.2.0-rc1", true},
		{">= 99", "", true},
		{">= 99", "(devel)", true},
	} {
		d, diags := load(t, files{"a.yaml": "version: 1\nrequired_version: \"" + test.wanted + "\"\nunknown_word: 1\n"}, Options{ToolVersion: test.own})
		refused := len(diags) == 1 && strings.Contains(diags[0], "these documents want version")
		if d == nil || refused == test.allowed {
			t.Errorf("%q with %q: got %q", test.wanted, test.own, diags)
		}
	}
}
