package catalog

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// The settings of an organization that name SSO connections. Stytch wants ids,
// which are made up when a connection is created; documents and plans have
// saml_connection/Okta, and the id is looked up when it is sent.

// An activeConnection is a connection as its organization shows it.
type activeConnection struct {
	ID   string `json:"connection_id"`
	Name string `json:"display_name"`
}

// connectionKinds are the kinds by how Stytch's ids of their objects begin.
var connectionKinds = map[string]string{
	"saml-connection-": "saml_connection", "oidc-connection-": "oidc_connection", "external-connection-": "external_connection",
}

// connectionWord is a connection as documents name it, "" if its id does not tell what it is.
func connectionWord(id, name string) string {
	for prefix, word := range connectionKinds {
		if strings.HasPrefix(id, prefix) && name != "" {
			return word + "/" + name
		}
	}
	return ""
}

// nameConnections gives the connections their names by their ids. Those that
// share one go by their ids.
func nameConnections(active []activeConnection) map[string]string {
	taken := map[string]int{}
	for _, c := range active {
		taken[connectionWord(c.ID, c.Name)]++
	}
	named := map[string]string{}
	for _, c := range active {
		if word := connectionWord(c.ID, c.Name); word != "" && taken[word] == 1 {
			named[c.ID] = word
		}
	}
	return named
}

// inWords puts names in place of ids that have one.
func inWords(named map[string]string, connections []string) []string {
	words := make([]string, 0, len(connections))
	for _, c := range connections {
		if name, ok := named[c]; ok {
			c = name
		}
		words = append(words, c)
	}
	return words
}

// rewordConnections: a document may give the id of what the live object shows by name.
func rewordConnections(live, declared Organization) Organization {
	if declared.SSOAllowed.Set {
		declared.SSOAllowed.Value = inWords(live.Named, declared.SSOAllowed.Value)
	}
	if declared.SSODefault.Set {
		declared.SSODefault.Value = inWords(live.Named, []string{declared.SSODefault.Value})[0]
	}
	return declared
}

// namedConnections are the connections that the settings name, with the setting
// and the kind and name in it; an id has neither.
func namedConnections(o Organization) (found []namedConnection) {
	for _, c := range o.SSOAllowed.Value {
		found = append(found, parseConnection("sso_jit_provisioning_allowed_connections", c))
	}
	if o.SSODefault.Value != "" {
		found = append(found, parseConnection("sso_default_connection_id", o.SSODefault.Value))
	}
	return found
}

type namedConnection struct{ attribute, text, kind, name string }

func parseConnection(attribute, text string) namedConnection {
	word, name, _ := strings.Cut(text, "/")
	for _, known := range connectionKinds {
		if word == known && name != "" {
			return namedConnection{attribute, text, word, name}
		}
	}
	return namedConnection{attribute: attribute, text: text}
}

func usedConnections(o Organization) (uses []string) {
	within := plan.NewAddress("", plan.OrganizationKind, o.Slug)
	for _, c := range namedConnections(o) {
		if c.kind != "" {
			uses = append(uses, connectionToken(within, c.kind, c.name))
		}
	}
	return uses
}

// checkNamedConnections: what is neither a name nor an id names nothing.
func checkNamedConnections(o Organization) []kind.Problem {
	var problems []kind.Problem
	for _, c := range namedConnections(o) {
		isID := slices.ContainsFunc(sortedNames(connectionKinds), func(prefix string) bool { return strings.HasPrefix(c.text, prefix) })
		if c.kind == "" && !isID {
			problems = append(problems, kind.Problem{
				Attribute: c.attribute, Message: fmt.Sprintf("%q names no SSO connection", c.text),
				Hint: "write saml_connection/NAME, oidc_connection/NAME or external_connection/NAME, or Stytch's id of the connection",
			})
		}
	}
	return problems
}

