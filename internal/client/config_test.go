package client

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFromEnvironment(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain := func(s Secret) string { return s.Reveal() }
	for _, test := range []struct {
		name    string
		env     map[string]string
		want    Config
		refusal []string // each must be named
	}{
		{"nothing is set: nothing is asked for here", nil, Config{}, nil},
		{
			"all credentials and base URIs",
			map[string]string{
				"STYTCH_PROJECT_ID": "project-test-1", "STYTCH_SECRET": "s1", "STYTCH_WORKSPACE_KEY_ID": "k", "STYTCH_WORKSPACE_KEY_SECRET": "s2",
				"STYTCH_BASE_URI": "http://127.0.0.1:4010/", "STYTCH_MANAGEMENT_BASE_URI": "http://127.0.0.1:4010", "STYTCH_FRAUD_BASE_URI": "https://fraud.example/x/",
			},
			Config{
				ProjectID: "project-test-1", Secret: NewSecret("s1"), WorkspaceKeyID: "k", WorkspaceKeySecret: NewSecret("s2"),
				BaseURI: "http://127.0.0.1:4010", ManagementBaseURI: "http://127.0.0.1:4010", FraudBaseURI: "https://fraud.example/x",
			},
			nil,
		},
		{
			"secrets in files lose one line break at their end",
			map[string]string{"STYTCH_SECRET_FILE": file("a", "s1\r\n"), "STYTCH_WORKSPACE_KEY_SECRET_FILE": file("b", "s2\n\n")},
			Config{Secret: NewSecret("s1"), WorkspaceKeySecret: NewSecret("s2\n")},
			nil,
		},
		{
			"a secret both ways",
			map[string]string{"STYTCH_SECRET": "canary", "STYTCH_SECRET_FILE": file("c", "canary")},
			Config{},
			[]string{"STYTCH_SECRET and STYTCH_SECRET_FILE are both set"},
		},
		{
			"files that are missing or empty, both named",
			map[string]string{"STYTCH_SECRET_FILE": filepath.Join(dir, "none"), "STYTCH_WORKSPACE_KEY_SECRET_FILE": file("d", "\n")},
			Config{},
			[]string{"STYTCH_SECRET_FILE: reading the secret", "STYTCH_WORKSPACE_KEY_SECRET_FILE: the file"},
		},
		{"a base URI without a scheme", map[string]string{"STYTCH_BASE_URI": "127.0.0.1:4010"}, Config{}, []string{"STYTCH_BASE_URI must be an absolute"}},
		{"a base URI of another scheme", map[string]string{"STYTCH_MANAGEMENT_BASE_URI": "file:///x"}, Config{}, []string{"STYTCH_MANAGEMENT_BASE_URI must be an absolute"}},
		{"a base URI without a host", map[string]string{"STYTCH_FRAUD_BASE_URI": "https:///x"}, Config{}, []string{"STYTCH_FRAUD_BASE_URI must be an absolute"}},
		{"a base URI with a password", map[string]string{"STYTCH_BASE_URI": "https://u:canary@h.example"}, Config{}, []string{"STYTCH_BASE_URI must not hold"}},
		{"a base URI that does not parse", map[string]string{"STYTCH_BASE_URI": "https://u:canary@h.example/%zz"}, Config{}, []string{"STYTCH_BASE_URI must be an absolute"}},
		{"a base URI with a query", map[string]string{"STYTCH_BASE_URI": "https://h.example/?a=canary"}, Config{}, []string{"STYTCH_BASE_URI must end"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := FromEnvironment(func(name string) string { return test.env[name] })
			if len(test.refusal) == 0 {
				if err != nil {
					t.Fatal(err)
				}
				test.want.SearchesPerMinute = 100 // as Stytch documents, whatever else is set
				if diff := cmp.Diff(test.want, got, cmp.Transformer("Reveal", plain)); diff != "" {
					t.Error(diff)
				}
				return
			}
			says(t, err, test.refusal)
		})
	}
}

// says looks for every text in an error, and for what must never be in one.
func says(t *testing.T, err error, texts []string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %q", err, text)
		}
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("%q shows what it must not", err)
	}
}

