package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A verdict is what verify found: all of it, also where something else could not
// be read. Its JSON form is an interface, and fields are only ever added to it.
type verdict struct {
	Current     bool      `json:"current"` // the reviewed plan is what would run
	Differences []finding `json:"differences"`
	Unreadable  []finding `json:"unreadable"` // of which nobody can tell

	ended error // why not everything was looked at: an interrupt, refused credentials
}

// A finding is one thing in which what would run is not what was reviewed, or of
// which that could not be read, and why.
type finding struct {
	Address plan.Address `json:"address"`
	Reason  string       `json:"reason"`
}

// unread is a finding about a kind in a scope of which not everything was seen.
func unread(u plan.Unknown) finding {
	return finding{Address: plan.NewAddress(plan.Address(u.Scope), u.Kind, ""), Reason: u.Reason}
}

// judge makes a verdict of the report on operations that were read instead of
// carried out.
func judge(r *plan.Report) verdict {
	v := verdict{}
	for _, o := range r.Operations {
		switch {
		case o.Result == plan.NotTried:
			v.ended = fmt.Errorf("interrupted before %s was read", render.Safe(string(o.Address)))
			v.Unreadable = append(v.Unreadable, finding{o.Address, "interrupted before it was read"})
		case o.Result == plan.Skipped:
			v.Unreadable = append(v.Unreadable, finding{o.Address, o.Note})
		case o.Error != nil && o.Error.Stale:
			v.Differences = append(v.Differences, finding{o.Address, o.Error.Message})
		case o.Error != nil:
			v.Unreadable = append(v.Unreadable, finding{o.Address, o.Error.Message})
			if o.Error.Status == http.StatusUnauthorized || o.Error.Status == http.StatusForbidden {
				v.ended = refusedCredentials(o.Error)
			}
		}
	}
	v.Current = len(v.Differences)+len(v.Unreadable) == 0
	return v
}

// tell writes the verdict in the form that was asked for.
func (v verdict) tell(w io.Writer, format string) error {
	if format == "json" {
		v.Differences, v.Unreadable = append([]finding{}, v.Differences...), append([]finding{}, v.Unreadable...)
		encoder := json.NewEncoder(commandless{w})
		encoder.SetIndent("", "  ")
		return encoder.Encode(v)
	}
	for _, d := range v.Differences {
		fmt.Fprintln(w, render.Safe(joined(string(d.Address), d.Reason)))
	}
	for _, u := range v.Unreadable {
		fmt.Fprintln(w, render.Safe("could not be read: "+joined(string(u.Address), u.Reason)))
	}
	if v.Current {
		fmt.Fprintln(w, "The reviewed plan is still what would run.")
	}
	return nil
}

// exit is the exit code of a verdict that is not current, as an error. A
// difference goes before what could not be read: it is certain.
func (v verdict) exit() error {
	switch {
	case v.ended != nil:
		return v.ended
	case len(v.Differences) > 0:
		return exit{code: exitStale}
	}
	return exit{code: exitIncomplete}
}

func joined(address, reason string) string {
	if address == "" {
		return reason
	}
	return address + ": " + reason
}

// annotations are those of a verdict: a difference is an error, at the change that
// was reviewed; what could not be read is a warning.
func (v verdict) annotations(p *plan.Plan) []render.Annotation {
	sources := map[plan.Address]*plan.Source{}
	for i := range p.Changes {
		sources[p.Changes[i].Address] = p.Changes[i].Source
	}
	var list []render.Annotation
	for _, d := range v.Differences {
		list = append(list, render.Annotation{Level: render.LevelError, Source: sources[d.Address], Title: "Not what was reviewed", Lines: []string{joined(string(d.Address), d.Reason)}})
	}
	for _, u := range v.Unreadable {
		list = append(list, render.Annotation{Level: render.LevelWarning, Source: sources[u.Address], Title: "Could not be read", Lines: []string{joined(string(u.Address), u.Reason)}})
	}
	return list
}

// rendered is the verdict on a plan for Markdown.
func (v verdict) rendered(p *plan.Plan) render.Verdict {
	out := render.Verdict{Plan: p}
	for _, d := range v.Differences {
		out.Differences = append(out.Differences, render.Finding(d))
	}
	for _, u := range v.Unreadable {
		out.Unreadable = append(out.Unreadable, render.Finding(u))
	}
	return out
}
