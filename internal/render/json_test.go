package render

import (
	"encoding/json"
	"io"
	"testing"
)

// Programs rely on these names. Further ones may be added.
func TestJSONKeepsItsNames(t *testing.T) {
	for _, test := range []struct {
		name  string
		write func(io.Writer) error
		path  []any
		keys  []string
	}{
		{"a plan", writePlan, nil, []string{"format_version", "tool_version", "digest", "target", "complete", "unknown", "summary", "changes", "undeclared"}},
		{"its target", writePlan, []any{"target"}, []string{"project_id", "project_slug", "environment_slug", "live"}},
		{"what it does not know", writePlan, []any{"unknown", 0}, []string{"kind", "scope", "reason"}},
		{"its summary", writePlan, []any{"summary"}, []string{"create", "update", "delete", "restore", "unchanged", "undeclared"}},
		{"a change", writePlan, []any{"changes", 2}, []string{"address", "kind", "key", "action", "origin", "source", "attributes", "risks", "consequences", "blocked_by"}},
		{"its source", writePlan, []any{"changes", 2, "source"}, []string{"file", "line", "column"}},
		{"an attribute", writePlan, []any{"changes", 2, "attributes", 0}, []string{"name", "before", "after", "sensitive"}},
		{"a risk", writePlan, []any{"changes", 2, "risks", 0}, []string{"class", "reason"}},
		{"what is undeclared", writePlan, []any{"undeclared", 0}, []string{"kind", "scope", "count", "keys"}},
		{"a report", writeReport, nil, []string{"digest", "summary", "operations", "requests"}},
		{"its summary of results", writeReport, []any{"summary"}, []string{"done", "failed", "skipped", "not_tried"}},
		{"an operation", writeReport, []any{"operations", 4}, []string{"address", "action", "result", "error"}},
		{"an error", writeReport, []any{"operations", 4, "error"}, []string{"error_type", "status", "request_id", "message"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var at any
			if err := json.Unmarshal(written(t, test.write), &at); err != nil {
				t.Fatal(err)
			}
			for _, step := range test.path {
				switch step := step.(type) {
				case string:
					at = at.(map[string]any)[step]
				case int:
					at = at.([]any)[step]
				}
			}
			for _, key := range test.keys {
				if _, ok := at.(map[string]any)[key]; !ok {
					t.Errorf("no %q in %v", key, at)
				}
			}
		})
	}
}

func writePlan(w io.Writer) error   { return JSON(w, busyPlan()) }
func writeReport(w io.Writer) error { return ReportJSON(w, report()) }
