package client

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestNothingPrintsASecret(t *testing.T) {
	secret := NewSecret(canary)
	type holder struct {
		Public  Secret
		private Secret
		Pointer *Secret
	}
	h := holder{secret, secret, &secret}
	config := Config{Secret: secret, WorkspaceKeySecret: secret}
	conn, err := Connect(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{secret, &secret, h, &h, []Secret{secret}, map[string]Secret{"a": secret}, config, conn, conn.Writable()} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T"} {
			forbid(t, fmt.Sprintf("%T as %s", value, verb), fmt.Sprintf(verb, value))
		}
		var out bytes.Buffer
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("x", "value", value)
		}
		forbid(t, fmt.Sprintf("%T in slog", value), out.String())
		if text, err := json.Marshal(value); err == nil {
			forbid(t, fmt.Sprintf("%T as JSON", value), string(text))
		}
		out.Reset()
		_ = gob.NewEncoder(&out).Encode(value)
		forbid(t, fmt.Sprintf("%T as gob", value), out.String())
		if text, err := xml.Marshal(value); err == nil {
			forbid(t, fmt.Sprintf("%T as XML", value), string(text))
		}
	}
	if text, err := secret.MarshalText(); err != nil || string(text) != redacted {
		t.Errorf("as text: %q, %v", text, err)
	}
	if secret.Reveal() != canary || secret.Empty() {
		t.Error("the one way out is closed")
	}
	if (Secret{}).Reveal() != "" || !(Secret{}).Empty() || !NewSecret("").Empty() {
		t.Error("the zero secret is not empty")
	}
}

const canary = "canary-secret-9"

// forbid looks for the canary itself, as hexadecimal digits and as the bytes that Go prints.
func forbid(t *testing.T, where, output string) {
	t.Helper()
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]")} {
		if strings.Contains(output, form) {
			t.Errorf("%s shows the secret: %s", where, output)
		}
	}
}
