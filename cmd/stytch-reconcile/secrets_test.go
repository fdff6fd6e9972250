package main

import (
	"context"
	"iter"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A lock is a kind of the tests: no kind of the program has a secret yet.
type lock struct {
	Name   string                `attr:"name,key" doc:"-"`
	Secret kind.Opt[kind.Secret] `attr:"client_secret,writeonly" doc:"-"`
}

func lockKind(issues ...string) kind.Catalog {
	return kind.NewCatalog(kind.New(kind.Type[lock]{
		Name: "lock", Plural: "locks", Doc: "-", Issues: issues,
		List: func(context.Context, *client.Client, []kind.Scope) iter.Seq2[kind.Live[lock], error] {
			return func(func(kind.Live[lock], error) bool) {}
		},
		Create: func(context.Context, *client.Client, kind.Edit[lock]) (string, error) { return "", nil },
		Update: func(context.Context, *client.Client, kind.Edit[lock]) error { return nil },
	}))
}

// creations is a plan that creates locks; each has a reference, or none.
func creations(references ...*plan.Reference) *plan.Plan {
	p := &plan.Plan{}
	for i, reference := range references {
		key := string(rune('a' + i))
		c := plan.Change{Address: plan.Address("lock/" + key), Kind: "lock", Key: key, Action: plan.Create, Steps: []plan.Step{{}}}
		if reference != nil {
			c.Attributes = []plan.Attribute{{Name: "client_secret", Sensitive: true, Reference: reference}}
		}
		p.Changes = append(p.Changes, c)
	}
	return p
}

func TestAnApplyHasItsSecretsBeforeTheFirstWrite(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, mode := range map[string]os.FileMode{"wide": 0o644, "fine": 0o600} {
		if err := os.WriteFile(name, nil, mode); err != nil { //nolint:gosec // the test is about it
			t.Fatal(err)
		}
	}
	const needed = "Stytch shows the secrets of what is created once, and nothing would keep them: "
	const give = "; give --secret-sink file:PATH or command:CMD; nothing was written"
	here, missing := &plan.Reference{Env: "HERE"}, &plan.Reference{Env: "MISSING"}
	for _, test := range []struct {
		name   string
		flag   string
		plan   *plan.Plan
		issues []string
		want   string
	}{
		{"nothing is secret", "", creations(nil), nil, ""},
		{"what is sent is there", "", creations(here), nil, ""},
		{"what is sent is missing", "", creations(missing, missing), nil, "client_secret of lock/a: the variable STYTCH_RECONCILE_SECRET_MISSING is not set, or empty\nclient_secret of lock/b: the variable STYTCH_RECONCILE_SECRET_MISSING is not set, or empty"},
		{"what is issued has no sink", "", creations(nil, nil), []string{"token"}, needed + "lock/a (token), lock/b (token)" + give},
		{"many are issued", "", creations(make([]*plan.Reference, 12)...), []string{"token"}, needed + "lock/a (token), lock/b (token), lock/c (token), lock/d (token), lock/e (token), lock/f (token), lock/g (token), lock/h (token), lock/i (token), lock/j (token), and 2 more" + give},
		{"what is given is not issued", "", creations(here), []string{"client_secret"}, ""},
		{"all is told at once", "", creations(missing), []string{"token"}, "client_secret of lock/a: the variable STYTCH_RECONCILE_SECRET_MISSING is not set, or empty\n" + needed + "lock/a (token)" + give},
		{"a sink that is ready", "file:fine", creations(nil), []string{"token"}, ""},
		{"a new file", "file:new", creations(nil), []string{"token"}, ""},
		{"a sink that others may read", "file:wide", creations(nil), []string{"token"}, "--secret-sink: others may use wide (its mode is 0644); make it 0600, or name another file"},
		{"a command that is not there", "command:no-such-program-anywhere", creations(nil), []string{"token"}, "--secret-sink: there is no program no-such-program-anywhere"},
		{"a sink that is not needed is not touched", "file:untouched", creations(here), nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := vault{flag: test.flag, environ: []string{"PATH=" + os.Getenv("PATH")}}
			if err := v.check(); err != nil {
				t.Fatal(err)
			}
			err := v.prepare(t.Context(), test.plan, lockKind(test.issues...), kind.Secrets{LookupEnv: func(name string) (string, bool) {
				if name == "STYTCH_RECONCILE_SECRET_HERE" {
					return "canary", true
				}
				return "", false
			}})
			said := ""
			if err != nil {
				said = err.Error()
			}
			if diff := cmp.Diff(test.want, said); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err := v.close(); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := os.Stat("untouched"); err == nil {
		t.Error("a sink that is not needed was made")
	}
}
