package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Between these lines docs/commands.md is written by this test: set
// UPDATE_SCRIPTS=1, and read the difference.
const generatedFrom, generatedTo = "<!-- from here on generated from the program -->\n", "<!-- generated until here -->\n"

// commandGroups say in which order the page has the commands, and what those of a
// group have in common.
var commandGroups = []struct {
	title, about string
	commands     []string
}{
	{"Offline", "These need no credentials and send nothing.", []string{"validate", "test", "fmt", "convert", "schema", "show"}},
	{"Reading", "These read Stytch, and the transport refuses them every request that is no read; `drift --repair` alone is an apply.", []string{"plan", "verify", "drift", "export"}},
	{"Writing", "`apply` writes; `undo` makes the plan that takes an apply back, which `apply --plan` then carries out.", []string{"apply", "undo"}},
	{"Around", "A Stytch to try things on, and what belongs to every program.", []string{"sandbox", "version", "completion", "help"}},
}

// fewest is how many commands must share a flag for it to be told once for all.
const fewest = 3

func TestTheCommandsAreDocumented(t *testing.T) {
	name := filepath.Join(checkout, "docs", "commands.md")
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(content), generatedFrom)
	was, after, alsoOK := strings.Cut(rest, generatedTo)
	if !ok || !alsoOK {
		t.Fatalf("%s has not both %q and %q", name, generatedFrom, generatedTo)
	}
	root := newRoot(&output{program: program{stdin: strings.NewReader("")}})
	is := commandsPage(root)
	if os.Getenv("UPDATE_SCRIPTS") != "" {
		if err := os.WriteFile(name, []byte(before+generatedFrom+is+generatedTo+after), 0o644); err != nil { //nolint:gosec // a page
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(was, is); diff != "" {
		t.Errorf("docs/commands.md is not what the program has (UPDATE_SCRIPTS=1 writes it anew):\n%s", diff)
	}
	for code := range 8 {
		if !strings.Contains(before+after, fmt.Sprintf("\n| %d |", code)) {
			t.Errorf("docs/commands.md says nothing of exit code %d", code)
		}
	}
}

func commandsPage(root *cobra.Command) string {
	var b strings.Builder
	left := map[string]*cobra.Command{}
	shared := map[string][]string{} // the commands that have a flag, by its row
	for _, c := range root.Commands() {
		left[c.Name()] = c
		for _, row := range flagRows(c.LocalNonPersistentFlags()) {
			shared[row] = append(shared[row], c.Name())
		}
	}
	for _, group := range commandGroups {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", group.title, group.about)
		for _, name := range group.commands {
			if c := left[name]; c != nil {
				writeCommand(&b, c, shared)
				delete(left, name)
			}
		}
	}
	if len(left) > 0 {
		b.WriteString("\n## Others\n")
		names := make([]string, 0, len(left))
		for name := range left {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			writeCommand(&b, left[name], shared)
		}
	}
	b.WriteString("\n## Flags that several commands have\n\n| flag | default | what it does | commands |\n|---|---|---|---|\n")
	var rows []string
	for row, commands := range shared {
		if len(commands) >= fewest {
			slices.Sort(commands)
			rows = append(rows, fmt.Sprintf("%s `%s` |\n", row, strings.Join(commands, "`, `")))
		}
	}
	slices.Sort(rows)
	b.WriteString(strings.Join(rows, ""))
	b.WriteString("\n## Flags that every command has\n\n| flag | default | what it does |\n|---|---|---|\n")
	b.WriteString(strings.Join(flagRows(root.PersistentFlags()), "\n") + "\n\n")
	return b.String()
}

func writeCommand(b *strings.Builder, c *cobra.Command, shared map[string][]string) {
	fmt.Fprintf(b, "\n### %s\n\n`%s`\n\n%s.\n", c.Name(), c.UseLine(), c.Short)
	var own, others []string
	for _, row := range flagRows(c.LocalNonPersistentFlags()) {
		if len(shared[row]) < fewest {
			own = append(own, row)
			continue
		}
		flag, _, _ := strings.Cut(strings.TrimPrefix(row, "| `--"), "`")
		flag, _, _ = strings.Cut(flag, " ")
		others = append(others, "`--"+flag+"`")
	}
	if len(own) > 0 {
		fmt.Fprintf(b, "\n| flag | default | what it does |\n|---|---|---|\n%s\n", strings.Join(own, "\n"))
	}
	if len(others) > 0 {
		fmt.Fprintf(b, "\nAs other commands: %s.\n", strings.Join(others, ", "))
	}
}

// flagRows are the rows of a table of flags, by name.
func flagRows(flags *pflag.FlagSet) []string {
	var rows []string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		flag := "--" + f.Name
		if f.NoOptDefVal != "" && f.Value.Type() != "bool" {
			flag += "[=" + value + "]"
		} else if value != "" {
			flag += " " + value
		}
		if f.Shorthand != "" {
			flag += "`, `-" + f.Shorthand
		}
		given := f.DefValue
		if given == "[]" || given == "false" {
			given = ""
		}
		if given != "" {
			given = "`" + given + "`"
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", cell(flag), cell(given), cell(usage)))
	})
	slices.Sort(rows)
	return rows
}

// cell is text that stands in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
