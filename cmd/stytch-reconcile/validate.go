package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
)

func newValidate(o *output) *cobra.Command {
	var d documents
	cmd := &cobra.Command{
		Use:   "validate [PATH…]",
		Short: "Check documents offline: no credentials, no network",
		RunE: func(_ *cobra.Command, paths []string) error {
			if _, _, err := d.load(o, paths, catalog.All()); err != nil {
				return err
			}
			if o.format == "json" {
				fmt.Fprintln(o.stdout, `{"valid": true}`)
				return nil
			}
			fmt.Fprintln(o.stdout, "The documents are valid.")
			return nil
		},
	}
	d.flags(cmd)
	o.workflow.annotated(cmd)
	return cmd
}
