package kindtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"sync"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// givenSecrets are what env("NAME") stands for in the documents of tests.
var givenSecrets = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"GIVEN": GivenSecret, "OTHER": "canary-other-4712", "DATADOG": "canary-datadog-key-47110000000cd", "DATADOG_OTHER": "canary-datadog-0123456789-4711ab",
		"SIGNING_KEY": rsaKey(), "ENCRYPTION_KEY": rsaKey(),
	}
})

// rsaKey is a private key in PKCS1 form, as SAML connections take them.
func rsaKey() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// secrets follows the references of documents.
func secrets() kind.Secrets {
	return kind.Secrets{LookupEnv: func(name string) (string, bool) {
		text, ok := givenSecrets()[strings.TrimPrefix(name, "STYTCH_RECONCILE_SECRET_")]
		return text, ok
	}}
}

// revealed are the values by their references, as an actor takes them.
func revealed() map[plan.Reference]client.Secret {
	values := map[plan.Reference]client.Secret{}
	for name, text := range givenSecrets() {
		values[plan.Reference{Env: name}] = client.NewSecret(text)
	}
	return values
}

// variable is what a document's variable of that name is.
func (w *World) variable(name string) (string, bool) {
	text, ok := w.Variables[strings.TrimPrefix(name, "STYTCH_RECONCILE_VAR_")]
	return text, ok
}
