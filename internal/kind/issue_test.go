package kind

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sink"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

const issuing = "locks: {a: {title: x}, b: {title: y}}\n"

// opened is a real sink.
func opened(t *testing.T, place string) sink.Sink {
	t.Helper()
	p, err := sink.Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Open(t.Context(), os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestWhatIsShownOnceIsInTheSinkAndNowhereElse(t *testing.T) {
	for name, place := range map[string]string{"a file": "file:", "a command": "command:cat >> "} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "issued")
			b := newBench(t)
			p := b.plan(issuing)
			issues := []Issue{{"lock/a", "token"}, {"lock/b", "token"}}
			if diff := cmp.Diff(issues, Issued(b.saved(p), b.catalog())); diff != "" {
				t.Errorf("issued (-want +got):\n%s", diff)
			}
			risk := []plan.Risk{{Class: plan.SecretIssued, Reason: "Stytch makes up token and shows it once: the apply hands it to its --secret-sink"}}
			if diff := cmp.Diff(risk, p.Changes[0].Risks); diff != "" {
				t.Errorf("risks (-want +got):\n%s", diff)
			}
			r := b.apply(p, opened(t, place+out), false)
			if r.Summary.Done != 2 {
				t.Fatalf("%+v", r)
			}
			text, err := os.ReadFile(out) //nolint:gosec // a file of the test
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{
				`{"address":"lock/a","attribute":"token","value":"canary-issued-a"}` + "\n", `{"address":"lock/b","attribute":"token","value":"canary-issued-b"}` + "\n",
			} {
				if strings.Count(string(text), want) != 1 {
					t.Errorf("not once %s in:\n%s", want, text)
				}
			}
			b.silentAbout(p, r)
			if again := b.plan(issuing); len(again.Changes) > 0 {
				t.Errorf("a plan after the apply is not empty")
			}
		})
	}
}

func TestWhatTheDocumentsGiveIsNotIssued(t *testing.T) {
	b := newBench(t)
	b.environment["STYTCH_RECONCILE_SECRET_T"] = "canary-token"
	p := b.plan("locks: {a: {token: '${env(\"T\")}'}}\n")
	if issued := Issued(p, b.catalog()); len(issued) > 0 || len(p.Changes[0].Risks) > 0 {
		t.Errorf("%v, %v", issued, p.Changes[0].Risks)
	}
	b.ends(b.apply(p, nil, false), plan.Done)
	b.locks["b"] = map[string]string{"title": "x"}
	update := b.plan("locks: {b: {title: y}}\n")
	if issued := Issued(update, b.catalog()); len(issued) > 0 || len(update.Changes[0].Risks) > 0 {
		t.Errorf("an update: %v, %v", issued, update.Changes[0].Risks)
	}
}

// brokenSink keeps nothing.
type brokenSink struct{}

func (brokenSink) Keep(context.Context, plan.Address, string, client.Secret) error {
	return errors.New("the disk is full")
}

