package catalog

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"github.com/stytchauth/stytch-management-go/v3/pkg/models/redirecturls"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// A RedirectURL is an address to which Stytch may send people back. Its rules
// and consequences are in redirect_url_rules.go.
type RedirectURL struct {
	URL        string                   `attr:"url,key" doc:"The URL exactly as your application names it, path and query included. It cannot change: another URL is another object."`
	ValidTypes kind.Opt[[]RedirectType] `attr:"valid_types,set,required,nonempty" min:"1" doc:"The flows that may use the URL, one entry for each."`
}

// A RedirectType is one flow that may use a URL.
type RedirectType struct {
	Type      string `attr:"type,required" oneof:"LOGIN SIGNUP INVITE RESET_PASSWORD DISCOVERY" doc:"The flow."`
	IsDefault bool   `attr:"is_default" default:"false" doc:"Whether calls that name no URL use this one. A flow has at most one default in an environment: a new one takes the place of the old."`
}

var redirectURL = kind.New(kind.Type[RedirectURL]{
	Name:   "redirect_url",
	Plural: "redirect_urls",
	Plane:  client.Management,
	Merges: true, // a POST for a URL that exists adds types to it
	Doc: "A URL to which Stytch may send people back after a login, an invitation or a password reset. Stytch's habit of making " +
		"a URL the default of a flow that has none is always turned off: defaults are what is declared.",
	Facts: []string{
		"a URL that becomes the default of a flow takes the place of the flow's former default",
		"the limit of 100 redirect URLs for a project is checked for each environment's documents",
		"Stytch accepts custom schemes, for apps; only schemes that a browser would execute are refused here",
	},
	Check:      checkRedirectURL,
	Together:   redirectURLsTogether,
	References: redirectURLReferences,
	Effects:    redirectURLEffects,
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[RedirectURL], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[RedirectURL], error) { return readRedirectURLs(ctx, c, s) })
	},
	Get:       getRedirectURL,
	Unchanged: onlyLostDefaults,
	Create:    createRedirectURL,
	Update:    updateRedirectURL,
	Delete:    deleteRedirectURL,
})

// onlyLostDefaults reports whether a URL is as before but for defaults that it
// no longer has, and is not to have: the URL that takes them over in the same
// plan comes first. A default that shall stay and is gone was taken by somebody else.
func onlyLostDefaults(live, before, after RedirectURL) bool {
	was := map[string]bool{}
	for _, t := range before.ValidTypes.Value {
		was[t.Type] = t.IsDefault
	}
	stays := defaultsOf(after)
	for _, t := range live.ValidTypes.Value {
		isDefault, known := was[t.Type]
		if !known || t.IsDefault && !isDefault || isDefault && !t.IsDefault && slices.Contains(stays, t.Type) {
			return false
		}
	}
	return len(live.ValidTypes.Value) == len(was)
}

func readRedirectURLs(ctx context.Context, c *client.Client, s kind.Scope) ([]kind.Live[RedirectURL], error) {
	return manageAll(ctx, c, s, "/redirect_urls/all", "redirect_urls", liveRedirectURL)
}

func getRedirectURL(ctx context.Context, c *client.Client, e kind.Edit[RedirectURL]) (kind.Live[RedirectURL], error) {
	answer, err := c.Management.RedirectURLs.Get(ctx, redirecturls.GetRequest{
		ProjectSlug: e.ProjectSlug, EnvironmentSlug: e.EnvironmentSlug, URL: cmp.Or(e.ID, e.After.URL),
	})
	if err != nil {
		return kind.Live[RedirectURL]{}, client.Wrap(err)
	}
	if answer.RedirectURL.URL == "" {
		return kind.Live[RedirectURL]{}, unreadable(environmentPath(e.Scope, "/redirect_urls"), withoutID("redirect_url"))
	}
	return liveRedirectURL(answer.RedirectURL), nil
}

func liveRedirectURL(r redirecturls.RedirectURL) kind.Live[RedirectURL] {
	types := make([]RedirectType, 0, len(r.ValidTypes))
	for _, t := range r.ValidTypes {
		types = append(types, RedirectType{Type: string(t.Type), IsDefault: t.IsDefault})
	}
	return kind.Live[RedirectURL]{ID: r.URL, Value: RedirectURL{URL: r.URL, ValidTypes: kind.Some(types)}}
}

// createRedirectURL replaces the types when the answer holds others than were
// sent: somebody has made the URL since it was looked for, and Stytch has merged
// the two.
func createRedirectURL(ctx context.Context, c *client.Client, e kind.Edit[RedirectURL]) (string, error) {
	var answer redirecturls.CreateResponse
	err := c.Manage(ctx, client.Request{
		Method: http.MethodPost,
		Path:   environmentPath(e.Scope, "/redirect_urls"),
		Body:   map[string]any{"url": e.After.URL, "valid_types": redirectTypes(e.After), "do_not_promote_defaults": true},
	}, &answer)
	if err != nil {
		return e.After.URL, err
	}
	made := liveRedirectURL(answer.RedirectURL).Value
	if len(made.ValidTypes.Value) == 0 || reflect.DeepEqual(redirectTypes(made), redirectTypes(e.After)) {
		return e.After.URL, nil
	}
	if err := updateRedirectURL(ctx, c, e); err != nil {
		return e.After.URL, partly([]string{"the types were added to a URL that somebody else has made meanwhile"}, "the others are not removed", err)
	}
	return e.After.URL, nil
}

// updateRedirectURL replaces the types. The body is made by hand because the
// SDK leaves out is_default when it is false.
func updateRedirectURL(ctx context.Context, c *client.Client, e kind.Edit[RedirectURL]) error {
	return c.Manage(ctx, client.Request{
		Method: http.MethodPut,
		Path:   environmentPath(e.Scope, "/redirect_urls"),
		Query:  url.Values{"url": {e.After.URL}},
		Body:   map[string]any{"valid_types": redirectTypes(e.After), "do_not_promote_defaults": true},
	}, nil)
}

func deleteRedirectURL(ctx context.Context, c *client.Client, e kind.Edit[RedirectURL]) error {
	yes := true
	_, err := c.Management.RedirectURLs.Delete(ctx, redirecturls.DeleteRequest{
		ProjectSlug: e.ProjectSlug, EnvironmentSlug: e.EnvironmentSlug, URL: e.ID, DoNotPromoteDefaults: &yes,
	})
	return client.Wrap(err)
}

// redirectTypes is the list as Stytch takes it, in a fixed order.
func redirectTypes(r RedirectURL) []map[string]any {
	types := slices.SortedFunc(slices.Values(r.ValidTypes.Value), func(a, b RedirectType) int { return cmp.Compare(a.Type, b.Type) })
	list := make([]map[string]any, 0, len(types))
	for _, t := range types {
		list = append(list, map[string]any{"type": t.Type, "is_default": t.IsDefault})
	}
	return list
}
