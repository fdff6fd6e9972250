package render

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"
)

// A browser is a real one, without a window, driven over its debugging pipe. It
// reaches no network: every name resolves to nothing.
type browser struct {
	t    *testing.T
	to   *os.File
	from *bufio.Reader
	last int

	session string
	events  []event
}

// An event is what the browser tells unasked.
type event struct {
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

// patience is how long all checks in a browser may take, on a busy machine too.
const patience = 4 * time.Minute

// browserPath finds a browser, or skips the test.
func browserPath(t *testing.T) string {
	t.Helper()
	if given := os.Getenv("STYTCH_RECONCILE_BROWSER"); given != "" {
		return given
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no browser is installed: install chromium, or name one in STYTCH_RECONCILE_BROWSER")
	return ""
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	path := browserPath(t)
	theirs, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, answers, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), patience)
	command := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1200,1000", "--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	command.ExtraFiles = []*os.File{theirs, answers} // 3 and 4 of the browser
	// Its processes share what they complain to: Wait waits for the last of them, or
	// one would still write below the directory that the test removes.
	command.Stderr = &bytes.Buffer{}
	command.WaitDelay = 10 * time.Second
	if err := command.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	b := &browser{t: t, to: to, from: bufio.NewReader(from)}
	t.Cleanup(func() {
		_, _ = b.send("Browser.close", nil)
		_ = to.Close()
		_ = command.Wait() // it is told to end, and killed when it does not
		stop()
		_ = from.Close()
	})
	_ = theirs.Close()
	_ = answers.Close()
	return b
}

func (b *browser) send(method string, params any) (int, error) {
	b.last++
	message := map[string]any{"id": b.last, "method": method, "params": params}
	if params == nil {
		message["params"] = map[string]any{}
	}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	encoded, err := json.Marshal(message)
	if err != nil {
		return 0, err
	}
	_, err = b.to.Write(append(encoded, 0))
	return b.last, err
}

// next reads one message, and remembers it when it is an event.
func (b *browser) next() (id int, result json.RawMessage) {
	b.t.Helper()
	line, err := b.from.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("the browser ended, or took longer than %s: %v", patience, err)
	}
	var message struct {
		ID     int             `json:"id"`
		Result json.RawMessage `json:"result"`
		Error  *struct {
			Message string `json:"message"`
		} `json:"error"`
		event
	}
	if err := json.Unmarshal(bytes.TrimSuffix(line, []byte{0}), &message); err != nil {
		b.t.Fatal(err)
	}
	if message.Error != nil {
		b.t.Fatalf("the browser answers %s", message.Error.Message)
	}
	if message.ID == 0 {
		b.events = append(b.events, message.event)
	}
	return message.ID, message.Result
}

// call asks the browser and waits for its answer.
func (b *browser) call(method string, params any) json.RawMessage {
	b.t.Helper()
	want, err := b.send(method, params)
	if err != nil {
		b.t.Fatal(err)
	}
	for {
		if id, result := b.next(); id == want {
			return result
		}
	}
}

type fields = map[string]any

// await reads on until the browser has told of the event.
func (b *browser) await(method string) {
	b.t.Helper()
	for seen := 0; ; {
		for ; seen < len(b.events); seen++ {
			if b.events[seen].Method == method {
				return
			}
		}
		b.next()
	}
}
