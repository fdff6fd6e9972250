package render

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// A parsedPage is what a browser makes of a page: every element and attribute of
// it is one of ours, or reading it has failed.
type parsedPage struct {
	policy    string
	verdict   string
	text      map[string][]string // of an element that must not hold another
	links     []string
	named     []string // ids by which something is named or described
	ids       map[string]int
	headings  []int // their levels
	addresses []string
	risks     map[string]int  // changes by class, as the head of the page counts them
	chips     map[string]int  // what filters count, by question=answer
	questions map[string]bool // of the filters
	answers   map[string]int  // changes by question=answer
	visible   strings.Builder
}

// ourElements are all, with the attributes that they may have, and the values.
var ourElements = map[string]map[string]string{
	"html": {"lang": "en"}, "head": {}, "title": {}, "style": {}, "script": {}, "body": {}, "noscript": {}, "main": {}, "footer": {},
	"meta": {
		"charset": "utf-8", "http-equiv": "Content-Security-Policy", "name": "viewport|color-scheme|referrer",
		"content": "default-src 'none'; .*|width=device-width, initial-scale=1|light dark|no-referrer",
	},
	"header": {"class": "top"}, "h1": {}, "h2": {"id": "[a-z]+", "tabindex": "-1"}, "h3": {}, "h4": {}, "b": {"class": "count"}, "kbd": {}, "del": {}, "ins": {}, "pre": {}, "code": {},
	"strong": {"class": "live"}, "p": {"class": "[a-z]+", "id": "shown", "role": "status", "aria-live": "polite"},
	"ul": {"class": "[a-z]+"}, "li": {"id": `s\d+n\d+`},
	"section": {"class": "note (blocked|unknown|warning)|asides", "aria-labelledby": "[a-z]+"},
	"a":       {"class": "skip", "href": `#(changes|c\d+|s\d+n\d+)`, "data-risk": "[a-z-]+"},
	"span":    {"class": "[a-z]+", "id": "keys", "aria-hidden": "true"},
	"div":     {"class": "[a-z]+", "id": "tools", "role": "search|group", "hidden": "", "aria-label": "[A-Z][a-z]+"},
	"label":   {"for": "search"},
	"input": {
		"type": "search", "id": "search", "autocomplete": "off", "spellcheck": "false", "aria-describedby": "keys", "placeholder": "[a-z, ]+",
	},
	"button":  {"type": "button", "id": "[a-z]+", "aria-pressed": "false", "hidden": "", "data-name": "[a-z]+", "data-value": "[a-z_-]+"},
	"details": {"class": "section", "open": "", "data-fold": ""}, "summary": {},
	"article": {
		"id": `c\d+`, "data-action": "create|update|delete|restore|other", "data-risk": "[a-z -]+", "data-origin": "edit|drift|both|other",
		"data-result": "failed|skipped|not_tried|done", "data-blocked": "yes",
	},
}

var patterns = map[string]*regexp.Regexp{}

// whole is the pattern of a whole value.
func whole(pattern string) *regexp.Regexp {
	if patterns[pattern] == nil {
		patterns[pattern] = regexp.MustCompile("^(?:" + pattern + ")$")
	}
	return patterns[pattern]
}

// parse reads a page as a browser does.
func parse(t tester, source string) *parsedPage {
	t.Helper()
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	d := &parsedPage{
		text: map[string][]string{}, ids: map[string]int{}, risks: map[string]int{},
		chips: map[string]int{}, questions: map[string]bool{}, answers: map[string]int{},
	}
	for n := range root.Descendants() {
		switch n.Type {
		case html.TextNode:
			if parent := n.Parent.Data; parent != "style" && parent != "script" {
				d.visible.WriteString(n.Data)
			}
		case html.ElementNode:
			d.element(t, n)
		case html.DoctypeNode:
		default:
			t.Fatalf("%q is neither element nor text, in:\n%s", n.Data, source)
		}
	}
	return d
}

func (d *parsedPage) element(t tester, n *html.Node) {
	t.Helper()
	allowed, ok := ourElements[n.Data]
	if !ok || n.Namespace != "" {
		t.Fatalf("<%s> is none of our elements, in %s", n.Data, textOf(n))
	}
	attributes := map[string]string{}
	for _, a := range n.Attr {
		pattern, ok := allowed[a.Key]
		if !ok || !whole(pattern).MatchString(a.Val) {
			t.Fatalf("<%s %s=%q> is none of our attributes, in %s", n.Data, a.Key, a.Val, textOf(n))
		}
		attributes[a.Key] = a.Val
	}
	if id := attributes["id"]; id != "" {
		d.ids[id]++
	}
	for _, name := range []string{"aria-labelledby", "aria-describedby", "for"} {
		if attributes[name] != "" {
			d.named = append(d.named, attributes[name])
		}
	}
	switch n.Data {
	case "meta":
		if attributes["http-equiv"] != "" {
			d.policy = attributes["content"]
		}
	case "style", "script", "title":
		d.text[n.Data] = append(d.text[n.Data], textOf(n))
	case "h1", "h2", "h3", "h4":
		d.headings = append(d.headings, int(n.Data[1]-'0'))
	case "a":
		d.links = append(d.links, attributes["href"])
		if class := attributes["data-risk"]; class != "" {
			d.risks[class] = number(t, firstOf(n.Parent, "b"))
		}
	case "p":
		if attributes["class"] == "verdict" {
			d.verdict = textOf(n)
		}
	case "button":
		if attributes["data-name"] != "" {
			d.questions[attributes["data-name"]] = true
			d.chips[attributes["data-name"]+"="+attributes["data-value"]] = number(t, firstOf(n, "span"))
		}
	case "article":
		d.addresses = append(d.addresses, textOf(firstOf(n, "code")))
		for key, value := range attributes {
			if question, ok := strings.CutPrefix(key, "data-"); ok {
				for answer := range strings.FieldsSeq(value) {
					d.answers[question+"="+answer]++
				}
			}
		}
	}
}

func firstOf(n *html.Node, tag string) *html.Node {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && c.Data == tag {
			return c
		}
	}
	return n
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

func number(t tester, n *html.Node) int {
	t.Helper()
	count, err := strconv.Atoi(strings.TrimSpace(textOf(n)))
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// elementsOf counts the elements of a page.
func elementsOf(t tester, source string) map[string]int {
	t.Helper()
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			counts[n.Data]++
		}
	}
	return counts
}
