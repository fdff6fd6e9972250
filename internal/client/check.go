package client

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Plane is one of Stytch's two APIs.
type Plane int

const (
	// Data is the API of one environment: organizations, members, machine clients, fraud rules.
	Data Plane = iota
	// Management is the API of the workspace: projects, environments and their settings.
	Management
)

// String gives the name that errors use.
func (p Plane) String() string {
	if p == Management {
		return "management API"
	}
	return "data API"
}

// Needs names, for each plane, the kinds that cannot do without it: {Data: {"member"}, Management: {"redirect_url"}}.
type Needs map[Plane][]string

// Check refuses, all at once and without a request, what cannot work or should not: credentials that the documents'
// kinds need and that are missing, base URIs that would send a part of the run elsewhere, and a project that does not
// belong to the host.
func (c Config) Check(needs Needs) error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	for _, m := range c.missing(needs) {
		refuse("%s", m)
	}
	for _, u := range []struct{ name, value string }{
		{varBaseURI, c.BaseURI},
		{varManagementBaseURI, c.ManagementBaseURI},
		{varFraudBaseURI, c.FraudBaseURI},
	} {
		if _, err := baseURI(u.name, u.value); err != nil {
			problems = append(problems, err)
		}
	}
	if c.usesBoth(needs) && (c.BaseURI == "") != (c.ManagementBaseURI == "") {
		set, unset := varBaseURI, varManagementBaseURI
		if c.BaseURI == "" {
			set, unset = unset, set
		}
		refuse("%s is set and %s is not: this run uses both APIs, and half of it would go to Stytch's own host; set both or neither", set, unset)
	}
	if len(needs[Data]) > 0 {
		if err := c.checkHost(); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// missing says which variables are needed and not set, and for which kinds.
func (c Config) missing(needs Needs) []string {
	var all []string
	for _, p := range []struct {
		plane     Plane
		id, key   string
		hasID     bool
		hasSecret bool
	}{
		{Data, varProjectID, varSecret, c.ProjectID != "", !c.Secret.Empty()},
		{Management, varKeyID, varKeySecret, c.WorkspaceKeyID != "", !c.WorkspaceKeySecret.Empty()},
	} {
		var names []string
		if !p.hasID {
			names = append(names, p.id)
		}
		if !p.hasSecret {
			names = append(names, p.key+" (or "+p.key+"_FILE)")
		}
		switch {
		case len(names) == 0:
		case len(needs[p.plane]) > 0:
			all = append(all, fmt.Sprintf("%s not set: needed for %s, which Stytch's %s holds",
				areOrIs(names), kindList(needs[p.plane]), p.plane))
		case p.plane == Management && len(names) == 1:
			// Half a workspace key is a mistake worth naming: with none, the run would silently go on without it.
			all = append(all, fmt.Sprintf("%s not set: a workspace key is an id and a secret; set both or neither", areOrIs(names)))
		}
	}
	return all
}

// usesBoth counts the management plane as used as soon as there is a key for it: Resolve asks it which environment this
// is, and the key must not travel to a host that was not meant.
func (c Config) usesBoth(needs Needs) bool {
	manages := len(needs[Management]) > 0 || c.hasWorkspaceKey()
	return len(needs[Data]) > 0 && manages
}

func (c Config) hasWorkspaceKey() bool {
	return c.WorkspaceKeyID != "" && !c.WorkspaceKeySecret.Empty()
}

func (c Config) hasProjectSecret() bool { return c.ProjectID != "" && !c.Secret.Empty() }

// checkHost compares the project id with Stytch's own hosts; about other hosts nobody can know.
func (c Config) checkHost() error {
	live := isLive(c.ProjectID)
	switch host := strings.TrimRight(strings.ToLower(c.BaseURI), "/"); {
	case live && host == hostTest:
		return fmt.Errorf("%s names a live environment (%s) but %s is Stytch's test host", varProjectID, c.ProjectID, varBaseURI)
	case !live && c.ProjectID != "" && host == hostLive:
		return fmt.Errorf("%s names a test environment (%s) but %s is Stytch's live host", varProjectID, c.ProjectID, varBaseURI)
	}
	return nil
}

func areOrIs(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names, " and ") + " are"
}

func kindList(kinds []string) string {
	sorted := slices.Clone(kinds)
	slices.Sort(sorted)
	return strings.Join(slices.Compact(sorted), ", ")
}
