package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/notice"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// notifyVariable holds the address of the webhook where a flag would show it.
const notifyVariable = "STYTCH_RECONCILE_NOTIFY_URL"

// A teller tells what drift found to those who do not read its output.
type teller struct {
	*session

	state, issue, metrics string
	notifyURL             string
	options               notice.Options

	endpoint *notice.Endpoint // nil when nobody is told
}

func (t *teller) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&t.state, "state", "", "remember in `FILE` what was found and told, so that the next run knows what is new")
	flags.StringVar(&t.notifyURL, "notify-url", "", "post what is new or gone to a webhook as Slack has them: `URL`; "+notifyVariable+" hides it")
	flags.BoolVar(&t.options.FullAddresses, "notify-full-addresses", false, "do not shorten email addresses in notices and issues")
	flags.StringVar(&t.issue, "issue-body", "", "write the Markdown body of an issue about all drift to `FILE`")
	flags.StringVar(&t.metrics, "metrics", "", "write Prometheus metrics to `FILE`")
}

// check refuses what cannot be told while nothing was read yet.
func (t *teller) check(cmd *cobra.Command) error {
	if err := given(cmd, "state", "issue-body", "metrics", "notify-url"); err != nil {
		return err
	}
	if t.state != "" && len(t.targets)+len(t.excluded) > 0 {
		return errNoStateOfPart
	}
	for _, file := range []string{t.state, t.issue, t.metrics} {
		if file == "" {
			continue
		}
		if err := writable(file); err != nil {
			return err
		}
	}
	where, address := "--notify-url", t.notifyURL
	if address == "" {
		where, address = notifyVariable, t.getenv(notifyVariable)
	}
	if address == "" {
		return nil
	}
	endpoint, err := notice.ParseEndpoint(address)
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	t.endpoint = &endpoint
	return nil
}

// tell writes the files and sends the notice. One that fails does not keep the
// others from being tried; what could not be told is new the next time.
func (t *teller) tell(ctx context.Context, p *plan.Plan, now time.Time) error {
	before, err := t.remembered(p)
	if err != nil {
		return err
	}
	found := before.Compare(p, now)
	if t.state != "" {
		repaired := ""
		if len(found.Repaired) > 0 {
			repaired = fmt.Sprintf(", %d repaired", len(found.Repaired))
		}
		fmt.Fprintf(t.stderr, "drift: %d new, %d still there, %d gone%s\n", len(found.New), len(found.Still), len(found.Gone), repaired)
	}
	notified := t.notify(ctx, found)
	errs := []error{notified}
	if t.metrics != "" {
		errs = append(errs, save(t.metrics, readable(func(w io.Writer) error {
			return found.WriteMetrics(w, t.connection.Stats().Sent, now)
		})))
	}
	if t.issue != "" {
		errs = append(errs, save(t.issue, func(w io.Writer) error { return found.WriteIssue(w, t.options) }))
	}
	if t.state != "" {
		errs = append(errs, save(t.state, found.Next(notified == nil).Write))
	}
	return errors.Join(errs...)
}

// remembered is what the last run found.
func (t *teller) remembered(p *plan.Plan) (notice.State, error) {
	if t.state == "" {
		return notice.State{}, nil
	}
	file, err := os.Open(t.state)
	if errors.Is(err, fs.ErrNotExist) {
		return notice.State{}, nil
	}
	if err != nil {
		return notice.State{}, fmt.Errorf("reading %s: %w", t.state, reason(err))
	}
	defer file.Close() //nolint:errcheck // it was only read
	state, err := notice.ReadState(file, p.Target.ProjectID)
	if err != nil {
		return notice.State{}, fmt.Errorf("%s: %w", t.state, err)
	}
	return state, nil
}

func (t *teller) notify(ctx context.Context, found notice.Finding) error {
	if t.endpoint == nil || !found.News() {
		return nil
	}
	body, err := found.Message(t.options)
	if err != nil {
		return err
	}
	return t.endpoint.Send(ctx, body, t.timeout)
}

// readable makes a file that others read too: who collects metrics is another user.
func readable(write func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		if file, ok := w.(*os.File); ok {
			if err := file.Chmod(0o644); err != nil { //nolint:gosec // metrics hold counts alone
				return err
			}
		}
		return write(w)
	}
}