// laterSettings: a new organization has no connections to name, so that what
// names some, and what needs some, follows once they are there.
func laterSettings(o Organization) []string {
	var later []string
	if len(o.SSOAllowed.Value) > 0 {
		later = append(later, "sso_jit_provisioning_allowed_connections")
	}
	if o.SSODefault.Value != "" {
		later = append(later, "sso_default_connection_id")
	}
	if o.SSOJIT.Value == restricted {
		later = append(later, "sso_jit_provisioning")
	}
	return later
}

// idsForConnections puts ids in place of names, right before they are sent.
func idsForConnections(ctx context.Context, c *client.Client, organization string, body map[string]any) error {
	const list, one = "sso_jit_provisioning_allowed_connections", "sso_default_connection_id"
	o := Organization{}
	o.SSOAllowed.Value = asTexts(body[list])
	o.SSODefault.Value, _ = body[one].(string)
	named := namedConnections(o)
	if !slices.ContainsFunc(named, func(c namedConnection) bool { return c.kind != "" }) {
		return nil
	}
	ids, err := connectionIDs(ctx, c, organization)
	if err != nil {
		return err
	}
	var resolved []string
	for _, n := range named {
		id := n.text
		if n.kind != "" {
			if id, err = pickConnection(n.text, ids[n.text]); err != nil {
				return err
			}
		}
		if n.attribute == one {
			body[one] = id
			continue
		}
		resolved = append(resolved, id)
	}
	if len(resolved) > 0 {
		body[list] = resolved
	}
	return nil
}

func asTexts(v any) []string {
	items, _ := v.([]any)
	texts := make([]string, 0, len(items))
	for _, item := range items {
		text, _ := item.(string)
		texts = append(texts, text)
	}
	return texts
}

// A liveConnection is one of those that share a name.
type liveConnection struct {
	id     string
	active bool
}

// connectionIDs are the organization's connections by name.
func connectionIDs(ctx context.Context, c *client.Client, organization string) (map[string][]liveConnection, error) {
	type connection struct {
		ID     string `json:"connection_id"`
		Name   string `json:"display_name"`
		Status string `json:"status"`
	}
	var answer struct {
		SAML     []connection `json:"saml_connections"`
		OIDC     []connection `json:"oidc_connections"`
		External []connection `json:"external_connections"`
	}
	path := client.Path("/v1/b2b/sso/%s", organization)
	if err := c.Data(ctx, client.Request{Method: http.MethodGet, Path: path}, &answer); err != nil {
		return nil, err
	}
	found := map[string][]liveConnection{}
	for _, one := range slices.Concat(answer.SAML, answer.OIDC, answer.External) {
		word := connectionWord(one.ID, one.Name)
		found[word] = append(found[word], liveConnection{one.ID, one.Status == connectionActive})
	}
	return found, nil
}

// pickConnection is the one connection of a name; of several, the one that is active.
func pickConnection(name string, found []liveConnection) (string, error) {
	if len(found) > 1 {
		found = slices.DeleteFunc(slices.Clone(found), func(c liveConnection) bool { return !c.active })
	}
	switch len(found) {
	case 1:
		return found[0].id, nil
	case 0:
		return "", fmt.Errorf("the organization has no %s", name)
	}
	return "", fmt.Errorf("several connections of the organization are called %s; give the id of the one that is meant", name)
}

// connectionsNamed tells whom the settings let in, and where logins start.
func (e *effects) connectionsNamed(before, after Organization) {
	added := missingFrom(before.SSOAllowed.Value, after.SSOAllowed.Value)
	if after.SSOJIT.Value == restricted && len(added) > 0 && (before.SSOJIT.Value == restricted || !before.SSOJIT.Set) {
		e.risk(plan.AccessWidened, "whoever logs in through %s becomes a member", listed(added))
	}
	if after.SSODefault.Value != before.SSODefault.Value && after.SSODefault.Set && before.SSODefault.Set {
		switch after.SSODefault.Value {
		case "":
			e.consequence("logins that name no connection have none to start with")
		default:
			e.consequence("logins that name no connection start with %s", after.SSODefault.Value)
		}
	}
}
