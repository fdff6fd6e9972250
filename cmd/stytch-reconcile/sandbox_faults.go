package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// faultsHelp stands below the sandbox command's own description.
const faultsHelp = `

Things go wrong on demand with --fault 'KIND [option=value]…', repeatable. All
kinds take endpoint="METHOD /path" (METHOD may be READ, WRITE or *; in the path
* is one segment, ** any number, {} one that names an object), rate=0.1 (a share
of the requests), nth=3 (the third request to each endpoint) and times=1 (at
most so many at each endpoint). Without them, every request is struck. The
same --fault-seed picks the same requests again. For example

  --fault 'error status=429 retry-after=2s rate=0.1'
  --fault 'cut-after-commit endpoint="POST /v1/b2b/organizations" times=1'

The kinds:

`

// mishaps are the flags that make a sandbox fail; without them, nothing goes wrong.
type mishaps struct {
	faults    []string
	seed      int
	searchLag time.Duration
}

func (m *mishaps) flags(cmd *cobra.Command) {
	cmd.Long += faultsHelp + strings.TrimRight(sandbox.FaultHelp(), "\n")
	flags := cmd.Flags()
	flags.StringArrayVar(&m.faults, "fault", nil, "make `FAULT` happen, see above; repeatable")
	flags.IntVar(&m.seed, "fault-seed", 0, "strike the requests that `N` picks, where a fault has a rate")
	flags.DurationVar(&m.searchLag, "search-lag", 0, "show a change in searches only after `TIME`; 0 is at once")
}

// to puts what the flags say into a sandbox's options.
func (m *mishaps) to(options *sandbox.Options) error {
	if m.seed < 0 {
		return fmt.Errorf("--fault-seed is %d; it must be 0 or more", m.seed)
	}
	if m.searchLag < 0 {
		return fmt.Errorf("--search-lag is %s; it must be 0 or more", m.searchLag)
	}
	options.Knobs.SearchLag = m.searchLag
	options.Faults.Seed = uint64(m.seed)
	for _, text := range m.faults {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			return fmt.Errorf("--fault is %q: %w", text, err)
		}
		options.Faults.Rules = append(options.Faults.Rules, fault)
	}
	return nil
}
