package client

import "testing"

func TestAClientKnowsWhichSecretsMayBeItsOwn(t *testing.T) {
	for _, test := range []struct {
		name                string
		secret              string
		projectID, lastFour string
		want                bool
	}{
		{"it ends so", "canary-4711", "project-test-1", "4711", true},
		{"it ends otherwise", "canary-4711", "project-test-1", "4712", false},
		{"Stytch shows nothing of it", "canary-4711", "project-test-1", "", true},
		{"another environment's", "canary-4711", "project-test-2", "4711", false},
		{"a run without a secret", "", "project-test-1", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			connection, err := Connect(Config{ProjectID: "project-test-1", Secret: NewSecret(test.secret)})
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			if got := connection.ReadOnly().MayUse(test.projectID, test.lastFour); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}
