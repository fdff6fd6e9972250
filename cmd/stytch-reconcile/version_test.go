package main

import "testing"

func TestABuildOfACommitSatisfiesEveryRequiredVersion(t *testing.T) {
	for given, want := range map[string]string{
		"v0.0.0-20261122180000-abcdef123456":       "devel",
		"v0.0.0-20261122180000-abcdef123456+dirty": "devel",
		"devel":  "devel",
		"v0.3.0": "v0.3.0",
		"0.3.1":  "0.3.1",
	} {
		if got := release(given); got != want {
			t.Errorf("%s: got %s, want %s", given, got, want)
		}
	}
}