func TestASecretThatIsNotInTheSinkFailsItsStep(t *testing.T) {
	const one = "locks: {a: {title: x}}\n"
	refuses := func(w http.ResponseWriter, body string) bool { return echo(w, body) }
	for _, test := range []struct {
		name    string
		arrange func(*bench)
		sink    Sink
		want    string
		there   bool // whether the object exists afterwards
	}{
		{"the sink fails", nil, brokenSink{}, "it was created, but its token was not kept: the disk is full; rotate the secret, or remove the object", true},
		{"the command fails", nil, opened(t, "command:cat >&2; exit 3"), "it was created, but its token was not kept: the command of the secret sink: exit status 3; rotate the secret, or remove the object", true},
		{"the answer does not hold it", func(b *bench) { b.silent = true }, brokenSink{}, "it was created, but its token was not kept: the answer does not hold it; rotate the secret, or remove the object", true},
		{"nobody asked for a sink", nil, nil, "it was created, but its token was not kept: there is no sink for it; rotate the secret, or remove the object", true},
		{"the answer was lost", func(b *bench) { b.after = cut }, brokenSink{}, "it was created, but its token was not seen; rotate the secret, or remove the object", true},
		{
			"nobody can know whether it was created", func(b *bench) { b.after = func(w http.ResponseWriter) bool { b.deaf = true; return cut(w) } },
			brokenSink{},
			"POST /v1/locks: EOF; it is not known whether this was done; if it was, its token was not seen: rotate the secret, or remove the object; plan again to see whether it was done", true,
		},
		{"Stytch refuses", func(b *bench) { b.fault = refuses }, brokenSink{}, `POST /v1/locks: 400 bad_request: cannot take {"name":"a","title":"x"} (request id request-id-test-1)`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			if test.arrange != nil {
				test.arrange(b)
			}
			p := b.plan(one)
			r := b.apply(p, test.sink, false)
			if said := b.ends(r, plan.Failed); said != test.want {
				t.Errorf("%q\nwant %q", said, test.want)
			}
			if (b.locks["a"] != nil) != test.there {
				t.Errorf("there: %v, want %v", b.locks["a"] != nil, test.there)
			}
			if want := strings.HasPrefix(test.want, "it was created"); want != (r.Operations[0].Error.Type == "secret_lost") {
				t.Errorf("type %q", r.Operations[0].Error.Type)
			}
			b.silentAbout(p, r)
		})
	}
}

// The answer was lost and nothing was created: the creation is tried once more,
// and its secret is seen.
func TestACreationThatIsTriedAgainKeepsItsSecret(t *testing.T) {
	out := filepath.Join(t.TempDir(), "issued")
	b := newBench(t)
	p := b.plan("locks: {a: {title: x}}\n")
	b.fault = func(http.ResponseWriter, string) bool { panic(http.ErrAbortHandler) }
	b.ends(b.apply(p, opened(t, "file:"+out), false), plan.Done)
	if text, err := os.ReadFile(out); err != nil || !strings.Contains(string(text), "canary-issued-a") { //nolint:gosec // a file of the test
		t.Errorf("%q, %v", text, err)
	}
}

// What somebody else created in the meantime was not issued to this run.
func TestWhatIsInPlaceLosesNoSecret(t *testing.T) {
	b := newBench(t)
	p := b.plan("locks: {a: {title: x}}\n")
	b.locks["a"] = map[string]string{"title": "x"}
	if note := b.ends(b.apply(p, brokenSink{}, true), plan.Done); note != "already in place" {
		t.Errorf("%q", note)
	}
}

func TestTheReferenceSaysWhatIsIssuedAndWhatIsSecret(t *testing.T) {
	page := Reference(New(lockType()))
	for _, want := range []string{
		"Stytch answers `token` once, when it makes it up: an apply needs `--secret-sink`.",
		"| `client_secret` | secret |  | - Compared without being shown; `env(\"NAME\")` or `file(\"path\")` alone. |",
		"| `private_key` | secret |  | - Sent by a creation and by `--resend`, never compared; `env(\"NAME\")` or `file(\"path\")` alone. |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in:\n%s", want, page)
		}
	}
}

// A run that was killed between a creation and its sink leaves an object whose
// secret may be nowhere: whoever looks at it later must not call that done.
func TestWhatWasKilledBeforeTheSinkIsNotCalledDone(t *testing.T) {
	b := newBench(t)
	p := b.plan(issuing)
	b.apply(p, opened(t, "file:"+filepath.Join(t.TempDir(), "issued")), false)
	id, err := NewActor(b.catalog(), b.conn.ReadOnly(), b.target).Look(t.Context(), p.Operations()[0])
	var f *plan.Failure
	if id != "a" || !errors.As(err, &f) || !f.Uncertain || !strings.Contains(f.Message, "token reached the sink") {
		t.Errorf("Look = %q, %v; want an uncertain failure that names the secret", id, err)
	}
}
