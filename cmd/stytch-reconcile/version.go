package main

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func newVersion(o *output) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			if o.format == "json" {
				return json.NewEncoder(o.stdout).Encode(map[string]string{
					"version": toolVersion(), "go_version": runtime.Version(), "plan_format_version": plan.FormatVersion,
				})
			}
			_, err := fmt.Fprintf(o.stdout, "stytch-reconcile %s (%s, plan format %s)\n", toolVersion(), runtime.Version(), plan.FormatVersion)
			return err
		},
	}
}
