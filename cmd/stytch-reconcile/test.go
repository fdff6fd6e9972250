package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// testsDir is where tests of rules stand, beside the documents: a directory's
// documents are its own files alone, so that no plan reads a test.
const testsDir = "tests"

// ruleTests is the test command with its flags.
type ruleTests struct {
	*output
	documents

	catalog kind.Catalog
}

func newTest(o *output) *cobra.Command {
	t := &ruleTests{output: o}
	cmd := &cobra.Command{
		Use:   "test [PATH…]",
		Short: "Run the tests of policy.rules, offline",
		Long: "Run the tests of policy.rules, offline: no credentials, no network.\n\n" +
			"The tests are the files of the directory tests beside the documents. Each is a\n" +
			"document that says under expect which rules fire where, as if the project were\n" +
			"empty; one that declares nothing tests the documents themselves. The exit code is\n" +
			"1 when a rule fires that is not expected, or one that is expected does not.",
		RunE: func(_ *cobra.Command, paths []string) error { return t.run(paths) },
	}
	t.flags(cmd)
	t.workflow.annotated(cmd)
	return cmd
}

// A tested is the outcome of one test. Its JSON form is an interface, and fields
// are only ever added to it.
type tested struct {
	Name       string                `json:"name"` // the file
	Passed     bool                  `json:"passed"`
	Unexpected []plan.Verdict        `json:"unexpected"`
	Missing    []kind.MissingVerdict `json:"missing"`
}

func (t *ruleTests) run(paths []string) error {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	t.catalog = catalog.All()
	// Told once, before any test: the rules and the documents must be right by themselves.
	house, _, err := t.load(t.output, paths, t.catalog)
	if err != nil {
		return err
	}
	files, err := testFiles(paths)
	if err != nil {
		return err
	}
	outcomes := make([]tested, 0, len(files))
	for _, file := range files {
		outcome, err := t.one(file, paths, house)
		if err != nil {
			return err
		}
		outcomes = append(outcomes, outcome)
	}
	return t.tell(outcomes)
}

// testFiles are the tests that belong to the paths, each once, in order.
func testFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			path = filepath.Dir(path)
		}
		for _, pattern := range []string{"*.yaml", "*.yml", "*.hcl"} {
			found, err := filepath.Glob(filepath.Join(escaped(path), testsDir, pattern))
			if err != nil {
				return nil, fmt.Errorf("looking for tests: %w", err)
			}
			files = append(files, found...)
		}
	}
	slices.Sort(files)
	files = slices.Compact(files)
	if len(files) == 0 {
		return nil, errors.New("there are no tests: write them into a directory called " + testsDir + " beside the documents")
	}
	return files, nil
}

