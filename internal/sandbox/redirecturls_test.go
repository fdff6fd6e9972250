package sandbox_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/redirecturls"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// redirects gives the environment's URLs in short: "a: LOGIN* SIGNUP" is the URL https://a.example with two types, of
// which it is the default of the first.
func (l *lab) redirects() []string {
	l.t.Helper()
	got, err := l.api.RedirectURLs.GetAll(l.t.Context(), redirecturls.GetAllRequest{ProjectSlug: "acme", EnvironmentSlug: "test"})
	if err != nil {
		l.t.Fatal(err)
	}
	var short []string
	for _, r := range got.RedirectURLs {
		name := strings.TrimSuffix(strings.TrimPrefix(r.URL, "https://"), ".example")
		var types []string
		for _, v := range r.ValidTypes {
			mark := map[bool]string{true: "*"}[v.IsDefault]
			types = append(types, string(v.Type)+mark)
		}
		short = append(short, name+": "+strings.Join(types, " "))
	}
	return short
}

// redirect sends "POST a: LOGIN*", "PUT a: LOGIN SIGNUP*" or "DELETE a", with a trailing "!" for do_not_promote_defaults.
func (l *lab) redirect(step string) reply {
	l.t.Helper()
	step, held := strings.CutSuffix(step, "!")
	method, rest, _ := strings.Cut(step, " ")
	name, list, _ := strings.Cut(rest, ":")
	address := "https://" + strings.TrimSpace(name) + ".example"
	var types []string
	for word := range strings.FieldsSeq(list) {
		kind, isDefault := strings.CutSuffix(word, "*")
		types = append(types, fmt.Sprintf(`{"type":%q,"is_default":%t}`, kind, isDefault))
	}
	query := url.Values{}
	if method != "POST" {
		query.Set("url", address)
	}
	if method == "DELETE" && held {
		query.Set("do_not_promote_defaults", "true")
	}
	body := fmt.Sprintf(`{"url":%q,"valid_types":[%s],"do_not_promote_defaults":%t}`, address, strings.Join(types, ","), held)
	return l.manage(method, environmentOf+"/redirect_urls?"+query.Encode(), body)
}

// emptyOfRedirects removes the URL that a TEST environment comes with.
func (l *lab) emptyOfRedirects() {
	l.t.Helper()
	local := url.Values{"url": {"http://localhost:3000/authenticate"}}
	l.manage("DELETE", environmentOf+"/redirect_urls?"+local.Encode(), "").want(l.t, 200, "")
}

