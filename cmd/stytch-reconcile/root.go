package main

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// version is set at release time; a build from a module says its own.
var version = ""

func toolVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// release is a version as required_version compares it: a build of a commit that
// no tag precedes is newer than every release, not older than the first.
func release(version string) string {
	if strings.HasPrefix(version, "v0.0.0-") {
		return "devel"
	}
	return version
}

// output is how every command talks: its flags belong to all of them.
type output struct {
	program

	format, color       string
	logFormat, logLevel string
	log                 *slog.Logger

	markdown markdown
	workflow workflow
}

func newRoot(o *output) *cobra.Command {
	root := &cobra.Command{
		Use:   "stytch-reconcile",
		Short: "Declarative reconciliation for Stytch B2B",
		Long: "stytch-reconcile reads a desired state in YAML or HCL, shows what it would change\n" +
			"in a Stytch B2B project, and changes it on request.",
		SilenceUsage:       true,
		SilenceErrors:      true,
		DisableSuggestions: true, // knownCommand gives them, in one line
		Args:               knownCommand,
		RunE:               func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		CompletionOptions:  cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE:  func(cmd *cobra.Command, _ []string) error { return o.check(cmd) },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&o.format, "format", "text", "form of the result: `text|json|markdown|html`")
	flags.StringVar(&o.color, "color", "auto", "colour: `auto|always|never`; NO_COLOR is obeyed")
	flags.StringVar(&o.logFormat, "log-format", "text", "form of the log on stderr: `text|json`")
	flags.StringVar(&o.logLevel, "log-level", "warn", "least level of the log: `debug|info|warn|error`")
	root.SetIn(o.stdin)
	root.SetOut(o.stdout)
	root.SetErr(o.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
			flag := invalid.GetFlag()
			return fmt.Errorf("--%s is %q; it must be %s", flag.Name, invalid.GetValue(), valueOf(flag.Value.Type()))
		}
		return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
	})
	root.AddCommand(newValidate(o), newTest(o), newPlan(o), newApply(o), newShow(o), newDrift(o), newVerify(o), newUndo(o), newSandbox(o), newVersion(o), newCompletion(o))
	root.SetHelpCommand(newHelp())
	return root
}

// valueOf says what a flag of a type wants.
func valueOf(flagType string) string {
	switch flagType {
	case "int":
		return "a whole number"
	case "float64":
		return "a number"
	case "duration":
		return "a time such as 30s or 2m"
	case "bool":
		return "true or false"
	}
	return flagType
}

// knownCommand refuses what is no command, and suggests the one that it may be.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Root().Commands() {
		names = append(names, c.Name())
	}
	if near := spec.Suggest(args[0], names); near != "" {
		return fmt.Errorf("unknown command %q; did you mean %q?", args[0], near)
	}
	return fmt.Errorf("unknown command %q; see stytch-reconcile --help", args[0])
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Say what a command does and what flags it has",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return knownCommand(cmd, args)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// check refuses values that a flag does not have, before anything is read.
func (o *output) check(cmd *cobra.Command) error {
	for _, flag := range []struct {
		name, value string
		allowed     []string
	}{
		{"format", o.format, []string{"text", "json", "markdown", "html"}},
		{"color", o.color, []string{"auto", "always", "never"}},
		{"log-format", o.logFormat, []string{"text", "json"}},
		{"log-level", o.logLevel, []string{"debug", "info", "warn", "error"}},
	} {
		if !slices.Contains(flag.allowed, flag.value) {
			return fmt.Errorf("--%s is %q; it must be one of %s", flag.name, flag.value, strings.Join(flag.allowed, ", "))
		}
	}
	if err := o.markdown.check(cmd, o.format); err != nil {
		return err
	}
	if err := o.checkWorkflow(cmd); err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return err
	}
	options := &slog.HandlerOptions{Level: level}
	if o.logFormat == "json" {
		o.log = slog.New(slog.NewJSONHandler(commandless{o.stderr}, options))
	} else {
		o.log = slog.New(slog.NewTextHandler(commandless{o.stderr}, options))
	}
	return nil
}

// diagnose tells what is wrong with the documents. It returns an error if any
// of it forbids to go on.
func (o *output) diagnose(diagnostics spec.Diagnostics, sources map[string][]byte) error {
	if len(diagnostics) == 0 {
		return nil
	}
	o.workflow.note(diagnostics)
	var err error
	if o.format == "json" {
		err = diagnostics.WriteJSON(commandless{o.stderr})
	} else {
		err = diagnostics.WriteText(o.stderr, sources, o.colored(o.stderr))
	}
	if err != nil {
		return fmt.Errorf("writing diagnostics: %w", err)
	}
	if diagnostics.HasErrors() {
		return exit{code: exitError}
	}
	return nil
}

// documents are the flags that say how documents are read.
type documents struct {
	variables     []string
	variableFiles []string
}

func (d *documents) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&d.variables, "var", nil, "set a variable of the documents: `NAME=VALUE`; repeatable")
	cmd.Flags().StringArrayVar(&d.variableFiles, "var-file", nil, "read variables from `FILE`, YAML or HCL; repeatable")
}

// load reads and checks the documents; every mistake is told at once.
func (d *documents) load(o *output, paths []string, catalog kind.Catalog) (*kind.Desired, map[string][]byte, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	desired, sources, diagnostics := d.read(o, paths, catalog, false)
	if err := o.diagnose(diagnostics, sources); err != nil {
		return nil, nil, err
	}
	return desired, sources, nil
}

// read reads and decodes documents. Spare variables are those of documents of
// another time.
func (d *documents) read(o *output, paths []string, catalog kind.Catalog, spare bool) (desired *kind.Desired, sources map[string][]byte, diagnostics spec.Diagnostics) {
	document, diagnostics := spec.Load(paths, spec.Options{
		Vocabulary: catalog.Vocabulary(), Variables: d.variables, VariableFiles: d.variableFiles, SpareVariables: spare,
		LookupEnv: o.lookupEnv, ToolVersion: release(toolVersion()),
	})
	if document != nil {
		sources = document.Sources
		var more spec.Diagnostics
		desired, more = kind.Decode(document, catalog)
		diagnostics.Append(more...)
		if !diagnostics.HasErrors() {
			diagnostics.Append(desired.CheckProject()...)
		}
		diagnostics.Append(desired.Expired(today())...)
	}
	diagnostics.Explain(catalog.Gaps())
	return desired, sources, diagnostics.Sort()
}
