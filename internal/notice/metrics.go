package notice

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// WriteMetrics writes what a run found in Prometheus' text format. Requests is
// how many were sent to Stytch.
func (f Finding) WriteMetrics(w io.Writer, requests int, now time.Time) error {
	target := f.Plan.Target
	m := &metrics{labels: [][2]string{{"project_id", target.ProjectID}, {"environment", target.EnvironmentSlug}}}
	kinds, risks := map[[2]string]int{}, map[[2]string]int{}
	for _, d := range f.Plan.Differences {
		kinds[[2]string{d.Kind}]++
		for _, class := range d.Risks {
			risks[[2]string{d.Kind, class}]++
		}
	}
	m.head("drift", "What is live and not declared, by kind.")
	for _, key := range ordered(kinds) {
		m.sample("drift", float64(kinds[key]), [2]string{"kind", key[0]})
	}
	m.head("drift_risks", "The same by kind and class of risk; one drift may have several.")
	for _, key := range ordered(risks) {
		m.sample("drift_risks", float64(risks[key]), [2]string{"kind", key[0]}, [2]string{"risk", key[1]})
	}
	m.one("drift_total", "All that is live and not declared.", float64(len(f.Plan.Differences)))
	m.one("drift_accepted", "Differences that are accepted and left alone.", float64(len(f.Plan.Accepted)))
	m.counter("drift_repaired_total", "Drift that --repair has undone, ever as far as the state knows.", float64(f.EverRepaired))
	age := 0.0
	if oldest := f.Oldest(); !oldest.IsZero() {
		age = max(0, now.Sub(oldest).Truncate(time.Second).Seconds())
	}
	m.one("drift_oldest_seconds", "The age of the oldest drift; 0 when there is none.", age)
	complete := 0.0
	if f.Plan.Complete {
		complete = 1
	}
	m.one("drift_complete", "1 when everything could be read.", complete)
	m.one("requests", "Requests that the run sent to Stytch.", float64(requests))
	if !f.LastSuccess.IsZero() {
		m.one("drift_last_success_timestamp_seconds", "When everything could last be read.", float64(f.LastSuccess.Unix()))
	}
	_, err := io.WriteString(w, m.String())
	return err
}

type metrics struct {
	strings.Builder
	labels [][2]string // of every sample
}

const prefix = "stytch_reconcile_"

func (m *metrics) head(name, help string) { m.typed(name, help, "gauge") }

func (m *metrics) typed(name, help, of string) {
	fmt.Fprintf(m, "# HELP %s%s %s\n# TYPE %s%s %s\n", prefix, name, help, prefix, name, of)
}

func (m *metrics) counter(name, help string, value float64) {
	m.typed(name, help, "counter")
	m.sample(name, value)
}

func (m *metrics) one(name, help string, value float64) {
	m.head(name, help)
	m.sample(name, value)
}

func (m *metrics) sample(name string, value float64, labels ...[2]string) {
	var pairs []string
	for _, l := range append(slices.Clone(m.labels), labels...) {
		pairs = append(pairs, l[0]+`="`+labelValue.Replace(l[1])+`"`)
	}
	fmt.Fprintf(m, "%s%s{%s} %.0f\n", prefix, name, strings.Join(pairs, ","), value)
}

var labelValue = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func ordered(counts map[[2]string]int) [][2]string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
}
