package render

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with testdata/NAME, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); -update writes it anew:\n%s", path, diff)
	}
}

// A tester is a test, or one draw of a property.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// written is what a render function writes.
func written(t tester, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func text(t tester, p *plan.Plan, o Options) string {
	t.Helper()
	return string(written(t, func(w io.Writer) error { return Text(w, p, o) }))
}

func TestGolden(t *testing.T) {
	incomplete := planOf(staging, 0)
	incomplete.Complete = false
	incomplete.Unknown = []plan.Unknown{{Kind: "member", Scope: "organization/acme", Reason: "status 500"}}
	partial := planOf(staging, 7)
	partial.Partial = true
	whole := report()
	whole.Operations = whole.Operations[:3]
	whole.Summary = plan.ReportSummary{Done: 3}
	whole.Requests.Share, whole.Requests.WaitedSeconds = 50, 12.3
	whole.Requests.LearnedLimits = []plan.LearnedLimit{{Class: "data", Requests: 20.4, Per: "second"}, {Class: "management", Requests: 1000, Per: "minute"}}

	for name, write := range map[string]func(io.Writer) error{
		"busy.txt":         func(w io.Writer) error { return Text(w, busyPlan(), Options{}) },
		"busy.color.txt":   func(w io.Writer) error { return Text(w, busyPlan(), Options{Color: true}) },
		"busy.narrow.txt":  func(w io.Writer) error { return Text(w, busyPlan(), Options{Width: 40}) },
		"nothing.txt":      func(w io.Writer) error { return Text(w, planOf(staging, 7), Options{}) },
		"incomplete.txt":   func(w io.Writer) error { return Text(w, incomplete, Options{}) },
		"base.txt":         func(w io.Writer) error { return Text(w, basedPlan(), Options{}) },
		"partial.txt":      func(w io.Writer) error { return Text(w, partial, Options{}) },
		"report.txt":       func(w io.Writer) error { return ReportText(w, report(), Options{}) },
		"report.color.txt": func(w io.Writer) error { return ReportText(w, report(), Options{Color: true}) },
		"report.done.txt":  func(w io.Writer) error { return ReportText(w, whole, Options{}) },
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, written(t, write)) })
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestColourChangesNothingButColour(t *testing.T) {
	for _, width := range []int{40, 100} {
		plain := text(t, busyPlan(), Options{Width: width})
		coloured := text(t, busyPlan(), Options{Width: width, Color: true})
		if plain == coloured {
			t.Error("nothing is coloured")
		}
		if diff := cmp.Diff(plain, sgr.ReplaceAllString(coloured, "")); diff != "" {
			t.Errorf("width %d, without the colours (-plain +coloured):\n%s", width, diff)
		}
	}
}
