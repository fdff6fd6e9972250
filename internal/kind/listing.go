package kind

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
)

// A Miscount is what a kind's List yields, where an error would be, when it read
// a list to its end, twice, and Stytch still counts more or fewer rows than it
// gives. What was yielded stands: the end of the list decides, and totals of
// Stytch are known to count otherwise. It is told as a warning.
type Miscount struct {
	Request string // "POST /v1/b2b/organizations/search"
	Rows    int    // as many were given
	Total   int    // as many there are, says Stytch
}

func (m *Miscount) Error() string {
	return fmt.Sprintf("%s gave %d rows and a total of %d, also when it was read again; the plan goes by the rows", m.Request, m.Rows, m.Total)
}

// A listing is what could be read, and why not all of it could.
type listing struct {
	objects   []object
	err       error
	miscounts []*Miscount
}

func (l listing) reason() string {
	if l.err == nil {
		return ""
	}
	return l.err.Error()
}

// collect reads a list until it ends or fails. Whatever the kind, two rows with
// one id are one object, as the later row has it: a list that moves while it is
// read, or that repeats itself, must not make one object two.
func collect(objects func(func(object, error) bool)) listing {
	var l listing
	at := map[[2]string]int{}
	for o, err := range objects {
		if m, ok := errors.AsType[*Miscount](err); ok {
			l.miscounts = append(l.miscounts, m)
			continue
		}
		if err != nil {
			l.err = err
			break
		}
		row := [2]string{o.OrganizationID, o.ID}
		if i, seen := at[row]; seen && o.ID != "" {
			l.objects[i] = o
			continue
		}
		at[row] = len(l.objects)
		l.objects = append(l.objects, o)
	}
	return l
}

// warn tells of totals that disagree.
func (r *reader) warn(miscounts []*Miscount) {
	for _, m := range miscounts {
		r.draft.Warn("%s", m)
	}
}

// fatal picks the errors after which the run ends: what Stytch refuses to
// everybody, and interrupts. After any other the rest is still worth reading.
func fatal(err error) error {
	if err == nil {
		return nil
	}
	var answered *client.Error
	if errors.As(err, &answered) && (answered.Status == http.StatusUnauthorized || answered.Status == http.StatusForbidden) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, client.ErrReadOnly) {
		return err
	}
	return nil
}
