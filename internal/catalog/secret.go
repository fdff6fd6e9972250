package catalog

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// An EnvironmentSecret is a password of the data API. Nothing in it can be set.
type EnvironmentSecret struct {
	ID string `attr:"secret_id,key" doc:"Stytch's id of the secret, which is no secret itself: the dashboard shows it."`

	LastFour   string `attr:"-"`
	Made, Used string `attr:"-"` // the days
	Ours       bool   `attr:"-"` // this run may log in with it
}

var environmentSecret = kind.New(kind.Type[EnvironmentSecret]{
	Name:            "secret",
	Plural:          "secrets",
	Plane:           client.Management,
	KeptWhenOmitted: true,
	Doc: "A secret with which backends, and this program, use the environment's data API. Secrets are reported and guarded: those that " +
		"nobody declares are counted, one that is declared must be there, and absent: true removes one, but never the last, and never " +
		"one that ends as the secret that the run itself uses. They are created in the dashboard.",
	Facts: []string{
		"a secret that was never used has no used_at",
		"whether Stytch refuses to delete the last secret is not documented: here it is refused",
		"a run without STYTCH_PROJECT_ID and STYTCH_SECRET uses no secret of the environment, and cannot know who does",
	},
	Effects: environmentSecretEffects,
	Lifelines: func(plan.Address, string, *EnvironmentSecret, *EnvironmentSecret) []plan.Lifeline {
		return []plan.Lifeline{{What: "a secret of the data API"}}
	},
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[EnvironmentSecret], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[EnvironmentSecret], error) { return readSecrets(ctx, c, s) })
	},
	Delete: deleteSecret,
})

func readSecrets(ctx context.Context, c *client.Client, s kind.Scope) ([]kind.Live[EnvironmentSecret], error) {
	type secret struct {
		ID       string `json:"secret_id"`
		LastFour string `json:"last_four"`
		Made     string `json:"created_at"`
		Used     string `json:"used_at"`
	}
	return manageAll(ctx, c, s, "/secrets", "secrets", func(a secret) kind.Live[EnvironmentSecret] {
		return kind.Live[EnvironmentSecret]{ID: a.ID, Value: EnvironmentSecret{
			ID: a.ID, LastFour: a.LastFour, Made: day(a.Made), Used: day(a.Used), Ours: c.MayUse(s.ProjectID, a.LastFour),
		}}
	})
}

func environmentSecretEffects(t kind.Transition[EnvironmentSecret]) plan.Effects {
	was := t.Live.Value
	effects := keyRemoved(t, "secret", was.Made)
	if was.Ours {
		effects.Problems = append(effects.Problems, plan.Problem{
			Message: fmt.Sprintf("it ends in %s, as the secret that this run itself uses", was.LastFour),
			Hint:    "give the pipeline another secret first",
		})
	}
	used := "it was never used"
	if was.Used != "" {
		used = "it was last used on " + was.Used
	}
	effects.Consequences = append(effects.Consequences, used)
	effects.Risks = append(effects.Risks,
		plan.Risk{Class: plan.AccessRemoved, Reason: "backends that use the secret, which ends in " + was.LastFour + ", can do nothing any more"},
		plan.Risk{Class: plan.Irreversible, Reason: "Stytch never makes the same secret again"})
	return effects
}

// deleteSecret looks once more right before: the plan may be an older one, and
// two deletions of it may each have left the other's secret.
func deleteSecret(ctx context.Context, c *client.Client, e kind.Edit[EnvironmentSecret]) error {
	live, err := readSecrets(ctx, c, e.Scope)
	if err != nil {
		return err
	}
	if err := remains(len(live), "secret"); err != nil {
		return err
	}
	if slices.ContainsFunc(live, func(s kind.Live[EnvironmentSecret]) bool { return s.ID == e.ID && s.Value.Ours }) {
		return &plan.Failure{Type: "own_secret", Message: "it ends as the secret that this run itself uses; give the pipeline another secret first"}
	}
	return c.Manage(ctx, client.Request{Method: http.MethodDelete, Path: environmentPath(e.Scope, "/secrets/%s", e.ID)}, nil)
}
