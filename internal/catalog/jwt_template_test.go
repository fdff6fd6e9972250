package catalog

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

func TestJWTTemplateRules(t *testing.T) {
	content := func(text string) JWTTemplate { return JWTTemplate{Type: "SESSION", Content: kind.Some(text)} }
	for _, test := range []struct {
		name     string
		template JWTTemplate
		want     []string
	}{
		{"variables stand for values", content(`{"roles": {{ member.rbac.roles }}, "a": [{{x}}, {"b": {{ y }}}]}`), nil},
		{"empty means no template", content(" \n"), nil},
		{"registered claims deeper inside are fine", content(`{"mine": {"sub": "x"}}`), nil},
		{"text that only looks like a variable is text", content(`{"a": "{{ \"quoted\" }"}`), nil},
		{"an escaped quote does not end a text", content(`{"a": "x\" {{ y", "b": "}}"}`), nil},
		{"a list is no object", content(`["a"]`), []string{"template_content: template_content is not a JSON object"}},
		{"a variable cannot be a key", content(`{"a": [{ {{ b }}: 1}]}`), []string{"template_content: template_content is not JSON: a variable stands where a key should be"}},
		{"a variable must end", content(`{"a": {{ b }`), []string{"template_content: template_content is not JSON: invalid character '{' looking for beginning of object key string"}},
		{"one object is enough", content(`{} {}`), []string{"template_content: template_content is not JSON: something follows the first value"}},
		{
			"registered claims are refused", content(`{"sub": {{ member.member_id }}, "iss": "me"}`),
			[]string{
				`template_content: template_content sets "iss", a registered claim that Stytch alone sets`,
				`template_content: template_content sets "sub", a registered claim that Stytch alone sets`,
			},
		},
		{
			"what is certainly too large is refused", content(`{"a": "` + strings.Repeat("x", 4096) + `", "b": {{ c }}}`),
			[]string{"template_content: template_content needs 4104 bytes before any variable is filled in, and Stytch allows 4096"},
		},
		{"white space does not count", content(`{"a": "` + strings.Repeat("x", 4000) + `"` + strings.Repeat(" ", 4000) + `}`), nil},
		{"there are two templates", JWTTemplate{Type: "ACCESS"}, []string{`there is no JWT template "ACCESS"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(append([]string{}, test.want...), messages(checkJWTTemplate(test.template))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTemplatesCompareAsJSON(t *testing.T) {
	for _, test := range []struct{ name, a, b string }{
		{"white space and order do not matter", `{ "b": 1, "a": {{ x }} }`, "{\"a\":{{ x }},\n\"b\":1}"},
		{"escapes do not matter", `{"a": "<\u00fc>"}`, `{"a": "<ü>"}`},
		{"a template that was never set equals an empty object", "", " { } "},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := tidyJWTTemplate(JWTTemplate{Content: kind.Some(test.a)})
			b := tidyJWTTemplate(JWTTemplate{Content: kind.Some(test.b)})
			if diff := cmp.Diff(a, b); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, test := range []struct{ name, a, b string }{
		{"numbers keep every digit", `{"a": 9007199254740993}`, `{"a": 9007199254740992}`},
		{"a variable is not its own text", `{"a": {{ x }}}`, `{"a": "{{ x }}"}`},
		{"another variable differs", `{"a": {{ x }}}`, `{"a": {{ y }}}`},
		{"the order of a list matters", `{"a": [1, 2]}`, `{"a": [2, 1]}`},
		{"null is something", `{"a": null}`, `{}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if tidyTemplate(test.a) == tidyTemplate(test.b) {
				t.Errorf("%s and %s compare equal", test.a, test.b)
			}
		})
	}
}

func FuzzTidyTemplate(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"a": {{ x }}}`, `{"a": "{{ \" }}", "b": {{ "}" }}}`, `{{`, `"\u0000{{x}}"`, "\x00", `{"a": [true, null, 1e5]}`, `{"a`, "\"\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := tidyTemplate(text)
		if twice := tidyTemplate(once); twice != once {
			t.Errorf("tidied twice, %q becomes %q and then %q", text, once, twice)
		}
	})
}

func TestJWTTemplateKeepsWhatIsNotDeclared(t *testing.T) {
	s := newStand(t)
	s.scope.Keys = []string{"SESSION"}
	read := func() ([]kind.Live[JWTTemplate], error) {
		return readJWTTemplates(context.Background(), s.client, s.scope)
	}
	for _, test := range []struct {
		name     string
		declared JWTTemplate
		want     JWTTemplate
	}{
		{"a template is set where none was", JWTTemplate{Content: kind.Some("{\n \"a\": {{ member.name }} }")}, JWTTemplate{Content: kind.Some("{\n \"a\": {{ member.name }} }"), Audience: kind.Some("")}},
		{"an audience leaves the template as it was written", JWTTemplate{Audience: kind.Some("api")}, JWTTemplate{Content: kind.Some("{\n \"a\": {{ member.name }} }"), Audience: kind.Some("api")}},
		{"another template leaves the audience", JWTTemplate{Content: kind.Some(`{"b":1}`)}, JWTTemplate{Content: kind.Some(`{"b":1}`), Audience: kind.Some("api")}},
		{"an empty audience clears it", JWTTemplate{Audience: kind.Some("")}, JWTTemplate{Content: kind.Some(`{"b":1}`), Audience: kind.Some("")}},
		{"a blank template clears it", JWTTemplate{Content: kind.Some(" \n")}, JWTTemplate{Content: kind.Some("{}"), Audience: kind.Some("")}},
		{"and another can follow", JWTTemplate{Content: kind.Some(`{"b":1}`)}, JWTTemplate{Content: kind.Some(`{"b":1}`), Audience: kind.Some("")}},
		{"an empty template clears it", JWTTemplate{Content: kind.Some("")}, JWTTemplate{Content: kind.Some("{}"), Audience: kind.Some("")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.declared.Type, test.want.Type = "SESSION", "SESSION"
			live := list(t, read)[0]
			if err := carryOut(s, jwtTemplate, "SESSION", &live, &test.declared); err != nil {
				t.Fatal(err)
			}
			sent := s.wire.writes()
			body := map[string]any{"template_content": test.want.Content.Value, "custom_audience": test.want.Audience.Value}
			if diff := cmp.Diff(body, asJSON(t, sent[0].body)); diff != "" || sent[0].method != http.MethodPut {
				t.Error("the PUT replaces both, so it must hold both:", diff)
			}
			live = list(t, read)[0]
			if diff := cmp.Diff(test.want, live.Value); diff != "" {
				t.Error(diff)
			}
			if changed := jwtTemplate.Compare(&live.Value, &test.declared); len(changed) > 0 {
				t.Errorf("the next plan is not empty: %v", changed)
			}
		})
	}
}

func TestJWTTemplatesAreNeverCreatedOrRemoved(t *testing.T) {
	if traits := jwtTemplate.Traits(); traits.Deletable || traits.Creatable {
		t.Errorf("%+v", traits)
	}
}
