package render

import "testing"

func TestProse(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"plain words stay", "a deleted organization does not come back", "a deleted organization does not come back"},
		{"names stand in code", "organization/acme lets acme.test in", "`organization/acme` lets `acme.test` in"},
		{"neighbours share their code", "gave x=1 y=2, not z", "gave `x=1 y=2`, not z"},
		{"a mention mentions nobody", "cc @octocat now", "cc `@octocat` now"},
		{"a bare link leads nowhere", "see https://evil.example or www.evil.example", "see `https://evil.example` or `www.evil.example`"},
		{"a reference refers to nothing", "fixes #1 GH-1", "fixes `#1 GH-1`"},
		{"a long number is no commit", "at 1234567, of 12", "at `1234567`, of 12"},
		{"a number with a dot begins no list", "1. x", "`1.` x"},
		{"the marks of a sentence stay", "(100%; a set (under ten) may lose half); so.", "(100%; a set (under ten) may lose half); so."},
		{"emphasis is none", "**Plan:** 0 _x_ ~~y~~", "`**Plan:**` 0 `_x_ ~~y~~`"},
		{"a backtick ends nothing", "a`b ``` c", "`a\\x60b \\x60\\x60\\x60` c"},
		{"a backslash is literal in code", `a\nb`, "`a\\nb`"},
		{"HTML is text", "<script>alert(1)</script>", "`<script>alert(1)</script>`"},
		{"an entity is text", "a &lt;b&gt;", "a `&lt;b&gt`;"},
		{"our own apostrophes are words", "the organization's members' way, Stytch's", "the organization's members' way, Stytch's"},
		{"an apostrophe elsewhere is none of ours", "'tis a'B x'' '", "`'tis a'B x'' '`"},
		{"a number ends a sentence, or stands in parentheses", "it was 3. Now 12 (default 10), at most 20)", "it was 3. Now 12 (default 10), at most 20)"},
		{"a number that might begin a list is code", "1) x", "`1`) x"},
		{"parentheses around code are the sentence's", "refused (error_type, status 400, request-id-1)", "refused (`error_type`, status 400, `request-id-1`)"},
		{"parentheses of code stay in it", "f(x) (g)(h) a", "`f(x) (g)(h)` a"},
		{"a link's parenthesis opens nothing", "x](https://evil.example) y", "`x](https://evil.example)` y"},
		{"hyphens between small letters stay", "rate-limited GH-one - --", "rate-limited `GH-one - --`"},
		{"spaces inside code stay", "a @  b c", "a `@ ` b c"},
		{"a percent sign before the end of a clause stays", "(100 %; half) %1 %x", "(100 %; half) `%1 %x`"},
		{"nothing stays nothing", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := prose(Safe(test.in)); got != test.want && prose(test.in) != test.want {
				t.Errorf("prose(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func TestTheMarkerIsOneComment(t *testing.T) {
	for _, test := range []struct {
		name string
		in   place
		want string
	}{
		{"slugs", place{project: "acme-auth", environment: "test"}, "<!-- stytch-reconcile:plan project=acme-auth environment=test -->\n"},
		{"what would end it", place{project: "a-->b", environment: "--!> x\n"}, "<!-- stytch-reconcile:plan project=a%2D%2D%3Eb environment=%2D%2D%21%3E+x%0A -->\n"},
	} {
		if got := marker("plan", test.in); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
