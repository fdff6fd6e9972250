package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// words is a vocabulary with one kind of each form; no test rests on the kinds of the program.
var words = Vocabulary{
	{Kind: "environment", Plural: "environment", Singleton: true},
	{Kind: "redirect_url", Plural: "redirect_urls"},
	{Kind: "organization", Plural: "organizations"},
	{Kind: "member", Plural: "members", Parent: "organization", Roster: true, Required: "email_address"},
	{Kind: "scim_connection", Plural: "scim_connection", Parent: "organization", Singleton: true},
}

// files are the files of a test by name.
type files map[string]string

// write puts the files into a directory of their own and makes it the working directory.
func (fs files) write(t *testing.T) {
	t.Helper()
	directory := t.TempDir()
	t.Chdir(directory)
	for name, content := range fs {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// load reads the files as the directory "." with the vocabulary of the tests.
func load(t *testing.T, fs files, o Options) (*Document, []string) {
	t.Helper()
	fs.write(t)
	o.Vocabulary = words
	d, diags := Load([]string{"."}, o)
	return d, told(diags)
}

// told writes diagnostics as tests compare them: place, severity when it is a warning, summary.
func told(diags Diagnostics) []string {
	var lines []string
	for _, d := range diags {
		severity := ""
		if d.Severity == Warning {
			severity = "warning: "
		}
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s%s", d.Range.Filename, d.Range.Start.Line, d.Range.Start.Column, severity, d.Summary))
		for _, r := range d.Related {
			lines = append(lines, fmt.Sprintf("  %s:%d:%d: %s", r.Range.Filename, r.Range.Start.Line, r.Range.Start.Column, r.Message))
		}
	}
	return lines
}

// same compares, and shows the difference.
func same[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

// written shows resources as text: address, flags, and attributes in JSON types.
func written(d *Document) []string {
	var lines []string
	for _, r := range d.Resources {
		line := r.Kind + "/" + r.Key
		if r.Organization != "" {
			line = r.Organization + "/" + line
		}
		for _, flag := range []struct {
			word string
			set  bool
		}{{" absent", r.Absent}, {" protect", r.Protect}, {" bare", r.Bare}, {" from " + r.RenamedFrom, r.RenamedFrom != ""}} {
			if flag.set {
				line += flag.word
			}
		}
		lines = append(lines, line)
		for _, a := range r.Attributes {
			lines = append(lines, fmt.Sprintf("  %s = %v", a.Name, shown(a.Value)))
		}
		for _, a := range r.Initial {
			lines = append(lines, fmt.Sprintf("  initial %s = %v", a.Name, shown(a.Value)))
		}
	}
	return lines
}

// shown writes a node so that types can be told apart.
func shown(n *Node) string {
	switch n.Type {
	case String:
		if n.Cell {
			return "cell " + n.String
		}
		return fmt.Sprintf("%q", n.String)
	case List:
		var items []string
		for _, item := range n.Items {
			items = append(items, shown(item))
		}
		return "[" + strings.Join(items, " ") + "]"
	case Map:
		var entries []string
		for _, e := range n.Entries {
			entries = append(entries, e.Key+":"+shown(e.Value))
		}
		return "{" + strings.Join(entries, " ") + "}"
	case Invalid:
		return "invalid"
	}
	return fmt.Sprint(n.Any())
}
