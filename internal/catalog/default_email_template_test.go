package catalog

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestDefaultEmailTemplateRules(t *testing.T) {
	if problems := checkDefaultEmailTemplate(DefaultEmailTemplate{Type: "PREBUILT"}); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
	want := []string{`there is no type of mail called "NEWS"`}
	if diff := cmp.Diff(want, messages(checkDefaultEmailTemplate(DefaultEmailTemplate{Type: "NEWS"}))); diff != "" {
		t.Error(diff)
	}
}

func TestDefaultEmailTemplateEffects(t *testing.T) {
	const wide = "project-wide: mail for which no template is named looks otherwise in every environment of the project, LIVE included"
	for _, test := range []struct {
		name   string
		action plan.Action
		mail   string
		want   []string
	}{
		{"another template", plan.Update, "LOGIN", []string{wide}},
		{"none any more", plan.Delete, "LOGIN", []string{wide, "mail of the type LOGIN is Stytch's own again"}},
		{"PREBUILT always has one", plan.Delete, "PREBUILT", []string{wide, "mail of the type PREBUILT is Stytch's own again", "the default for PREBUILT cannot be unset"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			effects := defaultEmailEffects(kind.Transition[DefaultEmailTemplate]{
				Action: test.action, Live: kind.Live[DefaultEmailTemplate]{Value: DefaultEmailTemplate{Type: test.mail}},
			})
			got := effectsInWords(effects)
			for _, p := range effects.Problems {
				got = append(got, p.Message)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestATypeWithoutDefaultIsAbsentAndAMissingProjectIsUnknown(t *testing.T) {
	s := newStand(t)
	s.scope.Keys = []string{"LOGIN", "PREBUILT"}
	read := func() ([]kind.Live[DefaultEmailTemplate], error) {
		return readDefaultEmailTemplates(context.Background(), s.client, s.scope)
	}
	if found := list(t, read); len(found) > 0 {
		t.Errorf("found %v", found)
	}
	s.scope.ProjectSlug = "nowhere"
	if found, err := read(); err == nil {
		t.Errorf("a project that is not there has %v", found)
	}
}
