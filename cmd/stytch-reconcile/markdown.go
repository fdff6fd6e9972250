package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
)

// leastForReport is what the report of an apply may take at least: that there is
// no room for it must not be found out after the last write.
const leastForReport = 1000

// markdown is how a command that shows a plan or a report cuts it.
type markdown struct {
	limit    string
	maxBytes int
	file     string // where all of what is shown is saved
}

const maxBytesFlag = "max-bytes"

func (m *markdown) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&m.limit, maxBytesFlag, "github", "with --format markdown, write at most `N|github|gitlab` bytes; the least risky is cut first")
}

// check settles the number of bytes, and refuses what no command makes of it.
func (m *markdown) check(cmd *cobra.Command, format string) error {
	flag := cmd.Flags().Lookup(maxBytesFlag)
	switch {
	case flag == nil && (format == "markdown" || format == "html"):
		return fmt.Errorf("--format %s shows a plan or a report, and %s has neither", format, cmd.Name())
	case flag == nil:
		return nil
	case flag.Changed && format != "markdown":
		return fmt.Errorf("--%s needs --format markdown", maxBytesFlag)
	}
	switch m.limit {
	case "github":
		m.maxBytes = render.GitHubBytes
	case "gitlab":
		m.maxBytes = render.GitLabBytes
	default:
		n, err := strconv.Atoi(m.limit)
		if err != nil || n < 1 {
			return fmt.Errorf("--%s is %q; it must be a number of bytes, github or gitlab", maxBytesFlag, m.limit)
		}
		m.maxBytes = n
	}
	return nil
}

// roomForReport refuses too small a number before anything is written.
func (m *markdown) roomForReport(format string) error {
	if format == "markdown" && m.maxBytes < leastForReport {
		return fmt.Errorf("--%s is %d; the report of an apply may take %d: give at least that", maxBytesFlag, m.maxBytes, leastForReport)
	}
	return nil
}

func (m *markdown) options() render.MarkdownOptions {
	return render.MarkdownOptions{MaxBytes: m.maxBytes, File: m.file}
}

// tooFew names the flag to whoever gave too few bytes.
func tooFew(err error) error {
	if few, ok := errors.AsType[*render.BudgetError](err); ok {
		return fmt.Errorf("--%s is %d; the headline alone takes %d: give at least that", maxBytesFlag, few.MaxBytes, few.Least)
	}
	return err
}
