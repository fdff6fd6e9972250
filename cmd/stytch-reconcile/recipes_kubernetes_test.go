package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// A cronJob is the manifest, as far as the recipe uses what there is. What is not
// here is an error when it is read.
type cronJob struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct{ Name string }
	Spec       struct {
		Schedule                   string
		ConcurrencyPolicy          string `yaml:"concurrencyPolicy"`
		StartingDeadlineSeconds    int    `yaml:"startingDeadlineSeconds"`
		SuccessfulJobsHistoryLimit int    `yaml:"successfulJobsHistoryLimit"`
		FailedJobsHistoryLimit     int    `yaml:"failedJobsHistoryLimit"`
		JobTemplate                struct {
			Spec struct {
				BackoffLimit          *int `yaml:"backoffLimit"`
				ActiveDeadlineSeconds int  `yaml:"activeDeadlineSeconds"`
				Template              struct{ Spec pod }
			}
		} `yaml:"jobTemplate"`
	}
}

type pod struct {
	RestartPolicy                string `yaml:"restartPolicy"`
	AutomountServiceAccountToken *bool  `yaml:"automountServiceAccountToken"`
	SecurityContext              struct {
		RunAsNonRoot   bool                  `yaml:"runAsNonRoot"`
		RunAsUser      int                   `yaml:"runAsUser"`
		RunAsGroup     int                   `yaml:"runAsGroup"`
		FSGroup        int                   `yaml:"fsGroup"`
		SeccompProfile struct{ Type string } `yaml:"seccompProfile"`
	} `yaml:"securityContext"`
	Containers []container
	Volumes    []struct {
		Name      string
		ConfigMap struct{ Name string } `yaml:"configMap"`
		Secret    struct {
			SecretName  string `yaml:"secretName"`
			DefaultMode int    `yaml:"defaultMode"`
		}
		PersistentVolumeClaim struct {
			ClaimName string `yaml:"claimName"`
		} `yaml:"persistentVolumeClaim"`
	}
}

type container struct {
	Name, Image     string
	Command, Args   []string
	Env             []struct{ Name, Value string }
	EnvFrom         []map[string]struct{ Name string } `yaml:"envFrom"`
	SecurityContext struct {
		AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
		ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
		Capabilities             struct{ Drop []string }
	} `yaml:"securityContext"`
	Resources    struct{ Requests, Limits map[string]string }
	VolumeMounts []struct {
		Name      string
		MountPath string `yaml:"mountPath"`
		ReadOnly  bool   `yaml:"readOnly"`
	} `yaml:"volumeMounts"`
}

// readCronJob reads the second document of the manifest.
func readCronJob(t *testing.T) cronJob {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(checkout, "examples/ci/kubernetes/cronjob.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var claim map[string]any
	if err := decoder.Decode(&claim); err != nil || claim["kind"] != "PersistentVolumeClaim" {
		t.Fatalf("the first document is %v (%v)", claim["kind"], err)
	}
	decoder.KnownFields(true)
	var job cronJob
	if err := decoder.Decode(&job); err != nil {
		t.Fatal(err)
	}
	if err := decoder.Decode(&claim); !errors.Is(err, io.EOF) {
		t.Fatalf("there is a third document (%v)", err)
	}
	return job
}

func TestTheCronJobAsksForNoMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	job := readCronJob(t)
	template := job.Spec.JobTemplate.Spec
	p := template.Template.Spec
	c := p.Containers[0]
	for what, good := range map[string]bool{
		"two never run at once":              job.Spec.ConcurrencyPolicy == "Forbid",
		"it is not repeated at once":         template.BackoffLimit != nil && *template.BackoffLimit == 0 && p.RestartPolicy == "Never",
		"it ends":                            template.ActiveDeadlineSeconds > 0,
		"it has no token of the cluster":     p.AutomountServiceAccountToken != nil && !*p.AutomountServiceAccountToken,
		"it is not root":                     p.SecurityContext.RunAsNonRoot && p.SecurityContext.RunAsUser > 0 && p.SecurityContext.SeccompProfile.Type == "RuntimeDefault",
		"it cannot become more":              c.SecurityContext.AllowPrivilegeEscalation != nil && !*c.SecurityContext.AllowPrivilegeEscalation && slices.Equal(c.SecurityContext.Capabilities.Drop, []string{"ALL"}),
		"its root is not written to":         c.SecurityContext.ReadOnlyRootFilesystem,
		"it says what memory it needs":       c.Resources.Limits["memory"] != "" && c.Resources.Requests["memory"] != "",
		"secrets are files and no variables": !slices.ContainsFunc(c.EnvFrom, func(m map[string]struct{ Name string }) bool { _, is := m["secretRef"]; return is }),
	} {
		if !good {
			t.Errorf("not so: %s", what)
		}
	}
}

