package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// shells are those that completion knows.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func newCompletion(o *output) *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Write the script that lets a shell complete commands",
		Long: "Write the script that lets a shell complete commands and flags. Shells are bash, zsh,\n" +
			"fish and powershell.\n\n" +
			"In bash, for the current session:  source <(stytch-reconcile completion bash)\n" +
			"In zsh, for all sessions:          stytch-reconcile completion zsh > \"${fpath[1]}/_stytch-reconcile\"\n" +
			"In fish, for the current session:  stytch-reconcile completion fish | source",
		ValidArgs: shells,
		Args:      oneArgument("completion needs the name of a shell: " + strings.Join(shells, ", ")),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(o.stdout, true)
			case "zsh":
				return root.GenZshCompletion(o.stdout)
			case "fish":
				return root.GenFishCompletion(o.stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(o.stdout)
			}
			return fmt.Errorf("there is no completion for %q; there is for %s", args[0], strings.Join(shells, ", "))
		},
	}
}

// noArguments refuses any argument.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, and %q is one", cmd.Name(), args[0])
	}
	return nil
}

// oneArgument refuses anything but one argument, with a sentence that says which.
func oneArgument(sentence string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s", sentence)
		}
		return nil
	}
}
