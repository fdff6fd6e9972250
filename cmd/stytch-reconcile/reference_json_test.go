package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// jsonSections are the headings of docs/json.md and what each is about. What can
// be reached from these and has no heading is an error.
var jsonSections = map[string]any{
	"A plan": plan.Plan{}, "Target": plan.Target{}, "Unknown": plan.Unknown{}, "Summary": plan.Summary{}, "Change": plan.Change{},
	"Source": plan.Source{}, "Attribute": plan.Attribute{}, "Reference": plan.Reference{}, "Risk": plan.Risk{}, "Step": plan.Step{},
	"Need": plan.Need{}, "Reliance": plan.Reliance{}, "Undeclared": plan.Undeclared{}, "Block": plan.Block{}, "Policy": plan.Policy{},
	"Limits": plan.Limits{}, "Repairs": plan.Repairs{}, "Not comparable": plan.NotComparable{}, "Verdict of a rule": plan.Verdict{},
	"Accepted": plan.Accepted{}, "Lapsed": plan.Lapsed{}, "Difference": plan.Difference{}, "Repair": plan.Repair{}, "Left": plan.Left{},
	"A report": plan.Report{}, "Report summary": plan.ReportSummary{}, "Operation": plan.ReportedChange{}, "Failure": plan.Failure{},
	"Requests": plan.Requests{}, "Endpoint": plan.EndpointCount{}, "Learned limit": plan.LearnedLimit{},
	"What verify finds": verdict{}, "Finding": finding{}, "A test of rules": tested{}, "Missing verdict": kind.MissingVerdict{},
}

func TestEveryFieldOfTheJSONIsDocumented(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(checkout, "docs", "json.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := sections(string(content))
	known := map[reflect.Type]bool{}
	for _, example := range jsonSections {
		known[reflect.TypeOf(example)] = true
	}
	for title, example := range jsonSections {
		want, reached := jsonFields(reflect.TypeOf(example))
		if diff := cmp.Diff(want, page[title]); diff != "" {
			t.Errorf("the section %q is not what the program writes (-program +page):\n%s", title, diff)
		}
		for _, other := range reached {
			if !known[other] {
				t.Errorf("%s holds a %s, which has no section", title, other)
			}
		}
	}
}

var fieldRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")

// sections are the fields that a page has in its tables, by heading, in order.
func sections(page string) map[string][]string {
	found := map[string][]string{}
	for _, part := range regexp.MustCompile(`(?m)^#+ `).Split(page, -1) {
		title, body, _ := strings.Cut(part, "\n")
		for _, row := range fieldRow.FindAllStringSubmatch(body, -1) {
			found[title] = append(found[title], row[1])
		}
		slices.Sort(found[title])
	}
	return found
}

// jsonFields are the names of a struct's fields as JSON has them, sorted, and the
// other structs of the program that they hold.
func jsonFields(of reflect.Type) (names []string, reached []reflect.Type) {
	for field := range of.Fields() {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag == "-" || !field.IsExported() {
			continue
		}
		if field.Anonymous && tag == "" {
			more, others := jsonFields(field.Type)
			names, reached = append(names, more...), append(reached, others...)
			continue
		}
		if tag == "" {
			panic(fmt.Sprintf("%s.%s has no name in JSON", of, field.Name))
		}
		names = append(names, tag)
		inner := field.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice || inner.Kind() == reflect.Map {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			reached = append(reached, inner)
		}
	}
	slices.Sort(names)
	return names, reached
}
