package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// redirect makes a URL with types; a * marks those that it is the default of.
func redirect(url string, types ...string) RedirectURL {
	r := RedirectURL{URL: url, ValidTypes: kind.Some([]RedirectType{})}
	for _, name := range types {
		isDefault := name[len(name)-1] == '*'
		if isDefault {
			name = name[:len(name)-1]
		}
		r.ValidTypes.Value = append(r.ValidTypes.Value, RedirectType{Type: name, IsDefault: isDefault})
	}
	return r
}

func TestRedirectURLRules(t *testing.T) {
	for _, test := range []struct {
		name string
		url  RedirectURL
		want []string
	}{
		{"an https URL is fine", redirect("https://app.example/authenticate", "LOGIN*", "SIGNUP"), nil},
		{"http is fine: people develop on their machines", redirect("http://localhost:3000/authenticate", "LOGIN"), nil},
		{"a scheme of an app is fine", redirect("myapp://authenticate", "LOGIN"), nil},
		{"a scheme of an app without slashes is fine", redirect("com.example.app:/authenticate", "LOGIN"), nil},
		{"placeholders, wildcards and queries are fine", redirect("https://*.app.example/{org}/x?next={next}&a=b%20c", "LOGIN"), nil},
		{"a path alone is refused", redirect("/authenticate", "LOGIN"), []string{"the redirect URL is not absolute"}},
		{"a host alone is refused", redirect("app.example", "LOGIN"), []string{"the redirect URL is not absolute"}},
		{"an https URL needs a host", redirect("https:///authenticate", "LOGIN"), []string{"the redirect URL has no host"}},
		{"an https URL needs its slashes", redirect("https:app.example", "LOGIN"), []string{"the redirect URL has no host"}},
		{"a scheme that a browser executes is refused", redirect("JavaScript:alert(1)", "LOGIN"), []string{"a redirect to JavaScript: is not an address of an application"}},
		{"a user name hides the real host", redirect("https://app.example@evil.example/", "LOGIN"), []string{"the redirect URL holds a user name or password"}},
		{"a space is refused", redirect("https://app.example/a b", "LOGIN"), []string{"the redirect URL holds a space or a control character"}},
		{"a lone percent sign is refused", redirect("https://app.example/100%", "LOGIN"), []string{"the redirect URL holds a % that does not start an escape such as %20"}},
		{"one entry for each type", redirect("https://app.example", "LOGIN", "SIGNUP", "LOGIN*"), []string{"valid_types[2]: valid_types names LOGIN twice"}},
		{"at least one type", redirect("https://app.example"), []string{"valid_types: a redirect URL needs at least one type"}},
		{"types that are not declared break no rule", RedirectURL{URL: "https://app.example"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(append([]string{}, test.want...), messages(checkRedirectURL(test.url))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRedirectURLsTogether(t *testing.T) {
	var many []RedirectURL
	for i := range maxRedirectURLs + 1 {
		many = append(many, redirect(fmt.Sprintf("https://app.example/%d", i), "LOGIN"))
	}
	for _, test := range []struct {
		name     string
		declared []RedirectURL
		want     []kind.Problem
	}{
		{"each type has its own default", []RedirectURL{redirect("https://a.example", "LOGIN*", "SIGNUP"), redirect("https://b.example", "LOGIN", "SIGNUP*")}, nil},
		{
			"a type has one default",
			[]RedirectURL{redirect("https://a.example", "LOGIN*"), redirect("https://b.example", "SIGNUP*", "LOGIN*")},
			[]kind.Problem{{
				Index: 1, Attribute: "valid_types", Message: "two redirect URLs are the default for LOGIN: https://a.example and https://b.example",
				Hint: "Stytch has one default for each type: write is_default: false in one of them",
			}},
		},
		{"a hundred are allowed", many[:maxRedirectURLs], nil},
		{"one more is not", many, []kind.Problem{{Index: 100, Message: "101 redirect URLs are declared, and Stytch allows 100 in a project"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, redirectURLsTogether(test.declared)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRedirectURLEffects(t *testing.T) {
	other := kind.Live[RedirectURL]{Value: redirect("https://old.example", "LOGIN*", "SIGNUP*")}
	for _, test := range []struct {
		name        string
		live, after RedirectURL
		want        []string
	}{
		{"no default moves to a URL without defaults", RedirectURL{}, redirect("https://new.example", "LOGIN"), nil},
		{
			"a new default names who was it",
			RedirectURL{},
			redirect("https://new.example", "LOGIN*", "INVITE*"),
			[]string{"https://old.example is no longer the default for LOGIN"},
		},
		{
			"a type that is named twice is told once",
			RedirectURL{},
			redirect("https://new.example", "LOGIN*", "LOGIN*"),
			[]string{"https://old.example is no longer the default for LOGIN"},
		},
		{
			"a lost default says what calls must do", redirect("https://new.example", "INVITE*"), redirect("https://new.example", "INVITE"),
			[]string{"unless another URL becomes the default for INVITE, calls must then name one"},
		},
		{
			"a lost type says which calls are refused", redirect("https://new.example", "INVITE", "LOGIN"), redirect("https://new.example", "INVITE"),
			[]string{"calls for LOGIN that name https://new.example are refused"},
		},
		{
			"several flows are told at once", redirect("https://new.example", "INVITE*", "DISCOVERY*"), redirect("https://new.example", "LOGIN"),
			[]string{
				"unless another URL becomes the default for DISCOVERY, INVITE, calls must then name one",
				"calls for DISCOVERY, INVITE that name https://new.example are refused",
			},
		},
		{
			"a deletion loses both", redirect("https://new.example", "INVITE*"),
			RedirectURL{},
			[]string{"unless another URL becomes the default for INVITE, calls must then name one", "calls for INVITE that name https://new.example are refused"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			lives := []kind.Live[RedirectURL]{other, {Value: test.live}}
			effects := redirectURLEffects(kind.Transition[RedirectURL]{
				Live: lives[1], After: test.after, Siblings: func() iter.Seq[kind.Live[RedirectURL]] { return slices.Values(lives) },
			})
			if diff := cmp.Diff(test.want, effectsInWords(effects)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRedirectURLOnTheWire(t *testing.T) {
	s := newStand(t)
	read := func() ([]kind.Live[RedirectURL], error) {
		return readRedirectURLs(context.Background(), s.client, s.scope)
	}
	const address = "https://app.example/a?x={y}&z=%2F+&q=ü"
	first, second := redirect(address, "SIGNUP", "LOGIN"), redirect(address, "LOGIN*")
	if err := carryOut(s, redirectURL, address, nil, &first); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"url": address, "do_not_promote_defaults": true,
		"valid_types": []any{map[string]any{"type": "LOGIN", "is_default": false}, map[string]any{"type": "SIGNUP", "is_default": false}},
	}
	sent := s.wire.writes()
	if diff := cmp.Diff(want, asJSON(t, sent[0].body)); diff != "" {
		t.Error("the creation:", diff)
	}
	find := func(url string) *kind.Live[RedirectURL] {
		found := list(t, read)
		if i := slices.IndexFunc(found, func(l kind.Live[RedirectURL]) bool { return l.Value.URL == url }); i >= 0 {
			return &found[i]
		}
		return nil
	}
	if err := carryOut(s, redirectURL, address, find(address), &second); err != nil {
		t.Fatal(err)
	}
	delete(want, "url")
	want["valid_types"] = []any{map[string]any{"type": "LOGIN", "is_default": true}}
	sent = s.wire.writes()
	if diff := cmp.Diff(want, asJSON(t, sent[0].body)); diff != "" || sent[0].method != http.MethodPut {
		t.Error("an update replaces the types with a PUT:", sent[0].method, diff)
	}
	if diff := redirectURL.Compare(&find(address).Value, &second); len(diff) > 0 {
		t.Errorf("the next plan is not empty: %v", diff)
	}
	localhost := find("http://localhost:3000/authenticate")
	if slices.Contains(defaultsOf(localhost.Value), "LOGIN") {
		t.Error("the environment's own URL is still the default for LOGIN")
	}
	if err := carryOut(s, redirectURL, address, find(address), nil); err != nil {
		t.Fatal(err)
	}
	if find(address) != nil {
		t.Error("the URL is still there")
	}
	if slices.Contains(defaultsOf(find(localhost.Value.URL).Value), "LOGIN") {
		t.Error("the deletion has promoted another URL")
	}
}

func TestRedirectURLThatAppearedMeanwhileIsNotMerged(t *testing.T) {
	s := newStand(t)
	mine := redirect("http://localhost:3000/authenticate", "LOGIN")
	err := carryOut(s, redirectURL, mine.URL, nil, &mine)
	var failure *plan.Failure
	if !errors.As(err, &failure) || !failure.Stale {
		t.Fatalf("got %v, want a stale failure", err)
	}
	if sent := s.wire.writes(); len(sent) > 0 {
		t.Errorf("something was written: %v", sent)
	}
}

func TestRedirectURLThatLosesADefaultWaits(t *testing.T) {
	offers, _ := redirectURLReferences("", redirect("https://a.example", "LOGIN*", "SIGNUP", "INVITE*"))
	if diff := cmp.Diff([]string{"redirect_default/LOGIN", "redirect_default/INVITE"}, offers); diff != "" {
		t.Error(diff)
	}
}
