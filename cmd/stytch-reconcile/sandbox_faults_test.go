package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// mishapsOf reads flags as the sandbox command does.
func mishapsOf(t *testing.T, args ...string) (sandbox.Options, error) {
	t.Helper()
	var m mishaps
	cmd := &cobra.Command{}
	m.flags(cmd)
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	var options sandbox.Options
	err := m.to(&options)
	return options, err
}

func TestNothingGoesWrongInTheSandboxUnlessAFlagSaysSo(t *testing.T) {
	got, err := mishapsOf(t)
	if diff := cmp.Diff(sandbox.Options{}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestTheSandboxFailsAsItsFlagsSay(t *testing.T) {
	got, err := mishapsOf(t, "--fault", "error status=429 rate=0.1",
		"--fault", `cut-after-commit endpoint="POST /v1/b2b/organizations" times=1`, "--fault-seed", "7", "--search-lag", "2s")
	want := sandbox.Options{Knobs: sandbox.Knobs{SearchLag: 2e9}, Faults: sandbox.Faults{Seed: 7, Rules: []sandbox.Fault{
		{Kind: sandbox.FaultError, Status: 429, Rate: 0.1},
		{Kind: sandbox.FaultCutAfterCommit, Endpoint: "POST /v1/b2b/organizations", Times: 1},
	}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestAMishapThatIsWrongIsToldWithItsFlag(t *testing.T) {
	for want, args := range map[string][]string{
		`--fault is "cut": there is no fault "cut"; the faults are latency, `: {"--fault", "cut"},
		"--fault-seed is -1; it must be 0 or more":                            {"--fault-seed", "-1"},
		"--search-lag is -1s; it must be 0 or more":                           {"--search-lag", "-1s"},
	} {
		if _, err := mishapsOf(t, args...); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", args, err, want)
		}
	}
}
