package render

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// watch runs before any script of the page: it counts what the page changes in
// itself, and what its policy refuses.
const watch = `
window.seen = {refused: [], changed: 0};
document.addEventListener("securitypolicyviolation", (e) => seen.refused.push(e.violatedDirective + " " + e.blockedURI));
window.alert = () => seen.refused.push("alert");
window.watchChanges = () => new MutationObserver((list) => { seen.changed += list.length; })
  .observe(document, {subtree: true, childList: true, attributes: true, characterData: true});`

// open shows a page in a tab of its own.
func (b *browser) open(t *testing.T, source string, scripts bool) *tab {
	t.Helper()
	b.t, b.session, b.events = t, "", nil
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	var target struct {
		TargetID string `json:"targetId"`
	}
	decode(t, b.call("Target.createTarget", fields{"url": "about:blank"}), &target)
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	decode(t, b.call("Target.attachToTarget", fields{"targetId": target.TargetID, "flatten": true}), &attached)
	b.session, b.events = attached.SessionID, nil
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil)
	}
	b.call("Page.bringToFront", nil)
	b.call("Page.addScriptToEvaluateOnNewDocument", fields{"source": watch})
	b.call("Emulation.setScriptExecutionDisabled", fields{"value": !scripts})
	address := url.URL{Scheme: "file", Path: path}
	b.call("Page.navigate", fields{"url": address.String()})
	b.await("Page.loadEventFired")
	return &tab{browser: b, t: t, address: address.String()}
}

// A tab is one page in the browser.
type tab struct {
	*browser
	t       *testing.T
	address string
}

func decode(t *testing.T, encoded json.RawMessage, into any) {
	t.Helper()
	if err := json.Unmarshal(encoded, into); err != nil {
		t.Fatal(err)
	}
}

// ask evaluates an expression in the page.
func ask[T any](b *tab, expression string) T {
	b.t.Helper()
	var answer struct {
		Result struct {
			Value T `json:"value"`
		} `json:"result"`
		ExceptionDetails *struct {
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	decode(b.t, b.call("Runtime.evaluate", fields{"expression": expression, "returnByValue": true, "awaitPromise": true}), &answer)
	if answer.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, answer.ExceptionDetails.Exception.Description)
	}
	return answer.Result.Value
}

// want checks what an expression gives in the page.
func want[T comparable](b *tab, what, expression string, value T) {
	b.t.Helper()
	if got := ask[T](b, expression); got != value {
		b.t.Errorf("%s: %v, want %v", what, got, value)
	}
}

var keys = map[string]fields{
	"Escape": {"code": "Escape", "windowsVirtualKeyCode": 27},
	"Enter":  {"code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
	"Tab":    {"code": "Tab", "windowsVirtualKeyCode": 9},
	"/":      {"code": "Slash", "windowsVirtualKeyCode": 191, "text": "/"},
}

// press presses a key and lets it go.
func (b *tab) press(key string) {
	b.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		params := fields{"type": kind, "key": key}
		for name, value := range keys[key] {
			if name != "text" || kind == "keyDown" {
				params[name] = value
			}
		}
		b.call("Input.dispatchKeyEvent", params)
	}
}

// write types a text where the focus is.
func (b *tab) write(text string) {
	b.t.Helper()
	b.call("Input.insertText", fields{"text": text})
}

// click clicks what the selector finds.
func (b *tab) click(selector string) {
	b.t.Helper()
	ask[any](b, fmt.Sprintf("void document.querySelector(%q).click()", selector))
}

// quiet checks that the page asked for nothing, complained of nothing and was
// refused nothing.
func (b *tab) quiet() {
	b.t.Helper()
	want(b, "what the policy refused or a script of the text did", "window.seen.refused.join()", "")
	requests := 0
	for _, e := range b.events {
		var params struct {
			Request struct {
				URL string `json:"url"`
			} `json:"request"`
			Entry struct {
				Text string `json:"text"`
			} `json:"entry"`
		}
		decode(b.t, e.Params, &params)
		switch e.Method {
		case "Network.requestWillBeSent":
			requests++
			if params.Request.URL != b.address {
				b.t.Errorf("the page asks for %s", params.Request.URL)
			}
		case "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Page.javascriptDialogOpening":
			b.t.Errorf("the page says: %s", cmp.Or(params.Entry.Text, strings.TrimSpace(string(e.Params))))
		}
	}
	if requests != 1 {
		b.t.Errorf("%d requests, want that of the page itself", requests)
	}
}