func TestRedirectDefaultsMove(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []string
		want  []string
	}{
		{"a POST is promoted when its type has no default", []string{"POST a: LOGIN"}, []string{"a: LOGIN*"}},
		{"a POST that holds promotion is not", []string{"POST a: LOGIN!"}, []string{"a: LOGIN"}},
		{"a POST is not promoted over a default", []string{"POST a: LOGIN*", "POST b: LOGIN"}, []string{"a: LOGIN*", "b: LOGIN"}},
		{"a POST as default demotes the old one", []string{"POST a: LOGIN*", "POST b: LOGIN*"}, []string{"a: LOGIN", "b: LOGIN*"}},
		{"so does one that holds promotion", []string{"POST a: LOGIN*", "POST b: LOGIN*!"}, []string{"a: LOGIN", "b: LOGIN*"}},
		{"a POST on an existing URL adds types", []string{"POST a: LOGIN*", "POST a: SIGNUP*"}, []string{"a: LOGIN* SIGNUP*"}},
		{"a POST with a type twice keeps it once", []string{"POST a: LOGIN LOGIN*"}, []string{"a: LOGIN*"}},
		{"a PUT replaces the types", []string{"POST a: LOGIN* SIGNUP*", "PUT a: INVITE*!"}, []string{"a: INVITE*"}},
		{"a PUT is promoted for an added type", []string{"POST a: LOGIN*", "PUT a: LOGIN* SIGNUP"}, []string{"a: LOGIN* SIGNUP*"}},
		{"a PUT that holds promotion is not", []string{"POST a: LOGIN*", "PUT a: LOGIN* SIGNUP!"}, []string{"a: LOGIN* SIGNUP"}},
		{"a PUT that drops a default promotes the oldest other", []string{"POST a: LOGIN*", "POST b: LOGIN", "POST c: LOGIN", "PUT a: SIGNUP*"}, []string{"a: SIGNUP*", "b: LOGIN*", "c: LOGIN"}},
		{"a PUT that demotes itself promotes another", []string{"POST a: LOGIN*", "POST b: LOGIN", "PUT a: LOGIN"}, []string{"a: LOGIN", "b: LOGIN*"}},
		{"so does a POST that demotes itself", []string{"POST a: LOGIN*", "POST b: LOGIN", "POST a: LOGIN"}, []string{"a: LOGIN", "b: LOGIN*"}},
		{"a PUT that demotes itself alone stays the default", []string{"POST a: LOGIN*", "PUT a: LOGIN"}, []string{"a: LOGIN*"}},
		{"a PUT that demotes itself and holds promotion leaves none", []string{"POST a: LOGIN*", "POST b: LOGIN", "PUT a: LOGIN!"}, []string{"a: LOGIN", "b: LOGIN"}},
		{"a DELETE of the default promotes the oldest other", []string{"POST a: LOGIN*", "POST b: LOGIN", "DELETE a"}, []string{"b: LOGIN*"}},
		{"a DELETE that holds promotion leaves none", []string{"POST a: LOGIN*", "POST b: LOGIN", "DELETE a!"}, []string{"b: LOGIN"}},
		{"a DELETE fills no default that was missing before", []string{"POST a: LOGIN!", "POST b: SIGNUP*", "DELETE b"}, []string{"a: LOGIN"}},
		{"a write touches no other type that has no default", []string{"POST a: INVITE!", "POST b: LOGIN*"}, []string{"a: INVITE", "b: LOGIN*"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			l.emptyOfRedirects()
			for _, step := range c.steps {
				l.redirect(step).want(t, 200, "")
			}
			if diff := cmp.Diff(c.want, l.redirects()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRedirectURLsRefuse(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	if _, err := l.server.Ensure(sandbox.Seed{ProjectSlug: "shop", EnvironmentSlug: "test", Vertical: "CONSUMER"}); err != nil {
		t.Fatal(err)
	}
	const path = environmentOf + "/redirect_urls"
	types := `"valid_types":[{"type":"LOGIN"}]`
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		errorType                string
	}{
		{"a POST without types", "POST", path, `{"url":"https://a.example"}`, 400, "invalid_argument"},
		{"a POST with no types", "POST", path, `{"url":"https://a.example","valid_types":[]}`, 400, "invalid_argument"},
		{"an unknown type", "POST", path, `{"url":"https://a.example","valid_types":[{"type":"login"}]}`, 400, "invalid_argument"},
		{"no URL", "POST", path, `{` + types + `}`, 400, "invalid_argument"},
		{"a URL without a scheme", "POST", path, `{"url":"a.example",` + types + `}`, 400, "invalid_argument"},
		{"reading without a URL", "GET", path, "", 400, "invalid_argument"},
		{"reading an unknown URL", "GET", path + "?url=https%3A%2F%2Fnone.example", "", 404, "redirect_url_not_found"},
		{"writing an unknown URL", "PUT", path + "?url=https%3A%2F%2Fnone.example", `{` + types + `}`, 404, "redirect_url_not_found"},
		{"deleting an unknown URL", "DELETE", path + "?url=https%3A%2F%2Fnone.example", "", 404, "redirect_url_not_found"},
		{"clearing the types of a URL", "PUT", path + "?url=http%3A%2F%2Flocalhost%3A3000%2Fauthenticate", `{"valid_types":[]}`, 400, "invalid_argument"},
		{"another spelling of a URL is another URL", "GET", path + "?url=http%3A%2F%2Flocalhost%3A3000%2Fauthenticate%2F", "", 404, "redirect_url_not_found"},
		{"DISCOVERY in a Consumer project", "POST", "/pwa/v3/projects/shop/environments/test/redirect_urls", `{"url":"https://a.example","valid_types":[{"type":"DISCOVERY"}]}`, 400, "invalid_argument"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := l.redirects()
			l.manage(c.method, c.path, c.body).want(t, c.status, c.errorType)
			if diff := cmp.Diff(before, l.redirects()); diff != "" {
				t.Errorf("a refused request changed something:\n%s", diff)
			}
		})
	}
}

func TestAFreshTestEnvironmentHasALocalRedirectURLAndALiveOneNone(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	want := []string{"http://localhost:3000/authenticate: LOGIN* SIGNUP* INVITE* RESET_PASSWORD* DISCOVERY*"}
	if diff := cmp.Diff(want, l.redirects()); diff != "" {
		t.Error(diff)
	}
	live := l.manage("GET", "/pwa/v3/projects/acme/environments/production/redirect_urls/all", "")
	if diff := cmp.Diff([]any{}, live.at("redirect_urls")); diff != "" {
		t.Error(diff)
	}
}

func TestARedirectURLWithAQuerySurvivesTheSDK(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	const address = "https://a.example/login?expires_at={}&x=a+b%2F#top"
	_, err := l.api.RedirectURLs.Create(t.Context(), redirecturls.CreateRequest{
		ProjectSlug: "acme", EnvironmentSlug: "test", URL: address, DoNotPromoteDefaults: new(true),
		ValidTypes: []redirecturls.URLType{{Type: redirecturls.RedirectURLTypeLogin}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := l.api.RedirectURLs.Get(t.Context(), redirecturls.GetRequest{ProjectSlug: "acme", EnvironmentSlug: "test", URL: address})
	if err != nil || got.RedirectURL.URL != address {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = l.api.RedirectURLs.Delete(t.Context(), redirecturls.DeleteRequest{ProjectSlug: "acme", EnvironmentSlug: "test", URL: address, DoNotPromoteDefaults: new(true)})
	if err != nil {
		t.Error(err)
	}
}

func TestAProjectHasAtMostAHundredRedirectURLsOverItsEnvironments(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for i := range 99 {
		l.redirect(fmt.Sprintf("POST u%d: LOGIN!", i)).want(t, 200, "")
	}
	l.manage("POST", "/pwa/v3/projects/acme/environments/production/redirect_urls", `{"url":"https://x.example","valid_types":[{"type":"LOGIN"}]}`).
		want(t, 400, "redirect_url_limit_exceeded")
	l.redirect("POST u1: SIGNUP!").want(t, 200, "")
}

func TestRedirectURLsWithoutTypesAreAcceptedWithTheKnob(t *testing.T) {
	l := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{RedirectsWithoutTypes: true}})
	l.redirect("POST a:").want(t, 200, "")
	if got := l.redirects(); !slices.Contains(got, "a: ") {
		t.Errorf("got %q", got)
	}
}

// Whatever is written in whatever order, no type ever has two defaults, and a type in use loses its only default only
// when promotion is held.
func TestNoTypeEverHasTwoDefaults(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	rapid.Check(t, func(r *rapid.T) {
		l.manage("DELETE", "/pwa/v3/projects/acme", "").want(t, 200, "")
		if _, err := l.server.Ensure(acmeTest); err != nil {
			r.Fatal(err)
		}
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			method := rapid.SampledFrom([]string{"POST", "PUT", "DELETE"}).Draw(r, "method")
			types := rapid.SliceOfN(rapid.SampledFrom([]string{"LOGIN", "LOGIN*", "SIGNUP", "SIGNUP*"}), 1, 3).Draw(r, "types")
			before := defaultsOf(l.redirects())
			held := rapid.Bool().Draw(r, "held")
			step := method + " " + rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "url") + ": " + strings.Join(types, " ")
			if held {
				step += "!"
			}
			l.redirect(step)
			after := l.redirects()
			for kind, count := range defaultsOf(after) {
				if count > 1 {
					r.Fatalf("after %q %s has %d defaults: %q", step, kind, count, after)
				}
			}
			for kind := range maps.Keys(before) {
				inUse := slices.ContainsFunc(after, func(u string) bool { return strings.Contains(u, " "+kind) })
				if !held && inUse && defaultsOf(after)[kind] == 0 {
					r.Fatalf("after %q nothing is the default of %s: %q", step, kind, after)
				}
			}
		}
	})
}

// defaultsOf counts the defaults of each type that has one.
func defaultsOf(short []string) map[string]int {
	counts := map[string]int{}
	for _, line := range short {
		for word := range strings.FieldsSeq(line) {
			if kind, isDefault := strings.CutSuffix(word, "*"); isDefault {
				counts[kind]++
			}
		}
	}
	return counts
}
