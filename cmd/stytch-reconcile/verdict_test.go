package main

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestAVerdictKeepsWhatWasFoundWhateverElseWentWrong(t *testing.T) {
	differs := plan.ReportedChange{Address: "redirect_url/a", Result: plan.Failed, Error: &plan.Failure{Stale: true, Message: "changed"}}
	unread := plan.ReportedChange{Address: "redirect_url/b", Result: plan.Failed, Error: &plan.Failure{Status: 500, Message: "oops"}}
	refused := plan.ReportedChange{Address: "redirect_url/c", Result: plan.Failed, Error: &plan.Failure{Status: 401, Message: "who are you"}}
	left := plan.ReportedChange{Address: "redirect_url/d", Result: plan.NotTried}
	fine := plan.ReportedChange{Address: "redirect_url/e", Result: plan.Done}
	for _, test := range []struct {
		name    string
		changes []plan.ReportedChange
		want    string
		code    int // 0: current
	}{
		{"all is as reviewed", []plan.ReportedChange{fine}, "The reviewed plan is still what would run.\n", 0},
		{"something differs", []plan.ReportedChange{differs, fine}, "redirect_url/a: changed\n", exitStale},
		{"something could not be read", []plan.ReportedChange{unread, fine}, "could not be read: redirect_url/b: oops\n", exitIncomplete},
		{"both", []plan.ReportedChange{unread, differs}, "redirect_url/a: changed\ncould not be read: redirect_url/b: oops\n", exitStale},
		{"an interrupt", []plan.ReportedChange{differs, left}, "redirect_url/a: changed\ncould not be read: redirect_url/d: interrupted before it was read\n", exitError},
		{"refused credentials", []plan.ReportedChange{differs, refused}, "redirect_url/a: changed\ncould not be read: redirect_url/c: who are you\n", exitError},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := judge(&plan.Report{Operations: test.changes})
			var b bytes.Buffer
			if err := v.tell(&b, "text"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, b.String()); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			code := 0
			if !v.Current {
				code = exitError
				if ended, ok := errors.AsType[exit](v.exit()); ok {
					code = ended.code
				}
			}
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
		})
	}
}
