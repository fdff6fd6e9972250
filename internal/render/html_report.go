package render

import (
	"fmt"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// endings are the results of a report, the causes of the others first, and what
// each is called above its changes.
var endings = []struct {
	result plan.Result
	title  string
}{{plan.Failed, "Failed"}, {plan.Skipped, "Skipped"}, {plan.NotTried, "Not tried"}, {plan.Done, "Done"}}

// applyPage is a report on its way to HTML: what is not done with its reason,
// failures first, then what is done, folded.
func applyPage(r *plan.Report) *htmlPage {
	place := placeOf(r.Target)
	page := &htmlPage{What: "Apply to", Place: place.name, Live: place.live, Verdict: total(r), Digest: Safe(r.Digest), Sought: "address, reason"}
	if done := done(r); done != "" {
		page.Details = append(page.Details, done)
	}
	page.Details = append(page.Details, usage(r.Requests)...)
	result, action := htmlFilter{Name: "result", Label: "Result"}, htmlFilter{Name: "action", Label: "Action"}
	all := append(unfinished(r), finished(r)...)
	for _, ending := range endings {
		list := slices.DeleteFunc(slices.Clone(all), func(o outcome) bool { return o.result != ending.result })
		if len(list) == 0 {
			continue
		}
		first := page.Total + 1
		page.Total += len(list)
		result.Options = append(result.Options, htmlOption{string(ending.result), outcome{result: ending.result}.word(), len(list)})
		page.Sections = append(page.Sections, htmlSection{
			Title: ending.title, Counts: count(len(list), "change"), Fold: ending.result == plan.Done && len(list) < len(all),
			Changes: func(yield func(htmlChange) bool) {
				for i, o := range list {
					if !yield(o.html(first + i)) {
						return
					}
				}
			},
		})
	}
	for _, known := range append(actions, "other") {
		for _, o := range all {
			if oneOf(o.action, actions...) == string(known) {
				action.add(string(known), string(known))
			}
		}
	}
	page.Filters = useful([]htmlFilter{result, action}, page.Total)
	page.Asides = notesOf(htmlNotes{Title: "Requests by endpoint", Notes: sentences(endpoints(r.Requests))})
	return page
}

// finished lists what is done.
func finished(r *plan.Report) []outcome {
	var list []outcome
	for _, c := range r.Operations {
		if c.Result != plan.Done {
			continue
		}
		o := outcome{result: c.Result, action: c.Action, address: word(string(c.Address)), reason: Safe(c.Note)}
		if c.Written == 0 && o.reason == "" {
			o.reason = "already in place, not written"
		}
		list = append(list, o)
	}
	return list
}

// html is one change of a report as the template reads it.
func (o outcome) html(number int) htmlChange {
	out := newHTMLChange(number, o.action, o.address)
	out.Result, out.Reason = string(o.result), o.reason
	return out
}

func endpoints(q plan.Requests) []string {
	var list []string
	for _, e := range q.Endpoints {
		list = append(list, fmt.Sprintf("%d: %s", e.Sent, Safe(e.Endpoint)))
	}
	return list
}
