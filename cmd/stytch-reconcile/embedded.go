package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// credentials are the variables that a sandbox makes meaningless.
var credentials = []string{
	"STYTCH_PROJECT_ID", "STYTCH_SECRET", "STYTCH_SECRET_FILE", "STYTCH_WORKSPACE_KEY_ID", "STYTCH_WORKSPACE_KEY_SECRET",
	"STYTCH_WORKSPACE_KEY_SECRET_FILE", "STYTCH_BASE_URI", "STYTCH_MANAGEMENT_BASE_URI", "STYTCH_FRAUD_BASE_URI",
}

// startSandbox serves a sandbox on a loopback port for as long as the session
// lasts. Whatever Stytch credentials the environment holds are not looked at:
// a sandbox run must never reach a real project.
func (s *session) startSandbox(want client.Target) (client.Config, error) {
	var ignored []string
	for _, name := range credentials {
		if s.getenv(name) != "" {
			ignored = append(ignored, name)
		}
	}
	if len(ignored) > 0 {
		fmt.Fprintf(s.stderr, "notice: --sandbox ignores %s\n", strings.Join(ignored, ", "))
	}
	server, err := sandbox.New(sandbox.Options{Dir: s.sandboxDir, Log: s.log})
	if err != nil {
		return client.Config{}, fmt.Errorf("starting the sandbox in %s: %w", s.sandboxDir, err)
	}
	s.close = append(s.close, func() { _ = server.Close() })
	granted, err := server.Ensure(seed(want))
	if err != nil {
		return client.Config{}, fmt.Errorf("preparing the sandbox's project: %w", err)
	}
	base, stop, err := serve("127.0.0.1:0", server)
	if err != nil {
		return client.Config{}, err
	}
	s.close = append(s.close, stop)
	return client.Config{
		ProjectID: granted.ProjectID, Secret: client.NewSecret(granted.Secret),
		WorkspaceKeyID: granted.WorkspaceKeyID, WorkspaceKeySecret: client.NewSecret(granted.WorkspaceKeySecret),
		BaseURI: base, ManagementBaseURI: base, FraudBaseURI: base,
	}, nil
}

// seed is the environment that the documents or a saved plan name.
func seed(want client.Target) sandbox.Seed {
	seed := sandbox.Seed{ProjectSlug: want.ProjectSlug, EnvironmentSlug: want.EnvironmentSlug, ProjectID: want.ProjectID}
	if seed.ProjectSlug == "" {
		seed.ProjectSlug, seed.EnvironmentSlug = "sandbox", "test"
	}
	seed.Live = strings.HasPrefix(want.ProjectID, "project-live-")
	return seed
}

// serve answers on an address until stop is called, which waits for what is
// under way.
func serve(address string, handler http.Handler) (base string, stop func(), err error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return "", nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with ErrServerClosed when stop is called
	}()
	return "http://" + listener.Addr().String(), func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
		<-done
	}, nil
}