// A cluster runs the container of the cron job: its command as it is written, with
// the mounts in a directory, because nobody may write to / here.
type cluster struct {
	*recipeWorld
	container container
	root      string
	gateway   string
}

func onKubernetes(t *testing.T) (k *cluster, pushed *[]string) {
	t.Helper()
	t.Parallel()
	k = &cluster{recipeWorld: newRecipeWorld(t), root: t.TempDir()}
	k.container = readCronJob(t).Spec.JobTemplate.Spec.Template.Spec.Containers[0]
	k.settled()
	pushed = &[]string{}
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/metrics/job/stytch_reconcile" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		*pushed = append(*pushed, string(content))
	}))
	t.Cleanup(gateway.Close)
	k.gateway = gateway.URL
	c := k.stytch.credentials
	for _, directory := range []string{"state", "credentials", "documents/..2026"} {
		if err := os.MkdirAll(filepath.Join(k.root, directory), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	k.put("credentials/secret", c.Secret+"\n")
	k.put("credentials/workspace-key-secret", c.WorkspaceKeySecret+"\n")
	k.put("credentials/notify-url", "")
	// As a ConfigMap is mounted: files that are links into a hidden directory, itself behind a link.
	k.put("documents/..2026/state.yaml", state("Acme"))
	for link, to := range map[string]string{"documents/..data": "..2026", "documents/state.yaml": "..data/state.yaml"} {
		if err := os.Symlink(to, filepath.Join(k.root, link)); err != nil {
			t.Fatal(err)
		}
	}
	return k, pushed
}

func (k *cluster) put(name, content string) {
	k.t.Helper()
	if err := os.WriteFile(filepath.Join(k.root, name), []byte(content), 0o600); err != nil {
		k.t.Fatal(err)
	}
}

// tick runs the container once.
func (k *cluster) tick() (code int, log string) {
	k.t.Helper()
	mounted := func(s string) string {
		for _, m := range k.container.VolumeMounts {
			s = strings.ReplaceAll(s, m.MountPath, filepath.Join(k.root, m.MountPath))
		}
		return s
	}
	line := append(slices.Clone(k.container.Command), k.container.Args...)
	for i := range line {
		line[i] = mounted(line[i])
	}
	cmd := exec.CommandContext(k.t.Context(), line[0], line[1:]...)
	cmd.Dir = k.t.TempDir()
	cmd.Env = []string{
		"PATH=" + k.path, "STYTCH_BASE_URI=" + k.stytch.server.URL, "STYTCH_MANAGEMENT_BASE_URI=" + k.stytch.server.URL,
		"STYTCH_PROJECT_ID=" + k.stytch.credentials.ProjectID, "STYTCH_WORKSPACE_KEY_ID=" + k.stytch.credentials.WorkspaceKeyID,
	}
	for _, e := range k.container.Env {
		cmd.Env = append(cmd.Env, e.Name+"="+mounted(e.Value))
	}
	cmd.Env = append(cmd.Env, "PUSHGATEWAY="+k.gateway)
	out, err := cmd.CombinedOutput()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return ended.ExitCode(), string(out)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	return 0, string(out)
}

func TestOnKubernetesWhatDriftFindsIsNoFailedJob(t *testing.T) {
	k, pushed := onKubernetes(t)
	looks := func(code int, metric string) {
		t.Helper()
		before := len(*pushed)
		got, log := k.tick()
		if got != code {
			t.Fatalf("exit code %d, want %d\n%s", got, code, log)
		}
		k.checkLog(log)
		if metric == "" {
			if len(*pushed) > before {
				t.Error("a run that could not look pushed metrics")
			}
			return
		}
		if len(*pushed) != before+1 {
			t.Fatalf("metrics were pushed %d times, want once\n%s", len(*pushed)-before, log)
		}
		holds(t, (*pushed)[before], metric)
	}
	total := func(n string) string {
		return `stytch_reconcile_drift_total{project_id="` + k.stytch.credentials.ProjectID + `",environment="production"} ` + n + "\n"
	}
	looks(0, total("0"))
	k.renamed("Acme by hand")
	looks(0, total("1"))
	looks(0, total("1"))
	if _, err := os.Stat(filepath.Join(k.root, "state/drift.json")); err != nil {
		t.Error(err)
	}
	k.stytch.meanwhile = []interference{{"POST", "/v1/b2b/organizations/search", func() error { return errors.New("not today") }}}
	looks(0, "stytch_reconcile_drift_complete{")
	k.put("credentials/secret", "no-secret")
	looks(1, "")
	if n := k.writes(); n != 0 {
		t.Errorf("%d writes, want none", n)
	}
}
