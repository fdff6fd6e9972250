package client

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// inPlace is what stands where a server repeated a secret.
const inPlace = "(sensitive)"

// shortest is the least length of what is replaced, in bytes: anything shorter stands in words that mean something else.
const shortest = 6

// concealed knows the secrets of a run: the credentials, what a plan sends and what Stytch shows once. A server may
// repeat what it was sent in its explanation of a failure, and every such text passes through answer.go, so that one
// place keeps them out of all errors, reports and logs.
type concealed struct {
	mutex sync.Mutex
	// Functions and not text, for the reason that Secret has: whatever prints a client would print them.
	forms   func() []string // longest first, so that a secret inside another does not spoil it
	replace func(string) string
}

// Conceal has every later error and log line show (sensitive) in place of the secret. It is safe for concurrent use.
func (c *Client) Conceal(s Secret) {
	if c != nil {
		c.concealed.add(s.Reveal())
	}
}

// concealedOf knows the credentials from the start, and the form in which they travel.
func concealedOf(config Config) *concealed {
	c := &concealed{}
	for _, credential := range []struct {
		id     string
		secret Secret
	}{{config.ProjectID, config.Secret}, {config.WorkspaceKeyID, config.WorkspaceKeySecret}} {
		if !credential.secret.Empty() {
			c.add(credential.secret.Reveal())
			c.add(base64.StdEncoding.EncodeToString([]byte(credential.id + ":" + credential.secret.Reveal())))
		}
	}
	return c
}

func (c *concealed) add(text string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var forms []string
	if c.forms != nil {
		forms = c.forms()
	}
	for _, form := range formsOf(text) {
		if len(form) >= shortest && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	slices.SortStableFunc(forms, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(forms))
	for _, form := range forms {
		pairs = append(pairs, form, inPlace)
	}
	c.forms, c.replace = func() []string { return slices.Clone(forms) }, strings.NewReplacer(pairs...).Replace
}

// formsOf are the ways in which a text may be repeated: as it is, as JSON, Go or a URL escape it, and, of a private key,
// line by line.
func formsOf(text string) []string {
	quoted := strconv.Quote(text)
	escaped := string(marshal(text))
	unescaped := string(plainJSON(text))
	forms := []string{
		text, quoted[1 : len(quoted)-1], escaped[1 : len(escaped)-1], unescaped[1 : len(unescaped)-1],
		url.QueryEscape(text), url.PathEscape(text),
	}
	const telling = 16 // a shorter line of a key is no secret, and what a key begins and ends with is none
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); len(line) >= telling && !strings.HasPrefix(line, "-----") {
			forms = append(forms, line)
		}
	}
	return forms
}

// text is a text without secrets.
func (c *concealed) text(s string) string {
	if c == nil {
		return s
	}
	c.mutex.Lock()
	replace := c.replace
	c.mutex.Unlock()
	if replace == nil {
		return s
	}
	return replace(s)
}

// body is a body without secrets. What is JSON is read as that, for its strings may be escaped in many ways, and stays
// JSON.
func (c *concealed) body(body []byte) []byte {
	if !json.Valid(body) {
		return []byte(c.text(string(body)))
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		panic("client: " + err.Error()) // valid JSON always decodes into any
	}
	return plainJSON(c.value(v))
}

func (c *concealed) value(v any) any {
	switch v := v.(type) {
	case string:
		return c.text(v)
	case json.Number:
		if shown := c.text(v.String()); shown != v.String() {
			return shown
		}
	case []any:
		for i := range v {
			v[i] = c.value(v[i])
		}
	case map[string]any:
		shown := make(map[string]any, len(v))
		for name := range v {
			shown[c.text(name)] = c.value(v[name])
		}
		return shown
	}
	return v
}

// plainJSON marshals without the escapes that only HTML needs.
func plainJSON(v any) []byte {
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("client: " + err.Error()) // what was JSON, and text, always marshal
	}
	return bytes.TrimSuffix(plain.Bytes(), []byte("\n"))
}