// escaped is a path in which no character is a pattern.
func escaped(path string) string {
	var out []rune
	for _, r := range path {
		if r == '*' || r == '?' || r == '[' || r == '\\' {
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}

// one runs one test: its own documents, or those of the paths where it declares
// none, judged by the rules of the paths.
func (t *ruleTests) one(file string, paths []string, house *kind.Desired) (tested, error) {
	outcome := tested{Name: filepath.ToSlash(file), Unexpected: []plan.Verdict{}, Missing: []kind.MissingVerdict{}}
	document, diagnostics := spec.Load([]string{file}, spec.Options{
		Vocabulary: t.catalog.Vocabulary(), ToolVersion: release(toolVersion()), Test: true,
	})
	if document == nil || diagnostics.HasErrors() {
		return outcome, t.wrong(diagnostics, document)
	}
	if p := document.Policy; p != nil {
		diagnostics.Append(p.Errorf("a test has no policy: it is judged by that of the documents beside it"))
	}
	given, problems := assignments(document.Given)
	diagnostics.Append(problems...)
	desired, more := kind.Decode(document, t.catalog)
	diagnostics.Append(more...)
	if diagnostics.HasErrors() {
		return outcome, t.wrong(diagnostics, document)
	}
	if len(given) > 0 {
		varied := documents{variables: slices.Concat(t.variables, given), variableFiles: t.variableFiles}
		var err error
		if house, _, err = varied.load(t.output, paths, t.catalog); err != nil {
			return outcome, fmt.Errorf("%s: the documents with what the test gives: %w", file, err)
		}
	}
	if len(document.Resources) == 0 {
		desired = house
	}
	rehearsal, diagnostics := desired.Rehearse(house, document.Expect)
	if diagnostics.HasErrors() {
		return outcome, t.wrong(diagnostics, document)
	}
	outcome.Passed = rehearsal.Passed()
	outcome.Unexpected = append(outcome.Unexpected, rehearsal.Unexpected...)
	outcome.Missing = append(outcome.Missing, rehearsal.Missing...)
	return outcome, nil
}

// wrong tells what is wrong with a test itself.
func (t *ruleTests) wrong(diagnostics spec.Diagnostics, document *spec.Document) error {
	var sources map[string][]byte
	if document != nil {
		sources = document.Sources
	}
	return t.diagnose(diagnostics, sources)
}

// assignments turns what a test gives into the form of --var.
func assignments(given *spec.Node) (variables []string, out spec.Diagnostics) {
	if given == nil || given.Type == spec.Invalid {
		return nil, nil
	}
	if given.Type != spec.Map {
		return nil, spec.Diagnostics{given.Mismatch("a map from variables to values")}
	}
	for _, entry := range given.Entries {
		value := entry.Value.String
		if entry.Value.Type != spec.String {
			// HCL reads what JSON writes.
			text, err := json.Marshal(entry.Value.Any())
			if err != nil {
				panic("a document holds a value that JSON cannot carry: " + err.Error())
			}
			value = string(text)
		}
		variables = append(variables, entry.Key+"="+value)
	}
	return variables, nil
}

// annotation is a test that failed, at the head of its file.
func (o tested) annotation() render.Annotation {
	a := render.Annotation{Level: render.LevelError, Source: &plan.Source{File: o.Name, Line: 1}, Title: "Test failed"}
	for _, v := range o.Unexpected {
		a.Lines = append(a.Lines, fmt.Sprintf("%s fires at %s: %s", v.Name, cmp.Or(string(v.Address), "plan"), v.Message))
	}
	for _, m := range o.Missing {
		a.Lines = append(a.Lines, fmt.Sprintf("%s does not fire at %s", m.Rule, m.Address))
	}
	return a
}

// tell writes the outcomes in the form that was asked for. A test that failed is
// the exit code 1.
func (t *ruleTests) tell(outcomes []tested) error {
	failed := 0
	for _, o := range outcomes {
		if !o.Passed {
			failed++
			t.workflow.notes = append(t.workflow.notes, o.annotation())
		}
	}
	if t.format == "json" {
		encoder := json.NewEncoder(commandless{t.stdout})
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		result := struct {
			Tests  []tested `json:"tests"`
			Failed int      `json:"failed"`
		}{outcomes, failed}
		if err := encoder.Encode(result); err != nil {
			return err
		}
	} else {
		t.list(outcomes, failed)
	}
	if failed > 0 {
		return exit{code: exitError}
	}
	return nil
}

func (t *ruleTests) list(outcomes []tested, failed int) {
	for _, o := range outcomes {
		word := "ok  "
		if !o.Passed {
			word = "FAIL"
		}
		fmt.Fprintf(t.stdout, "%s  %s\n", word, render.Safe(o.Name))
		for _, v := range o.Unexpected {
			where := string(v.Address)
			if where == "" {
				where = "plan"
			}
			fmt.Fprintf(t.stdout, "      %s fires at %s: %s\n", render.Safe(v.Name), render.Safe(where), render.Safe(v.Message))
		}
		for _, m := range o.Missing {
			fmt.Fprintf(t.stdout, "      %s does not fire at %s\n", render.Safe(m.Rule), render.Safe(m.Address))
		}
	}
	fmt.Fprintf(t.stdout, "Tests: %d passed, %d failed\n", len(outcomes)-failed, failed)
}
