package kind

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// secretVariable begins the names of the only variables that env can read.
const secretVariable = "STYTCH_RECONCILE_SECRET_" //nolint:gosec // the name of variables

// Secrets follows references to their values.
type Secrets struct {
	LookupEnv func(string) (string, bool)
	// Saved says that the references come from a saved plan. Where its files are is not part of what was reviewed, so they are
	// read inside the working directory alone.
	Saved bool
}

// Read is the value that a reference stands for. One line break at the end of a
// file is no part of it, as with the files of Stytch's own credentials.
func (s Secrets) Read(r plan.Reference) (client.Secret, error) {
	if r.Env != "" {
		name := secretVariable + r.Env
		text, _ := s.LookupEnv(name)
		if text == "" {
			return client.Secret{}, fmt.Errorf("the variable %s is not set, or empty", name)
		}
		return client.NewSecret(text), nil
	}
	if s.Saved && !portable(r) {
		return client.Secret{}, outside(r)
	}
	content, err := spec.NewFileReference(r.File, filepath.FromSlash(r.In)).ReadFile()
	if err != nil {
		where := "the working directory"
		if r.In != "" {
			where = r.In
		}
		if s.Saved {
			return client.Secret{}, fmt.Errorf("%w (sought in %s; a saved plan is applied from the directory in which it was made)", err, where)
		}
		return client.Secret{}, fmt.Errorf("%w (sought in %s)", err, where)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if text == "" {
		return client.Secret{}, fmt.Errorf("%s is empty", r)
	}
	return client.NewSecret(text), nil
}

// ReadAll follows all references of a plan, before its first write. The error
// names everything that is missing.
func (s Secrets) ReadAll(p *plan.Plan) (map[plan.Reference]client.Secret, error) {
	read := map[plan.Reference]client.Secret{}
	var missing []error
	for _, use := range p.Secrets() {
		secret, err := s.Read(use.Reference)
		if err != nil {
			missing = append(missing, fmt.Errorf("%s of %s: %w", use.Attribute, use.Address, err))
			continue
		}
		read[use.Reference] = secret
	}
	return read, errors.Join(missing...)
}

// Portable says why a plan could not be carried out from a file: a secret of it
// lies where a saved plan does not read.
func Portable(p *plan.Plan) error {
	var problems []error
	for _, use := range p.Secrets() {
		if use.Reference.File != "" && !portable(use.Reference) {
			problems = append(problems, fmt.Errorf("%s of %s: %w", use.Attribute, use.Address, outside(use.Reference)))
		}
	}
	return errors.Join(problems...)
}

// portable reports whether a file is below the working directory, also where its
// directory is a link. Links further down are looked at when it is read.
func portable(r plan.Reference) bool {
	directory := filepath.FromSlash(r.In)
	if r.In == "" || !filepath.IsLocal(directory) {
		return r.In == ""
	}
	if place, err := filepath.EvalSymlinks(directory); err == nil {
		directory = place
	}
	return filepath.IsLocal(directory)
}

func outside(r plan.Reference) error {
	return fmt.Errorf("%s is in %s, outside of the working directory, where a saved plan reads no secrets: plan in a directory that holds the documents", r, r.In)
}
