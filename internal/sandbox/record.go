package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Records are the pieces in which the state is kept. A key names one object and says where it belongs:
//
//	workspace
//	project/<slug>
//	environment/<project slug>/<environment slug>
//	organization/<project ID>/<organization ID>
//	member/<project ID>/<member ID>
const (
	workspaceKind    = "workspace"
	projectKind      = "project"
	environmentKind  = "environment"
	organizationKind = "organization"
	memberKind       = "member"
)

func projectKey(p *project) string { return projectKind + "/" + p.Slug }
func environmentKey(e *environment) string {
	return environmentKind + "/" + e.ProjectSlug + "/" + e.Slug
}

func organizationKey(e *environment, id string) string {
	return organizationKind + "/" + e.ProjectID + "/" + id
}

func memberKey(e *environment, id string) string { return memberKind + "/" + e.ProjectID + "/" + id }

// A record is one changed object; a nil Value says that it is gone.
type record struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// A batch is what one request changed. It is kept as a whole or not at all.
type batch []record

func (b *batch) workspace(w *workspace)     { b.put(workspaceKind, w) }
func (b *batch) project(p *project)         { b.put(projectKey(p), p) }
func (b *batch) environment(e *environment) { b.put(environmentKey(e), e) }
func (b *batch) organization(e *environment, o *organization) {
	b.put(organizationKey(e, o.OrganizationID), o)
}
func (b *batch) member(e *environment, m *member) { b.put(memberKey(e, m.MemberID), m) }
func (b *batch) drop(key string)                  { *b = append(*b, record{Key: key}) }

// dropEnvironment drops an environment with everything in it, so that nothing of it can come back under a project ID
// that is used again.
func (b *batch) dropEnvironment(e *environment) {
	b.drop(environmentKey(e))
	for id := range e.Organizations {
		b.drop(organizationKey(e, id))
	}
	for id := range e.Members {
		b.drop(memberKey(e, id))
	}
}

// put adds a record. An object changed twice in one request is kept once, as it is at the end; of two records with one
// key the later counts.
func (b *batch) put(key string, value any) {
	for _, r := range slices.Backward(*b) {
		if r.Key == key && r.Value == value {
			return // the same object: it is encoded as it is at the end
		}
	}
	*b = append(*b, record{key, value})
}

// everything gives the whole state as one batch, owners before what they own.
func (st *state) everything() batch {
	b := batch{{workspaceKind, &st.Workspace}}
	for _, p := range st.Projects {
		b = append(b, record{projectKey(p), p})
	}
	for _, e := range st.byProjectID {
		b = append(b, record{environmentKey(e), e})
		for id, o := range e.Organizations {
			b = append(b, record{organizationKey(e, id), o})
		}
		for id, m := range e.Members {
			b = append(b, record{memberKey(e, id), m})
		}
	}
	return b
}

// keyParts is how many parts the keys of each kind have, owners before what they own.
var keyParts = []struct {
	kind  string
	parts int
}{{workspaceKind, 1}, {projectKind, 2}, {environmentKind, 3}, {organizationKind, 3}, {memberKind, 3}}

// stateFrom builds the state that kept records describe. A record whose owner is gone is dropped; one of an unknown kind
// is an error, because the next state file would lose it.
func stateFrom(records map[string]json.RawMessage) (*state, error) {
	st, read := newState(), 0
	for _, form := range keyParts {
		for key, value := range records {
			path := strings.Split(key, "/")
			if path[0] != form.kind || len(path) != form.parts {
				continue
			}
			read++
			if err := st.restore(form.kind, path, value); err != nil {
				return nil, fmt.Errorf("reading the kept record %q: %w", key, err)
			}
		}
	}
	if read != len(records) {
		return nil, fmt.Errorf("%d kept records are of no known kind", len(records)-read)
	}
	for _, e := range st.byProjectID {
		e.loaded()
	}
	return st, nil
}

func (st *state) restore(kind string, path []string, value json.RawMessage) error {
	switch kind {
	case workspaceKind:
		return json.Unmarshal(value, &st.Workspace)
	case projectKind:
		p := &project{Environments: map[string]*environment{}}
		st.Projects[path[1]] = p
		return json.Unmarshal(value, p)
	case environmentKind:
		p, e := st.Projects[path[1]], &environment{}
		if err := json.Unmarshal(value, e); err != nil || p == nil {
			return err
		}
		st.addEnvironment(p, e)
		return nil
	}
	e := st.byProjectID[path[1]]
	if e == nil {
		return nil
	}
	if kind == organizationKind {
		o := &organization{}
		e.Organizations[path[2]] = o
		return json.Unmarshal(value, o)
	}
	m := &member{}
	e.Members[path[2]] = m
	return json.Unmarshal(value, m)
}
