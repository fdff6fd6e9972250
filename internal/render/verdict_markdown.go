package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A Verdict is what was found when a reviewed plan was compared with what would
// run: in what it differs, and of what nobody can tell.
type Verdict struct {
	Plan        *plan.Plan // what would run, or the saved plan
	Differences []Finding
	Unreadable  []Finding
}

// A Finding is about an object, or, without an address, about the whole plan.
type Finding struct {
	Address plan.Address
	Reason  string
}

// VerdictMarkdown writes a verdict as Markdown does a plan: what differs first.
// What does not fit into the budget is cut from the end and counted. The error is
// the writer's, or says that not even the headline fits.
func VerdictMarkdown(w io.Writer, v Verdict, o MarkdownOptions) error {
	var b strings.Builder
	in := placeOf(v.Plan.Target)
	b.WriteString(marker("verify", in))
	heading(&b, "Verify for", in)
	b.WriteString("**" + v.sentence() + "**\n\n")
	items := v.items(0)
	foot := "Digest of the plan: " + code(Safe(v.Plan.Digest)) + "\n"
	if v.Plan.Digest == "" {
		foot = ""
	}
	head, left := b.String(), func(n int) string { return fmt.Sprintf("Cut to fit: %d not listed.\n\n", n) }
	if body := list(items); len(head)+len(body)+len(foot) <= o.maxBytes() {
		_, err := io.WriteString(w, head+body+foot)
		return err
	}
	items = v.items(2 * briefColumns)
	room := o.maxBytes() - len(head) - len(foot) - len(left(len(items))) - len("\n")
	if room < 0 {
		return &BudgetError{MaxBytes: o.maxBytes(), Least: o.maxBytes() - room}
	}
	shown := 0
	for shown < len(items) && room >= len(items[shown]) {
		room -= len(items[shown])
		shown++
	}
	_, err := io.WriteString(w, head+list(items[:shown])+left(len(items)-shown)+foot)
	return err
}

// sentence is the one that everybody reads.
func (v Verdict) sentence() string {
	differ, unread := len(v.Differences), len(v.Unreadable)
	switch {
	case differ > 0 && unread > 0:
		return fmt.Sprintf("Not what was reviewed: %s, and %d could not be read.", count(differ, "difference"), unread)
	case differ > 0:
		return fmt.Sprintf("Not what was reviewed: %s.", count(differ, "difference"))
	case unread > 0:
		return fmt.Sprintf("Nobody can tell whether this is what was reviewed: %d could not be read.", unread)
	case len(v.Plan.Blocked) > 0:
		return "The reviewed plan is still what would run, and it is blocked."
	}
	return "The reviewed plan is still what would run."
}

// items are what was found, and what forbids the plan, cut to so many columns; 0 is
// not cut.
func (v Verdict) items(columns int) []string {
	short := func(text string) string {
		if columns > 0 {
			return shorten(text, columns)
		}
		return text
	}
	var items []string
	add := func(label string, address plan.Address, reason string) {
		text := "- **" + label + "**: "
		if address != "" {
			text += code(short(word(string(address)))) + ": "
		}
		items = append(items, text+prose(short(Safe(reason)))+"\n")
	}
	for _, f := range v.Differences {
		add("Different", f.Address, f.Reason)
	}
	for _, f := range v.Unreadable {
		add("Could not be read", f.Address, f.Reason)
	}
	for _, b := range v.Plan.Blocked {
		add("Blocked", "", b.Reason)
	}
	return items
}