func TestCheck(t *testing.T) {
	all := credentials()
	with := func(change func(*Config)) Config {
		c := all
		change(&c)
		return c
	}
	dataOnly := Config{ProjectID: all.ProjectID, Secret: all.Secret}
	managementOnly := Config{WorkspaceKeyID: all.WorkspaceKeyID, WorkspaceKeySecret: all.WorkspaceKeySecret}
	data, management := Needs{Data: {"organization", "member"}}, Needs{Management: {"redirect_url"}}
	both := Needs{Data: data[Data], Management: management[Management]}
	for _, test := range []struct {
		name    string
		config  Config
		needs   Needs
		refusal []string
	}{
		{"everything is there", all, both, nil},
		{"nothing is needed, nothing is there", Config{}, nil, nil},
		{"only the data plane is needed and there", dataOnly, data, nil},
		{"only the management plane is needed and there", managementOnly, management, nil},
		{"no data credentials", managementOnly, both, []string{"STYTCH_PROJECT_ID and STYTCH_SECRET (or STYTCH_SECRET_FILE) are not set", "member, organization", "data API"}},
		{"no workspace key", dataOnly, both, []string{"STYTCH_WORKSPACE_KEY_ID and STYTCH_WORKSPACE_KEY_SECRET", "redirect_url", "management API"}},
		{"nothing at all: both are named", Config{}, both, []string{"STYTCH_PROJECT_ID", "STYTCH_WORKSPACE_KEY_ID"}},
		{"a project id without its secret", with(func(c *Config) { c.Secret = Secret{} }), data, []string{"STYTCH_SECRET (or STYTCH_SECRET_FILE) is not set"}},
		{"half a workspace key, even if nothing needs it", with(func(c *Config) { c.WorkspaceKeySecret = Secret{} }), data, []string{"STYTCH_WORKSPACE_KEY_SECRET (or STYTCH_WORKSPACE_KEY_SECRET_FILE) is not set"}},
		{"a project id without a secret for kinds that need none", with(func(c *Config) { c.Secret = Secret{} }), management, nil},
		{"only the data plane is elsewhere", with(func(c *Config) { c.BaseURI = "http://localhost:1" }), both, []string{"STYTCH_BASE_URI is set and STYTCH_MANAGEMENT_BASE_URI is not"}},
		{"only the management plane is elsewhere", with(func(c *Config) { c.ManagementBaseURI = "http://localhost:1" }), both, []string{"STYTCH_MANAGEMENT_BASE_URI is set and STYTCH_BASE_URI is not"}},
		{"both are elsewhere", with(func(c *Config) { c.BaseURI, c.ManagementBaseURI = "http://localhost:1", "http://localhost:1" }), both, nil},
		{"the data plane is elsewhere and a workspace key would go to Stytch", with(func(c *Config) { c.BaseURI = "http://localhost:1" }), data, []string{"STYTCH_BASE_URI is set"}},
		{"the data plane is elsewhere and alone", Config{ProjectID: "p", Secret: all.Secret, BaseURI: "http://localhost:1"}, data, nil},
		{"the management plane is elsewhere and the other is not needed", with(func(c *Config) { c.ManagementBaseURI = "http://localhost:1" }), management, nil},
		{"a live project on the test host", Config{ProjectID: "project-live-1", Secret: all.Secret, BaseURI: "https://test.stytch.com/"}, data, []string{"project-live-1", "test host"}},
		{"a test project on the live host", Config{ProjectID: "project-test-1", Secret: all.Secret, BaseURI: "https://API.stytch.com"}, data, []string{"project-test-1", "live host"}},
		{"a base URI from a flag that is none", with(func(c *Config) { c.BaseURI, c.ManagementBaseURI = "localhost", "localhost" }), both, []string{"STYTCH_BASE_URI must", "STYTCH_MANAGEMENT_BASE_URI must"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.config.Check(test.needs)
			if test.refusal == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			says(t, err, test.refusal)
		})
	}
}

func TestEachPlaneHasItsHost(t *testing.T) {
	for _, test := range []struct {
		name                    string
		config                  Config
		data, management, fraud string
	}{
		{"a test project", Config{ProjectID: "project-test-1"}, hostTest, hostManagement, hostFraud},
		{"a live project", Config{ProjectID: "project-live-1"}, hostLive, hostManagement, hostFraud},
		{"another data host answers for fraud too", Config{ProjectID: "project-live-1", BaseURI: "http://h:1/"}, "http://h:1", hostManagement, "http://h:1"},
		{"each on its own", Config{BaseURI: "http://a", ManagementBaseURI: "http://b/x/", FraudBaseURI: "http://c/"}, "http://a", "http://b/x", "http://c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.config
			if c.dataBase() != test.data || c.managementBase() != test.management || c.fraudBase() != test.fraud {
				t.Errorf("got %s, %s, %s", c.dataBase(), c.managementBase(), c.fraudBase())
			}
		})
	}
	if _, err := Connect(Config{BaseURI: "nowhere"}); err == nil {
		t.Error("Connect takes a base URI that is none")
	}
}
