package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sink"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// compared reads the secrets that the plan compares, and checks what is to be
// sent again.
func (s *session) compared() (err error) {
	if s.resent, err = s.desired.Resends(s.resend); err != nil {
		return err
	}
	return s.diagnose(s.desired.Resolve(kind.Secrets{LookupEnv: s.lookupEnv}), s.sources)
}

// vault is what an apply needs of secrets: those that it sends, and the sink for
// those that it is shown.
type vault struct {
	flag    string // what --secret-sink was given
	place   sink.Place
	sent    map[plan.Reference]client.Secret
	sink    sink.Sink
	environ []string
}

// check refuses a flag that names no place, before anything is read, and whether
// a sink will be needed or not.
func (v *vault) check() (err error) {
	if v.flag != "" {
		v.place, err = sink.Parse(v.flag)
	}
	return err
}

// prepare reads every secret that the plan sends and opens the sink for those
// that it is shown. Whatever is missing is told at once, before the first write.
func (v *vault) prepare(ctx context.Context, p *plan.Plan, catalog kind.Catalog, secrets kind.Secrets) error {
	var problems []error
	var err error
	if v.sent, err = secrets.ReadAll(p); err != nil {
		problems = append(problems, err)
	}
	issued := kind.Issued(p, catalog)
	switch {
	case len(issued) == 0:
	case v.flag == "":
		problems = append(problems, needsSink(issued))
	default:
		if v.sink, err = v.place.Open(ctx, v.environ); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// needsSink says which objects make a sink necessary.
func needsSink(issued []kind.Issue) error {
	const most = 10
	var names []string
	for _, i := range issued[:min(len(issued), most)] {
		names = append(names, fmt.Sprintf("%s (%s)", render.Safe(string(i.Address)), i.Attribute))
	}
	if more := len(issued) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("Stytch shows the secrets of what is created once, and nothing would keep them: %s; give --secret-sink file:PATH or command:CMD; nothing was written", //nolint:staticcheck // a name begins the sentence
		strings.Join(names, ", "))
}

// arm gives an actor the secrets.
func (v *vault) arm(actor *kind.Actor) {
	actor.Use(v.sent)
	if v.sink != nil {
		actor.Sink = v.sink
	}
}

func (v *vault) close() error {
	if v.sink == nil {
		return nil
	}
	return v.sink.Close()
}
