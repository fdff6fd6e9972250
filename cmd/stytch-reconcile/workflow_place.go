package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// workspaceVariable is the root of the repository in GitHub Actions.
const workspaceVariable = "GITHUB_WORKSPACE"

// placed are annotations with files as the platform knows them: relative to the
// root of the repository. What is outside of it stands in the text instead.
func (o *output) placed(list []render.Annotation) []render.Annotation {
	here, err := os.Getwd()
	if err != nil {
		here = ""
	}
	r := workspace{here: here, root: o.getenv(workspaceVariable)}
	out := make([]render.Annotation, len(list))
	for i, a := range list {
		if a.Source != nil && a.Source.File != "" {
			if file, ok := r.file(a.Source.File); ok {
				a.Source = &plan.Source{File: file, Line: a.Source.Line, Column: a.Source.Column}
			} else {
				a.Lines = append(slices.Clip(a.Lines), fmt.Sprintf("in %s:%d", a.Source.File, a.Source.Line))
				a.Source = nil
			}
		}
		out[i] = a
	}
	return out
}

// A workspace is where a run takes place, and the root of what is checked out
// there: the place itself, if that is not beneath the root or nobody named one.
type workspace struct{ here, root string }

// file is a file, as a document is called, relative to the root and with slashes.
// It reports false of one outside.
func (r workspace) file(name string) (string, bool) {
	if !filepath.IsAbs(name) {
		prefix, ok := below(r.root, r.here)
		if !ok {
			prefix = ""
		}
		name = path.Join(filepath.ToSlash(prefix), filepath.ToSlash(name))
		return name, filepath.IsLocal(name)
	}
	for _, root := range []string{r.root, r.here} {
		if name, ok := below(root, name); ok {
			return filepath.ToSlash(name), true
		}
	}
	return "", false
}

// below is a path relative to a directory that holds it, also by another name of
// either: a directory of builds may be a link.
func below(directory, name string) (string, bool) {
	if directory == "" || name == "" {
		return "", false
	}
	if relative, err := filepath.Rel(directory, name); err == nil && filepath.IsLocal(relative) {
		return relative, true
	}
	directory, err := filepath.EvalSymlinks(directory)
	if err != nil {
		return "", false
	}
	if name, err = filepath.EvalSymlinks(name); err != nil {
		return "", false
	}
	relative, err := filepath.Rel(directory, name)
	return relative, err == nil && filepath.IsLocal(relative)
}
