package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// loadBase reads what the same paths declared at the base: under another
// directory, or at a commit. It is nil without --base.
//
// A base that cannot be read ends the run, whatever is wrong with it: what it
// protected would be lost without a word. Only what was not there yet is taken
// for empty.
func (s *session) loadBase(ctx context.Context, paths []string) (*kind.Before, error) {
	if s.base == "" {
		return nil, nil
	}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	places, root, err := s.basePlaces(ctx, paths)
	if root != "" {
		defer func() { _ = os.RemoveAll(root) }()
	}
	if err != nil {
		return nil, fmt.Errorf("--base %s: %w", s.base, err)
	}
	var present []string
	for i, place := range places {
		there, err := spec.Present(place)
		switch {
		case err != nil:
			return nil, fmt.Errorf("--base %s: looking for %s there: %w", s.base, paths[i], reason(err))
		case there:
			present = append(present, place)
		default:
			fmt.Fprintf(s.stderr, "notice: there were no documents at %s at the base %s: all that is declared there is new, and nothing of it was protected\n", paths[i], s.base)
		}
	}
	return s.readBase(present, root)
}

// basePlaces says where each of the paths stands at the base. Of a commit they
// are written under root, which the caller removes, also after an error.
func (s *session) basePlaces(ctx context.Context, paths []string) (places []string, root string, err error) {
	if ref, ok := strings.CutPrefix(s.base, "git:"); ok {
		return checkOut(ctx, ref, paths)
	}
	switch info, err := os.Stat(s.base); {
	case err != nil:
		return nil, "", fmt.Errorf("%w; give the directory under which the paths are looked up, or git: and a commit", reason(err))
	case !info.IsDir():
		return nil, "", errors.New("this is not a directory; give the one under which the paths are looked up, or git: and a commit")
	}
	for _, path := range paths {
		below, err := fromHere(path)
		if err != nil {
			return nil, "", err
		}
		if !filepath.IsLocal(below) {
			return nil, "", fmt.Errorf("%s is outside of the working directory and has no place under another; run in the directory that holds it", path)
		}
		places = append(places, filepath.Join(s.base, below))
	}
	return places, "", nil
}

// fromHere is a path relative to the working directory.
func fromHere(path string) (string, error) {
	if !filepath.IsAbs(path) {
		return filepath.Clean(path), nil
	}
	here, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the working directory: %w", err)
	}
	// Of two names of one directory, such as /tmp and what it is a link to, both are real here.
	if place, err := filepath.EvalSymlinks(here); err == nil {
		here = place
	}
	if place, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(place, filepath.Base(path))
	}
	return filepath.Rel(here, path)
}

// readBase reads documents as they stood at the base, with the variables of now.
func (s *session) readBase(present []string, root string) (*kind.Before, error) {
	if len(present) == 0 {
		empty, _ := kind.Decode(&spec.Document{}, s.catalog)
		return &kind.Before{Name: s.base, Desired: empty}, nil
	}
	desired, _, diagnostics := s.read(s.output, present, s.catalog, true)
	if diagnostics.HasErrors() {
		return nil, unreadableBase(s.base, root, diagnostics)
	}
	if err := sameEnvironment(s.base, desired.Project, s.desired.Project); err != nil {
		return nil, err
	}
	return &kind.Before{Name: s.base, Desired: desired}, nil
}

// mistakesTold is how many mistakes of a base are told: enough to find it.
const mistakesTold = 3

// unreadableBase names the first mistakes of the documents at a base. Root is
// where a commit was written to, which means nothing to a reader.
func unreadableBase(base, root string, diagnostics spec.Diagnostics) error {
	wrong := slices.DeleteFunc(diagnostics, func(d spec.Diagnostic) bool { return d.Severity != spec.Error })
	var told []string
	variable := ""
	for i, d := range wrong {
		if strings.Contains(d.Hint, "STYTCH_RECONCILE_VAR_") {
			variable = "; a variable that is declared there alone is given by the environment, STYTCH_RECONCILE_VAR_name"
		}
		if i >= mistakesTold {
			continue
		}
		name := d.Range.Filename
		if below, err := filepath.Rel(root, name); root != "" && err == nil && filepath.IsLocal(below) {
			name = filepath.ToSlash(below)
		}
		told = append(told, fmt.Sprintf("%s:%d:%d: %s", name, d.Range.Start.Line, d.Range.Start.Column, d.Summary))
	}
	if more := len(wrong) - len(told); more > 0 {
		told = append(told, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("the documents at the base %s cannot be read, so that nobody knows what they protect: %s; choose another base, or fix them there%s",
		base, strings.Join(told, "; "), variable)
}

// sameEnvironment refuses a base about another environment than the documents,
// as far as both name one.
func sameEnvironment(base string, before, now spec.Project) error {
	other := func(a, b string) bool { return a != "" && b != "" && a != b }
	if other(before.Slug, now.Slug) || other(before.EnvironmentSlug, now.EnvironmentSlug) || other(before.ID, now.ID) {
		return fmt.Errorf("the documents at the base %s are about %s and those of now about %s; what was declared for one says nothing of the other: choose another base, or none",
			base, projectInWords(before), projectInWords(now))
	}
	return nil
}

// known refuses a base of which nobody can say whether it is about the
// environment that the run is for.
func (s *session) known() error {
	before := s.before.Desired.Project
	now := spec.Project{Slug: s.target.ProjectSlug, EnvironmentSlug: s.target.EnvironmentSlug, ID: s.target.ProjectID}
	if now.Slug == "" && before.Slug != "" && before.ID == "" {
		return fmt.Errorf("the documents at the base %s are about %s and those of now name the project by its id, %s, so that nobody can say whether it is the same: write both into the documents, or choose another base",
			s.base, projectInWords(before), projectInWords(now))
	}
	return sameEnvironment(s.base, before, now)
}

func projectInWords(p spec.Project) string {
	if p.Slug == "" {
		return render.Safe(p.ID)
	}
	return render.Safe(strings.TrimSuffix(fmt.Sprintf("%s/%s (%s)", p.Slug, p.EnvironmentSlug, p.ID), " ()"))
}
