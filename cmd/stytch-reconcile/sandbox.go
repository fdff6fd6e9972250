package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// serving is the sandbox command with its flags.
type serving struct {
	*output

	listen, dir, envFile string
	projects             []string
	searchLimit          int
	requestLimit         int
	totalsDisabled       bool
	jwksHosts            []string
	mishaps              mishaps
}

func newSandbox(o *output) *cobra.Command {
	s := &serving{output: o}
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve a local Stytch, both APIs on one address",
		Long: "Serve a local Stytch until interrupted. Once it accepts connections it prints\n" +
			"shell export lines with the credentials of the first project.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&s.listen, "listen", "127.0.0.1:4010", "serve on `ADDRESS`; port 0 takes any that is free")
	flags.StringVar(&s.dir, "data", "", "keep state in `DIR`; without it, state ends with the process")
	flags.StringArrayVar(&s.projects, "project", []string{"sandbox/test"}, "seed a project: `SLUG/ENVIRONMENT`; repeatable")
	flags.StringVar(&s.envFile, "env-file", "", "write the export lines to `FILE`, too")
	flags.IntVar(&s.searchLimit, "search-limit-per-minute", 0, "refuse more than `N` searches in a clock minute; 0 is no limit")
	flags.IntVar(&s.requestLimit, "request-limit-per-second", 0, "refuse more than `N` other requests to one API in a clock second; 0 is no limit")
	flags.BoolVar(&s.totalsDisabled, "totals-disabled", false, "answer searches with a total of -1, as Stytch does for some workspaces")
	flags.StringArrayVar(&s.jwksHosts, "jwks-host", nil, "let attest fetch a profile's keys from `HOST`, too, not just from this machine; repeatable")
	s.mishaps.flags(cmd)
	return cmd
}

func (s *serving) run(ctx context.Context) error {
	for flag, value := range map[string]int{"search-limit-per-minute": s.searchLimit, "request-limit-per-second": s.requestLimit} {
		if value < 0 {
			return fmt.Errorf("--%s is %d; it must be 0 or more", flag, value)
		}
	}
	options := sandbox.Options{Dir: s.dir, Log: s.log, SearchLimitPerMinute: s.searchLimit, RequestLimitPerSecond: s.requestLimit}
	options.Knobs.TotalsDisabled = s.totalsDisabled
	for _, host := range s.jwksHosts {
		if host == "" || strings.ContainsAny(host, "/@*") {
			return fmt.Errorf("--jwks-host is %q; it must be the name of one host, such as auth.acme.example or 10.0.0.7:8080", host)
		}
	}
	options.JWKSHosts = s.jwksHosts
	if err := s.mishaps.to(&options); err != nil {
		return err
	}
	for _, project := range s.projects {
		slug, environment, ok := strings.Cut(project, "/")
		if !ok || slug == "" || environment == "" {
			return fmt.Errorf("--project is %q; it must be SLUG/ENVIRONMENT", project)
		}
		options.Projects = append(options.Projects, sandbox.Seed{ProjectSlug: slug, EnvironmentSlug: environment})
	}
	server, err := sandbox.New(options)
	if err != nil {
		return fmt.Errorf("starting the sandbox: %w", err)
	}
	defer func() { _ = server.Close() }()
	credentials, err := server.Ensure(options.Projects[0])
	if err != nil {
		return fmt.Errorf("preparing the first project: %w", err)
	}
	if host, _, err := net.SplitHostPort(s.listen); err == nil && !loopback(host) {
		fmt.Fprintf(s.stderr, "warning: %s is not a loopback address; whoever reaches it can use the sandbox\n", s.listen)
	}
	base, stop, err := serve(s.listen, server)
	if err != nil {
		return err
	}
	defer stop()
	if err := s.announce(base, credentials); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// announce prints what a shell needs to talk to the sandbox. It is a sandbox's
// secret: nothing outside accepts it.
func (s *serving) announce(base string, c sandbox.Credentials) error {
	var lines strings.Builder
	for _, v := range [][2]string{
		{"STYTCH_PROJECT_ID", c.ProjectID},
		{"STYTCH_SECRET", c.Secret},
		{"STYTCH_WORKSPACE_KEY_ID", c.WorkspaceKeyID},
		{"STYTCH_WORKSPACE_KEY_SECRET", c.WorkspaceKeySecret},
		{"STYTCH_BASE_URI", base},
		{"STYTCH_MANAGEMENT_BASE_URI", base},
		{"STYTCH_FRAUD_BASE_URI", base},
	} {
		fmt.Fprintf(&lines, "export %s='%s'\n", v[0], v[1])
	}
	if s.envFile != "" {
		if err := save(s.envFile, func(w io.Writer) error { _, err := io.WriteString(w, lines.String()); return err }); err != nil {
			return err
		}
	}
	_, err := io.WriteString(s.stdout, lines.String())
	return err
}
