package apply

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A world is an Actor that keeps state: what was written, in which order, and
// how many hands were at it at once. It fails the steps it is told to fail.
type world struct {
	fails map[plan.Need]error
	hook  func(ctx context.Context, op plan.Operation) error // nil, or what an operation does

	mu     sync.Mutex
	events []moment
	busy   int
	most   int
}

// A moment is the start or the end of one operation in the world.
type moment struct {
	need  plan.Need
	phase int
	start bool
}

func (w *world) Do(ctx context.Context, op plan.Operation) (string, error) {
	at := plan.Need{Address: op.Change.Address, Step: op.Step}
	w.mu.Lock()
	w.events = append(w.events, moment{need: at, phase: op.Phase(), start: true})
	w.busy++
	w.most = max(w.most, w.busy)
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.busy--
		w.events = append(w.events, moment{need: at, phase: op.Phase()})
	}()
	runtime.Gosched()
	if w.hook != nil {
		return "", w.hook(ctx, op)
	}
	return "", w.fails[at]
}

// started lists what was begun, as ADDRESS or ADDRESS#STEP for later steps.
func (w *world) started() []string {
	var list []string
	for _, e := range w.events {
		if e.start {
			list = append(list, name(e.need))
		}
	}
	return list
}

func name(n plan.Need) string {
	if n.Step == 0 {
		return string(n.Address)
	}
	return fmt.Sprintf("%s#%d", n.Address, n.Step)
}

// change makes a change of one or more steps.
func change(address string, steps ...plan.Step) plan.Change {
	return plan.Change{Address: plan.Address(address), Kind: "thing", Key: address, Action: plan.Update, Steps: steps}
}

// step makes a step of a phase that needs the first steps of other changes.
func step(phase int, needs ...plan.Address) plan.Step {
	s := plan.Step{Phase: phase}
	for _, n := range needs {
		s.Needs = append(s.Needs, plan.Need{Address: n})
	}
	return s
}

func planOf(changes ...plan.Change) *plan.Plan {
	return &plan.Plan{Digest: "sha256:aa", ToolVersion: "1.2.3", Complete: true, Changes: changes}
}

// failing makes a world in which the first steps of these addresses fail.
func failing(addresses ...plan.Address) *world {
	w := &world{fails: map[plan.Need]error{}}
	for _, a := range addresses {
		w.fails[plan.Need{Address: a}] = errRefused
	}
	return w
}

var (
	errRefused = &plan.Failure{Type: "invalid_email", Status: 400, RequestID: "request-id-1", Message: "Email format is invalid."}
	errStale   = &plan.Failure{Type: "stale", Message: "somebody changed it", Stale: true}
	errOther   = errors.New("no route to host")
)
