package catalog

import (
	"context"
	"iter"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A PublicToken names an environment in frontends. Nothing in it can be set.
type PublicToken struct {
	Token string `attr:"public_token,key" doc:"The token, as Stytch made it up. It is no secret."`

	Made string `attr:"-"` // the day
}

var publicToken = kind.New(kind.Type[PublicToken]{
	Name:            "public_token",
	Plural:          "public_tokens",
	Plane:           client.Management,
	KeptWhenOmitted: true,
	Doc: "A token with which frontends name the environment. Tokens are reported and guarded: those that nobody declares are counted, " +
		"one that is declared must be there, and absent: true removes one, but never the last. They are created in the dashboard, because " +
		"Stytch makes up what they are called.",
	Facts: []string{"a new environment has one token; Stytch refuses to delete the last one"},
	Effects: func(t kind.Transition[PublicToken]) plan.Effects {
		effects := keyRemoved(t, "public token", t.Live.Value.Made)
		effects.Risks = append(effects.Risks,
			plan.Risk{Class: plan.AccessRemoved, Reason: "frontends that send the token reach Stytch no longer"},
			plan.Risk{Class: plan.Irreversible, Reason: "Stytch never makes the same token again"})
		return effects
	},
	Lifelines: func(plan.Address, string, *PublicToken, *PublicToken) []plan.Lifeline {
		return []plan.Lifeline{{What: "a public token"}}
	},
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[PublicToken], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[PublicToken], error) { return readPublicTokens(ctx, c, s) })
	},
	Delete: deletePublicToken,
})

func readPublicTokens(ctx context.Context, c *client.Client, s kind.Scope) ([]kind.Live[PublicToken], error) {
	type token struct {
		Token string `json:"public_token"`
		Made  string `json:"created_at"`
	}
	return manageAll(ctx, c, s, "/public_tokens", "public_tokens", func(t token) kind.Live[PublicToken] {
		return kind.Live[PublicToken]{ID: t.Token, Value: PublicToken{Token: t.Token, Made: day(t.Made)}}
	})
}

// deletePublicToken counts once more right before: two deletions of one plan may
// each have left the other's token.
func deletePublicToken(ctx context.Context, c *client.Client, e kind.Edit[PublicToken]) error {
	live, err := readPublicTokens(ctx, c, e.Scope)
	if err != nil {
		return err
	}
	if err := remains(len(live), "public token"); err != nil {
		return err
	}
	return c.Manage(ctx, client.Request{Method: http.MethodDelete, Path: environmentPath(e.Scope, "/public_tokens/%s", e.ID)}, nil)
}

// remains refuses to delete the last of an environment's keys.
func remains(live int, what string) error {
	if live > 1 {
		return nil
	}
	return &plan.Failure{Type: "last_one", Message: "it is the last " + what + " of the environment; make another first"}
}

// keyRemoved is what the removal of an environment's key has in common: it is
// refused for the last one, and the reviewer sees how old it is.
func keyRemoved[T any](t kind.Transition[T], what, made string) plan.Effects {
	var effects plan.Effects
	n := 0
	for range t.Siblings() {
		n++
	}
	if n == 1 {
		effects.Problems = []plan.Problem{{Message: "it is the last " + what + " of the environment", Hint: "make another first, and have it used"}}
	}
	if made != "" {
		effects.Consequences = append(effects.Consequences, "it was made on "+made)
	}
	return effects
}

// day is the day of one of Stytch's times.
func day(time string) string { return time[:min(len(time), len("2006-01-02"))] }
