package sandbox

import "testing"

func TestAForkStartsFromTheSameStateAndGoesItsOwnWay(t *testing.T) {
	first, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	seed := Seed{ProjectSlug: "acme", EnvironmentSlug: "test"}
	granted, err := first.Ensure(seed)
	if err != nil {
		t.Fatal(err)
	}
	fork, err := first.Fork()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := fork.Ensure(seed); err != nil || again != granted {
		t.Errorf("the fork grants %v (%v), want %v", again, err, granted)
	}
	if _, err := fork.Ensure(Seed{ProjectSlug: "other", EnvironmentSlug: "test"}); err != nil {
		t.Fatal(err)
	}
	if first.state.Projects["other"] != nil || fork.state.Projects["other"] == nil {
		t.Error("what is made in the fork belongs to the fork alone")
	}
}
