package kind

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

const lockDocument = `
locks:
  w:
    title: Front door
    client_secret: ${env("OKTA")}
    private_key: ${file("key.pem")}
    token: ${env("TOKEN")}
    initial: {pin: '${env("PIN")}'}
`

// locked is a bench with every secret of lockDocument, and the lock in place.
func locked(t *testing.T) *bench {
	b := newBench(t)
	b.environment = map[string]string{
		"STYTCH_RECONCILE_SECRET_OKTA": "canary-okta", "STYTCH_RECONCILE_SECRET_TOKEN": "canary-token", "STYTCH_RECONCILE_SECRET_PIN": "canary-pin",
	}
	b.locks["w"] = map[string]string{"name": "w", "title": "Front door", "client_secret": "canary-okta", "private_key": "KEY", "token": "canary-token"}
	return b
}

// names are the attributes of a plan's changes, with the references of secrets.
func attributeNames(p *plan.Plan) []string {
	var names []string
	for _, c := range p.Changes {
		for _, a := range c.Attributes {
			name := string(c.Action) + " " + a.Name
			if a.Reference != nil {
				name += " " + a.Reference.String()
			}
			names = append(names, name)
		}
	}
	return names
}

func TestAPlanComparesWhatStytchShowsAndSaysWhatItCannot(t *testing.T) {
	blind := []plan.NotComparable{
		{Kind: "lock", Attribute: "private_key", Count: 1, Keys: []string{"w"}}, {Kind: "lock", Attribute: "token", Count: 1, Keys: []string{"w"}},
	}
	for _, test := range []struct {
		name          string
		arrange       func(*bench)
		want          []string
		notComparable []plan.NotComparable
	}{
		{"what is the same is no change", nil, nil, blind},
		{"what Stytch shows differs", func(b *bench) { b.locks["w"]["client_secret"] = "canary-old" }, []string{`update client_secret env("OKTA")`}, blind},
		{"what the variable holds differs", func(b *bench) { b.environment["STYTCH_RECONCILE_SECRET_OKTA"] = "canary-new" }, []string{`update client_secret env("OKTA")`}, blind},
		{"Stytch shows none", func(b *bench) { delete(b.locks["w"], "client_secret") }, []string{`update client_secret env("OKTA")`}, blind},
		{"what it does not show differs unseen", func(b *bench) { b.locks["w"]["private_key"] = "canary-old" }, nil, blind},
		{"sent again on request", func(b *bench) { b.resend = []string{"lock/w"} }, []string{`update private_key file("key.pem")`, `update token env("TOKEN")`}, nil},
		{"a creation gives all of them", func(b *bench) { delete(b.locks, "w") }, []string{
			"create title", `create client_secret env("OKTA")`, `create private_key file("key.pem")`, `create pin env("PIN")`, `create token env("TOKEN")`,
		}, nil},
		{"what is only sent needs no value yet", func(b *bench) {
			delete(b.environment, "STYTCH_RECONCILE_SECRET_TOKEN")
			delete(b.environment, "STYTCH_RECONCILE_SECRET_PIN")
		}, nil, blind},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := locked(t)
			if test.arrange != nil {
				test.arrange(b)
			}
			p := b.plan(lockDocument)
			if diff := cmp.Diff(test.want, attributeNames(p)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.notComparable, p.NotComparable); diff != "" {
				t.Errorf("not comparable (-want +got):\n%s", diff)
			}
			b.silentAbout(p)
		})
	}
}

// silentAbout looks for a secret in everything that leaves a run.
func (b *bench) silentAbout(p *plan.Plan, reports ...*plan.Report) {
	b.t.Helper()
	var out strings.Builder
	if err := p.Encode(&out); err != nil {
		b.t.Fatal(err)
	}
	for _, r := range reports {
		for _, o := range r.Operations {
			out.WriteString(o.Note)
			if o.Error != nil {
				out.WriteString(o.Error.Message + o.Error.Type + o.Error.RequestID)
				for err := o.Error.Cause; err != nil; err = unwrap(err) {
					out.WriteString(err.Error())
				}
			}
		}
	}
	out.WriteString(b.log.String())
	for _, forbidden := range []string{"canary", "KEY"} {
		if strings.Contains(out.String(), forbidden) {
			b.t.Errorf("%q is in:\n%s", forbidden, out.String())
		}
	}
}

