package client

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every printer, marshaller and logger gets to see of a secret.
const redacted = "(secret)"

// A Secret is text that no verb, marshaller or logger prints. Reveal is the one way out, so that every use is easy to
// find. The zero Secret is empty.
type Secret struct {
	// A closure and not a string: reflection, which fmt and debuggers' dumpers use on unexported fields, sees the
	// address of a function and cannot call it.
	reveal func() string
}

// NewSecret keeps text as a secret. Empty text gives the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return text }}
}

// Reveal returns the text itself.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Empty reports whether there is no text.
func (s Secret) Empty() bool { return s.reveal == nil }

// Format answers every verb and flag of fmt with the same words.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String never shows the text.
func (s Secret) String() string { return redacted }

// MarshalText keeps the text out of JSON, YAML, XML and everything else that asks for text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GobEncode keeps the text out of gob.
func (s Secret) GobEncode() ([]byte, error) { return []byte(redacted), nil }

// LogValue keeps the text out of structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
