package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// newUUID gives a random (version 4) UUID.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// newID gives an ID with Stytch's prefix for the environment: newID("member") is "member-test-<uuid>", or
// "member-live-<uuid>" in a LIVE environment.
func (e *environment) newID(prefix string) string {
	return prefix + "-" + strings.ToLower(e.Type) + "-" + newUUID()
}

// newSecretValue gives a random value of the length that Stytch's secrets have.
func newSecretValue() string {
	var b [30]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func newWorkspace() workspace {
	return workspace{KeyID: "workspace-key-prod-" + newUUID(), KeySecret: newSecretValue()}
}

// generatedSlug gives a slug for something created without one: "noun-" and a few random characters.
func generatedSlug(noun string) string { return fmt.Sprintf("%s-%s", noun, newUUID()[:8]) }
