package render

import (
	"bytes"
	"html"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	goldmarkhtml "github.com/yuin/goldmark/renderer/html"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func markdown(t tester, p *plan.Plan, o MarkdownOptions) string {
	t.Helper()
	return string(written(t, func(w io.Writer) error { return Markdown(w, p, o) }))
}

var (
	gfm       = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(goldmarkhtml.WithUnsafe()))
	tag       = regexp.MustCompile(`<(/?)([a-zA-Z0-9]+)[^>]*>`)
	codeText  = regexp.MustCompile(`(?s)<code[^>]*>.*?</code>`)
	plainText = regexp.MustCompile(`^[A-Za-z0-9 ,;:.()→…%'\n-]*$`)
	ours      = []string{"h3", "h4", "p", "strong", "ul", "li", "code", "pre", "details", "summary"}
)

// asHTML is what a browser gets of Markdown, as GitHub's dialect is read. It
// fails when that is not one whole: a tag that is left open, or that is none of
// ours, and text outside code in which anything could have a meaning.
func asHTML(t tester, source string) string {
	t.Helper()
	var b bytes.Buffer
	if err := gfm.Convert([]byte(source), &b); err != nil {
		t.Fatal(err)
	}
	first, out, _ := strings.Cut(b.String(), "\n")
	if !regexp.MustCompile(`^<!-- stytch-reconcile:(plan|apply) project=[^ <>]* environment=[^ <>]* -->$`).MatchString(first) {
		t.Fatalf("the first line is %q, want the hidden marker", first)
	}
	var open []string
	for _, m := range tag.FindAllStringSubmatch(out, -1) {
		switch {
		case !slices.Contains(ours, m[2]):
			t.Fatalf("%s is none of our tags, in:\n%s", m[0], source)
		case m[1] == "":
			open = append(open, m[2])
		case len(open) == 0 || open[len(open)-1] != m[2]:
			t.Fatalf("%s closes what is not open (%v), in:\n%s", m[0], open, source)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("%v is not closed, in:\n%s", open, source)
	}
	text := tag.ReplaceAllString(codeText.ReplaceAllString(out, "x"), "")
	if !plainText.MatchString(html.UnescapeString(text)) {
		for line := range strings.SplitSeq(html.UnescapeString(text), "\n") {
			if !plainText.MatchString(line) {
				t.Errorf("outside code stands %q", line)
			}
		}
		t.Fatalf("in:\n%s", source)
	}
	if fences, blocks := strings.Count(source, "    ```"), strings.Count(out, "<pre>"); fences != 2*blocks {
		t.Fatalf("%d fences make %d blocks, in:\n%s", fences, blocks, source)
	}
	return out
}

// A reading is what a reader of Markdown can count.
type reading struct {
	verdict  string
	levels   map[string]int // by address: 1 in one line, 2 with more below
	signs    map[string]int // listed changes by sign
	counted  int            // in lines that count the changes of an organization
	unlisted int            // in no line
}

var (
	boldLine     = regexp.MustCompile(`<p><strong>((?:Plan:|No changes)[^<]*)</strong></p>`)
	listedChange = regexp.MustCompile(`(?m)^<li><code>([-+~^?]) (.*?)</code>([^\n]*)\n`)
	countedRow   = regexp.MustCompile(`(?m)^<li>(?:Environment|Organization .*): (\d+) changes? not listed: `)
	notListed    = regexp.MustCompile(`<p>Cut to fit: .*?(\d+) changes? not listed`)
)

func read(t tester, source string) reading {
	t.Helper()
	out := asHTML(t, source)
	r := reading{levels: map[string]int{}, signs: map[string]int{}}
	if m := boldLine.FindAllStringSubmatch(out, -1); len(m) == 1 {
		r.verdict = m[0][1]
	} else {
		t.Fatalf("%d verdicts, want 1, in:\n%s", len(m), source)
	}
	for _, m := range listedChange.FindAllStringSubmatch(out, -1) {
		r.signs[m[1]]++
		r.levels[html.UnescapeString(m[2])] = 2
		if strings.HasSuffix(m[3], "</li>") {
			r.levels[html.UnescapeString(m[2])] = 1
		}
	}
	for _, m := range countedRow.FindAllStringSubmatch(out, -1) {
		n, _ := strconv.Atoi(m[1])
		r.counted += n
	}
	if m := notListed.FindStringSubmatch(out); m != nil {
		r.unlisted, _ = strconv.Atoi(m[1])
	}
	return r
}

func (r reading) listed() int {
	total := 0
	for _, n := range r.signs {
		total += n
	}
	return total
}
