// Package sink takes the secrets that Stytch shows once: into a file that only
// its owner can read, or to the standard input of a command. A secret that it
// has taken is nowhere else: in no argument, no environment, no log, no report.
//
// Read first: Open in this file; then file.go and command.go, the two sinks.
package sink

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A Sink takes secrets; it is safe for concurrent use. When Keep returns nil the
// secret is where it shall be.
type Sink interface {
	Keep(ctx context.Context, address plan.Address, attribute string, value client.Secret) error
	Close() error
}

// A Place says where secrets shall go: file:PATH or command:CMD.
type Place struct{ form, what string }

// Parse reads what --secret-sink is given.
func Parse(text string) (Place, error) {
	form, what, _ := strings.Cut(text, ":")
	if form != "file" && form != "command" || strings.TrimSpace(what) == "" {
		return Place{}, fmt.Errorf("--secret-sink is %q; it must be file:PATH or command:CMD", text)
	}
	return Place{form: form, what: what}, nil
}

// Open makes the sink ready, so that a sink which cannot work is known before
// the first write to Stytch.
func (p Place) Open(ctx context.Context, environ []string) (Sink, error) {
	if p.form == "file" {
		return openFile(p.what)
	}
	return openCommand(ctx, p.what, environ)
}

// line is the form in which a sink takes a secret: one line of JSON.
func line(address plan.Address, attribute string, value client.Secret) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		Address   plan.Address `json:"address"`
		Attribute string       `json:"attribute"`
		Value     string       `json:"value"`
	}{address, attribute, value.Reveal()})
	return b.Bytes(), err
}
