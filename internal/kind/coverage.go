package kind

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
)

// Coverage is the page that says what of a B2B project the kinds manage, and
// what nothing manages, and why. Later is what an API manages and no kind does
// yet, and what to do meanwhile.
func Coverage(c Catalog, later [][2]string) string {
	var b strings.Builder
	b.WriteString("# What is managed, and what is not\n\n" +
		"<!-- Generated from the kinds: go test ./internal/catalog -run Coverage -update -->\n\n" +
		"| kind | where | API | can be | |\n|---|---|---|---|---|\n")
	for _, k := range c.Kinds() {
		where, word := "environment", k.Word()
		if word.Parent != "" {
			where = word.Parent
		}
		first, _, _ := strings.Cut(k.Doc(), ". ")
		fmt.Fprintf(&b, "| [%s](reference/%s.md) | %s | %s | %s | %s |\n",
			k.Name(), k.Name(), where, planeName(k.Plane()), abilities(k), strings.TrimSuffix(first, "."))
	}
	b.WriteString("\n## An API manages it, and this version does not yet\n\n| what | meanwhile |\n|---|---|\n")
	for _, row := range later {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	b.WriteString("\n## No API manages it\n\n`validate` says so when a document names one of these.\n\n| what | instead |\n|---|---|\n")
	for _, gap := range c.Gaps() {
		fmt.Fprintf(&b, "| %s | %s |\n", gap.What, gap.Where)
	}
	return b.String()
}

func planeName(p client.Plane) string {
	if p == client.Management {
		return "management"
	}
	return "data"
}

// abilities says what the program can do with objects of a kind.
func abilities(k Kind) string {
	var words []string
	traits := k.Traits()
	for _, ability := range []struct {
		has  bool
		word string
	}{
		{traits.Creatable, "created"},
		{slices.ContainsFunc(k.Attributes(), func(a Attribute) bool { return !a.Key }), "changed"},
		{traits.Deletable, "removed"},
	} {
		if ability.has {
			words = append(words, ability.word)
		}
	}
	return strings.Join(words, ", ")
}