func unwrap(err error) error {
	if w, ok := err.(interface{ Unwrap() error }); ok { //nolint:errorlint // every error of the chain is looked at
		return w.Unwrap()
	}
	return nil
}

func TestAPlanWithoutTheValueOfWhatItComparesIsAnErrorAtItsPlace(t *testing.T) {
	b := locked(t)
	delete(b.environment, "STYTCH_RECONCILE_SECRET_OKTA")
	_, problems := b.planned(b.desired(write(t, lockDocument)))
	want := []string{"6:20: client_secret cannot be compared with what Stytch has: the variable STYTCH_RECONCILE_SECRET_OKTA is not set, or empty"}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnApplySendsSecretsAndShowsNone(t *testing.T) {
	for _, saved := range []bool{false, true} {
		b := locked(t)
		delete(b.locks, "w")
		dir := write(t, lockDocument)
		t.Chdir(dir)
		p, problems := b.planned(b.desired("."))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if saved {
			p = b.saved(p)
		}
		r := b.apply(p, nil, saved)
		b.ends(r, plan.Done)
		want := map[string]string{"name": "w", "title": "Front door", "client_secret": "canary-okta", "private_key": "KEY", "token": "canary-token", "pin": "canary-pin"}
		if diff := cmp.Diff(want, b.locks["w"]); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		b.silentAbout(p, r)
		if again, _ := b.planned(b.desired(".")); len(again.Changes) > 0 {
			t.Errorf("a plan after the apply is not empty: %v", attributeNames(again))
		}
	}
}

func TestNothingIsComparedWithoutItsValue(t *testing.T) {
	b := locked(t)
	desired := b.desired(write(t, lockDocument))
	said := panics(func() { _, _, _ = desired.Plan(t.Context(), b.conn.ReadOnly(), b.target, ReadOptions{}) })
	if said != "Resolve was not called before Plan, and lock has secrets to compare" {
		t.Errorf("%q", said)
	}
	e := erasedOf(t, lockType())
	live, declared := lock{Name: "w", Secret: Some(Answered("x"))}, lock{Name: "w", Secret: Some(Secret{Reference: plan.Reference{Env: "A"}})}
	if changed := e.Compare(&live, &declared); len(changed) > 0 {
		t.Errorf("a reference without a value differs: %v", changed)
	}
}

// The values are read again: the variable may have changed since the plan.
func TestAnApplyReadsReferencesAnew(t *testing.T) {
	b := locked(t)
	b.locks["w"]["client_secret"] = "canary-old"
	p := b.plan(lockDocument)
	b.environment["STYTCH_RECONCILE_SECRET_OKTA"] = "canary-rotated"
	b.ends(b.apply(p, nil, true), plan.Done)
	if got := b.locks["w"]["client_secret"]; got != "canary-rotated" {
		t.Errorf("%q was sent", got)
	}
}

func TestAllThatIsMissingIsToldBeforeTheFirstWrite(t *testing.T) {
	b := locked(t)
	delete(b.locks, "w")
	dir := write(t, lockDocument)
	t.Chdir(dir)
	p, _ := b.planned(b.desired("."))
	b.environment = nil
	if err := os.Remove(filepath.Join(dir, "key.pem")); err != nil {
		t.Fatal(err)
	}
	secrets := b.secrets()
	secrets.Saved = true
	_, err := secrets.ReadAll(b.saved(p))
	want := strings.Join([]string{
		"client_secret of lock/w: the variable STYTCH_RECONCILE_SECRET_OKTA is not set, or empty",
		"pin of lock/w: the variable STYTCH_RECONCILE_SECRET_PIN is not set, or empty",
		`private_key of lock/w: cannot read file("key.pem"): no such file or directory (sought in the working directory; a saved plan is applied from the directory in which it was made)`,
		"token of lock/w: the variable STYTCH_RECONCILE_SECRET_TOKEN is not set, or empty",
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
	// An actor that was not given the values sends nothing.
	actor := NewActor(b.catalog(), b.conn.Writable(), b.target)
	if _, err := actor.Do(t.Context(), p.Operations()[0]); err == nil || !strings.Contains(err.Error(), "was not read before the first write") {
		t.Errorf("%v", err)
	}
	if len(b.bodies) > 0 {
		t.Errorf("sent: %v", b.bodies)
	}
}

func TestNoFailureRepeatsASecret(t *testing.T) {
	for name, arrange := range map[string]func(*bench){
		"a creation": func(b *bench) { delete(b.locks, "w") },
		"an update":  func(b *bench) { b.resend, b.locks["w"]["client_secret"] = []string{"lock/w"}, "x" },
	} {
		b := locked(t)
		arrange(b)
		b.fault = echo
		p := b.plan(lockDocument)
		r := b.apply(p, nil, false)
		if said := b.ends(r, plan.Failed); !strings.Contains(said, "(sensitive)") {
			t.Errorf("%s: %s", name, said)
		}
		for _, body := range b.bodies {
			if !strings.Contains(body, "canary-okta") {
				t.Errorf("%s: the server did not get it: %s", name, body)
			}
		}
		b.log.Reset() // KEY is too short to be replaced, and a word of the log
		p.Changes, r.Operations[0].Error.Message = nil, strings.ReplaceAll(said(r), "KEY", "")
		b.silentAbout(p)
		if strings.Contains(said(r), "canary") {
			t.Errorf("%s: %s", name, said(r))
		}
	}
}

func said(r *plan.Report) string { return r.Operations[0].Error.Message }

// What cannot be read back neither makes a saved plan stale nor is it taken for
// done.
func TestASavedPlanIsCheckedWithoutWhatCannotBeCompared(t *testing.T) {
	differs := func(b *bench) { b.locks["w"]["client_secret"] = "canary-old" }
	again := func(b *bench) { b.resend = []string{"lock/w"} }
	absent := func(b *bench) { delete(b.locks, "w") }
	for _, test := range []struct {
		name             string
		before, meantime func(*bench)
		verified         string // what a check without the values says; "" is as planned
		result           plan.Result
		note             string
		written          int
	}{
		{"a readable secret", differs, nil, "", plan.Done, "", 1},
		{"a readable secret that somebody has set by now", differs, func(b *bench) { b.locks["w"]["client_secret"] = "canary-okta" }, "", plan.Done, "already in place", 0},
		{"a readable secret that changed once more", differs, func(b *bench) { b.locks["w"]["client_secret"] = "canary-other" }, "", plan.Done, "", 1},
		{"what is sent again is never in place", again, nil, "", plan.Done, "", 1},
		{"a creation", absent, nil, "", plan.Done, "", 1},
		{"a creation that somebody has done by now", absent, func(b *bench) {
			b.locks["w"] = map[string]string{"title": "Front door", "client_secret": "canary-okta"}
		}, plan.ErrInPlace.Error(), plan.Done, "already in place", 0},
		{"a creation where something else is by now", absent, func(b *bench) {
			b.locks["w"] = map[string]string{"title": "Front door", "client_secret": "canary-other"}
		}, plan.ErrInPlace.Error(), plan.Failed, "it exists by now, and differs from what the plan creates in client_secret", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := locked(t)
			test.before(b)
			p := b.saved(b.plan(lockDocument))
			if test.meantime != nil {
				test.meantime(b)
			}
			verified := ""
			if err := NewActor(b.catalog(), b.conn.ReadOnly(), b.target).Check(t.Context(), p.Operations()[0]); err != nil {
				verified = err.Error()
			}
			if verified != test.verified {
				t.Errorf("checked: %q, want %q", verified, test.verified)
			}
			r := b.apply(p, nil, true)
			if note := b.ends(r, test.result); note != test.note {
				t.Errorf("%q, want %q", note, test.note)
			}
			if len(b.bodies) != test.written {
				t.Errorf("%d writes, want %d", len(b.bodies), test.written)
			}
			b.silentAbout(p, r)
		})
	}
}

func TestADeletionIsCheckedWithoutSecrets(t *testing.T) {
	b := locked(t)
	p := b.saved(b.plan("policy: {limits: {delete_percent: 100}}\nlocks: {w: {absent: true}}\n"))
	if diff := cmp.Diff([]string{"delete title", "delete client_secret"}, attributeNames(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.locks["w"]["client_secret"] = "canary-rotated"
	r := b.apply(p, nil, true)
	b.ends(r, plan.Done)
	b.silentAbout(p, r)
}

// An update whose answer was lost is settled by reading; what cannot be read back
// is sent once more, which changes nothing.
func TestAWriteOnlySecretWhoseAnswerWasLostIsSentOnceMore(t *testing.T) {
	b := locked(t)
	b.resend = []string{"lock/w"}
	p := b.plan(lockDocument)
	b.after = cut
	b.ends(b.apply(p, nil, false), plan.Done)
	if len(b.bodies) != 2 || b.bodies[0] != b.bodies[1] {
		t.Errorf("%d writes", len(b.bodies))
	}
}

func TestWhatCannotChangeIsToldWithoutItsValue(t *testing.T) {
	b := locked(t)
	b.locks["w"]["etched"] = "canary-etched"
	_, problems := b.planned(b.desired(write(t, "locks: {w: {etched: '${env(\"OKTA\")}'}}\n")))
	want := []string{"2:21: etched cannot change: Stytch has another, and no way to replace it (declare a new lock under another name, and mark this one absent: true once nobody needs it)"}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestResendNamesWhatIsWriteOnly(t *testing.T) {
	b := locked(t)
	desired := b.desired(write(t, "locks:\n  w: {token: '${env(\"TOKEN\")}'}\n  plain: {title: x}\n  gone: {absent: true}\n  once: {initial: {pin: '${env(\"PIN\")}'}}\n"))
	const nothing = ": the documents declare nothing write-only there, so there is nothing to send again"
	for text, want := range map[string]string{
		"lock/w":       "",
		"lock/missing": "--resend lock/missing names nothing that the documents declare",
		"locks":        `--resend "locks" is no address`,
		"lock/plain":   "--resend lock/plain" + nothing,
		"lock/gone":    "--resend lock/gone" + nothing,
		"lock/once":    "--resend lock/once" + nothing,
	} {
		_, err := desired.Resends([]string{text})
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestASavedPlanReadsSecretsBelowTheWorkingDirectory(t *testing.T) {
	b := locked(t)
	dir := write(t, lockDocument)
	t.Chdir(dir)
	b.resend = []string{"lock/w"}
	here, _ := b.planned(b.desired(dir)) // an absolute path below the working directory is no other place
	if err := Portable(here); err != nil {
		t.Error(err)
	}
	t.Chdir(t.TempDir())
	there, _ := b.planned(b.desired(dir))
	if err := Portable(there); err == nil || !strings.Contains(err.Error(), `private_key of lock/w: file("key.pem") is in `+dir+", outside of the working directory") {
		t.Errorf("%v", err)
	}
	if here.Digest != there.Digest {
		t.Error("the digest knows the place")
	}
	b.ends(b.apply(there, nil, false), plan.Done) // made now, and carried out now
}

// A saved plan says in which directory a file is. That is below the working directory also where it is a link.
func TestASavedPlanLeavesTheWorkingDirectoryByNoLink(t *testing.T) {
	outside, here := t.TempDir(), t.TempDir()
	t.Chdir(here)
	for _, directory := range []string{outside, filepath.Join(here, "docs")} {
		if err := os.MkdirAll(directory, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(directory, "key.pem"), []byte("canary"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"inside": "docs", "absolute": outside, "above": filepath.Join("..", filepath.Base(outside))} {
		if err := os.Symlink(target, name); err != nil {
			t.Skip("there are no links")
		}
	}
	for in, want := range map[string]bool{"docs": true, "inside": true, "absolute": false, "above": false, "absolute/.": false, "above/../" + filepath.Base(outside): false} {
		r := plan.Reference{File: "key.pem", In: in}
		if _, err := (Secrets{Saved: true}).Read(r); (err == nil) != want {
			t.Errorf("%s: %v; that it is read: %t", in, err, want)
		}
	}
}

// Nobody else's mistake: a GET that is refused shows no secret either.
func TestAReadThatIsRefusedShowsNoCredential(t *testing.T) {
	b := locked(t)
	b.fault = func(w http.ResponseWriter, _ string) bool {
		answerJSON(w, 400, map[string]any{"error_type": "bad", "error_message": "canary-credential"})
		return true
	}
	b.locks["w"]["title"] = "x"
	p := b.plan(lockDocument)
	r := b.apply(p, nil, false)
	b.ends(r, plan.Failed)
	b.silentAbout(p, r)
}
