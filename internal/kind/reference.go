package kind

import (
	"fmt"
	"strings"
)

// Reference is the page of a kind in the reference: what it is, every
// attribute, and what its implementation takes for granted.
func Reference(k Kind) string {
	word := k.Word()
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n<!-- Generated from the kind: go test ./internal/catalog -run Reference -update -->\n\n%s\n\n", word.Kind, k.Doc())
	traits := k.Traits()
	switch {
	case word.Singleton && word.Parent != "":
		fmt.Fprintf(&b, "One at most for each %s: `%s:` in YAML, `%s {}` in HCL.\n", word.Parent, word.Plural, word.Kind)
	case word.Singleton:
		fmt.Fprintf(&b, "One for each environment: `%s:` in YAML, `%s {}` in HCL.\n", word.Plural, word.Kind)
	case word.Parent != "":
		fmt.Fprintf(&b, "Nests in an %s: `%s:` in YAML, `%s \"KEY\" {}` in HCL.\n", word.Parent, word.Plural, word.Kind)
	default:
		fmt.Fprintf(&b, "`%s:` in YAML, `%s \"KEY\" {}` in HCL.\n", word.Plural, word.Kind)
	}
	for _, fact := range []struct {
		holds bool
		text  string
	}{
		{!traits.Creatable && !traits.Deletable, "It always exists at Stytch: it is changed, never created."},
		{!traits.Creatable && traits.Deletable, "It is not created here."},
		{!traits.Deletable, "It is never removed; dropping the block stops managing it."},
		{traits.Renames, "`renamed_from` is legal: the key can change."},
		{traits.KeptWhenOmitted, "It is never deleted because no document declares it, only by `absent: true`."},
		{len(k.issues()) > 0, fmt.Sprintf("Stytch answers `%s` once, when it makes it up: an apply needs `--secret-sink`.", strings.Join(k.issues(), "`, `"))},
		{word.Roster, fmt.Sprintf("`%s_from: FILE` reads them from a roster.", word.Plural)},
	} {
		if fact.holds {
			fmt.Fprintf(&b, "%s\n", fact.text)
		}
	}
	b.WriteString("\n| attribute | type | default | |\n|---|---|---|---|\n")
	for _, a := range k.Attributes() {
		writeAttribute(&b, "", a)
	}
	if facts := k.Facts(); len(facts) > 0 {
		b.WriteString("\n## What this relies on\n\nStytch's documentation does not state these; they are inferred, or guessed:\n\n")
		for _, fact := range facts {
			fmt.Fprintf(&b, "- %s\n", fact)
		}
	}
	return b.String()
}

func writeAttribute(b *strings.Builder, prefix string, a Attribute) {
	standing := ""
	if a.Default != "" {
		standing = "`" + a.Default + "`"
	}
	fmt.Fprintf(b, "| `%s%s` | %s | %s | %s |\n", prefix, a.Name, a.Type(), standing, strings.ReplaceAll(describe(a), "|", "\\|"))
	for _, field := range a.Fields {
		writeAttribute(b, prefix+a.Name+".*.", field)
	}
}

// describe is the attribute's documentation with what its tags say.
func describe(a Attribute) string {
	parts := []string{a.Doc}
	if len(a.OneOf) > 0 {
		parts = append(parts, "One of `"+strings.Join(a.OneOf, "`, `")+"`.")
	}
	switch {
	case a.Min >= 0 && a.Max >= 0:
		parts = append(parts, fmt.Sprintf("From %d to %d.", a.Min, a.Max))
	case a.Max >= 0:
		parts = append(parts, fmt.Sprintf("At most %d.", a.Max))
	case a.Min >= 0:
		parts = append(parts, fmt.Sprintf("At least %d.", a.Min))
	}
	for _, flag := range []struct {
		set  bool
		text string
	}{
		{a.Key, "The key."},
		{a.Required, "A creation needs it."},
		{a.NonEmpty, "It cannot be cleared."},
		{a.Set, "A set: order and repeats do not matter."},
		{a.Bag, "Order does not matter."},
		{a.Merge, "Owned key by key."},
		{a.Immutable, "It cannot change."},
		{a.Initial, "Legal in `initial` alone."},
		{a.Local, "Means something to this program; it is never sent."},
		{a.File, "`file(\"path\")` may give the text."},
		{a.ID, "Pins one object when the key is ambiguous."},
		{a.Secret && !a.LastFour, "Compared without being shown; `env(\"NAME\")` or `file(\"path\")` alone."},
		{a.LastFour, "Compared by its last four characters, of which Stytch shows no more; sent again by `--resend`; `env(\"NAME\")` or `file(\"path\")` alone."},
		{a.WriteOnly, "Sent by a creation and by `--resend`, never compared; `env(\"NAME\")` or `file(\"path\")` alone."},
	} {
		if flag.set {
			parts = append(parts, flag.text)
		}
	}
	return strings.Join(parts, " ")
}
