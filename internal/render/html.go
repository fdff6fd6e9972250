package render

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the page's template, style and script
	"encoding/base64"
	htmltemplate "html/template"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// An HTML report is one file that asks the network for nothing: the policy in its
// head allows the one style and the one script below, by their hashes, and no
// connection, image, frame or form at all. What live text says stands in text
// alone, never in a link or an attribute. Without the script all of it is still
// there to read; the script folds, searches and filters.
var (
	//go:embed report.html
	reportTemplate string
	//go:embed report.css
	reportStyle string
	//go:embed report.js
	reportScript string

	reportPage   = htmltemplate.Must(htmltemplate.New("report").Parse(reportTemplate))
	reportPolicy = "default-src 'none'; style-src " + hashed(reportStyle) + "; script-src " + hashed(reportScript) +
		"; base-uri 'none'; form-action 'none'"
)

// hashed names a style or a script in a policy, so that no other runs.
func hashed(source string) string {
	sum := sha256.Sum256([]byte(source))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// HTML writes the plan as a page for a browser: what Markdown shows, whole, with
// search, filters and folding. The same plan gives the same bytes. The error is
// the writer's, or names a value that is not JSON's.
func HTML(w io.Writer, p *plan.Plan) error { return planPage(newSheet(p, 0)).write(w) }

// ReportHTML writes how an apply ended, as HTML does a plan.
func ReportHTML(w io.Writer, r *plan.Report) error { return applyPage(r).write(w) }

// An htmlPage is what the template reads. All text in it has passed through Safe;
// what ends as an attribute is a word of ours.
type htmlPage struct {
	What, Place string
	Live        bool
	Verdict     string
	Details     []string
	Risks       []htmlRisk
	Notes       []htmlNotes // what forbids the plan, what is unknown, what it warns of
	Total       int         // of changes
	Sought      string      // what a search looks at
	Filters     []htmlFilter
	Sections    []htmlSection
	Asides      []htmlNotes
	Digest      string

	err error // the first one of making a change
}

// An htmlRisk is a class of risk, how many changes have it, and the first of them.
type htmlRisk struct {
	Class, Sentence string
	Count, First    int
}

// htmlNotes are notes of one sort under one title.
type htmlNotes struct {
	Title, Sort string
	Lead        string // before them
	Notes       []htmlNote
}

// An htmlNote is a sentence, perhaps after a label that is live text, and what
// stands below it.
type htmlNote struct {
	Label, Text string
	Below       []string
	Lift        string // what lifts it, when it forbids the plan
}

// An htmlFilter is one question about a change and the answers that occur.
type htmlFilter struct {
	Name, Label string
	Options     []htmlOption
}

// An htmlOption is one answer and how many changes give it.
type htmlOption struct {
	Value, Label string
	Count        int
}

// An htmlSection is the changes of one organization, or those of one result. They
// are made one by one, while they are written.
type htmlSection struct {
	Title, Name string // the name is live text
	Counts      string
	Risks       string
	Blocked     int
	Alike       []htmlAlike
	Fold        bool // folded at first, where there is a script to unfold it
	Changes     iter.Seq[htmlChange]
}

// An htmlAlike is what several changes of a section say, said once above them.
type htmlAlike struct {
	Anchor, Number int
	Class, Text    string
}

// Title is what the window is called.
func (p *htmlPage) Title() string {
	if p.Live {
		return p.What + " " + p.Place + " LIVE"
	}
	return p.What + " " + p.Place
}

// Policy is the page's content security policy.
func (*htmlPage) Policy() string { return reportPolicy }

// Style is the page's style, which the policy names.
func (*htmlPage) Style() htmltemplate.CSS { return htmltemplate.CSS(reportStyle) } //nolint:gosec // ours, embedded

// Script is the page's script, which the policy names.
func (*htmlPage) Script() htmltemplate.JS { return htmltemplate.JS(reportScript) } //nolint:gosec // ours, embedded

func (p *htmlPage) write(w io.Writer) error {
	out := bufio.NewWriter(w)
	if err := reportPage.Execute(out, p); err != nil {
		return err
	}
	if p.err != nil {
		return p.err
	}
	return out.Flush()
}

// add is one more change that answers so.
func (f *htmlFilter) add(value, label string) {
	for i := range f.Options {
		if f.Options[i].Value == value {
			f.Options[i].Count++
			return
		}
	}
	f.Options = append(f.Options, htmlOption{Value: value, Label: label, Count: 1})
}

// useful are the filters that tell changes apart.
func useful(filters []htmlFilter, total int) []htmlFilter {
	var list []htmlFilter
	for _, f := range filters {
		if len(f.Options) > 1 || len(f.Options) == 1 && f.Options[0].Count < total {
			list = append(list, f)
		}
	}
	return list
}

// oneOf is the word if it is one of ours, else "other".
func oneOf[T ~string](word T, ours ...T) string {
	if slices.Contains(ours, word) {
		return string(word)
	}
	return "other"
}

// sentences are notes that are nothing else.
func sentences(list []string) []htmlNote {
	notes := make([]htmlNote, 0, len(list))
	for _, text := range list {
		notes = append(notes, htmlNote{Text: text})
	}
	return notes
}

// notesOf leaves out the sorts of which there are none.
func notesOf(all ...htmlNotes) []htmlNotes {
	var list []htmlNotes
	for _, n := range all {
		if len(n.Notes) > 0 {
			list = append(list, n)
		}
	}
	return list
}

// spaced joins words to the value of an attribute that is a list.
func spaced(words []string) string { return strings.Join(words, " ") }
