package sandbox

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
)

// A captured answer is held back, so that a fault can spoil it.
type captured struct {
	header http.Header
	status int
	body   []byte
}

// Header makes a captured answer an http.ResponseWriter, with Write and WriteHeader.
func (c *captured) Header() http.Header { return c.header }

func (c *captured) WriteHeader(status int) { c.status = status }

func (c *captured) Write(text []byte) (int, error) {
	c.body = append(c.body, text...)
	return len(text), nil
}

func (c *captured) sendHeader(w http.ResponseWriter) {
	maps.Copy(w.Header(), c.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(c.body)))
	w.WriteHeader(c.status)
}

func (c *captured) send(w http.ResponseWriter) {
	c.sendHeader(w)
	_, _ = w.Write(c.body) // see serve
}

// sendHalf promises the whole body and sends half of it.
func (c *captured) sendHalf(w http.ResponseWriter) {
	c.sendHeader(w)
	_, _ = w.Write(c.body[:len(c.body)/2])
	flush(w)
}

// edit changes the JSON of a success.
func (c *captured) edit(change func(map[string]any)) *captured {
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.UseNumber()
	if c.status == http.StatusOK && decoder.Decode(&object) == nil {
		change(object)
		c.body = encode(object)
	}
	return c
}

// halveLists leaves the first half of each list of an answer and says that nothing follows.
func halveLists(object map[string]any) {
	for key, value := range object {
		if list, ok := value.([]any); ok {
			object[key] = list[:len(list)/2]
		}
	}
	cursorBecomes("")(object)
}

// repeatFirstRow shows the first row of each list of an answer twice.
func repeatFirstRow(object map[string]any) {
	for key, value := range object {
		if list, ok := value.([]any); ok && len(list) > 0 {
			object[key] = append(list, list[0])
		}
	}
}

// countOneMore makes a search's total disagree with what it shows. A total that is disabled stays so.
func countOneMore(object map[string]any) {
	metadata, _ := object["results_metadata"].(map[string]any)
	number, _ := metadata["total"].(json.Number)
	if total, err := number.Int64(); err == nil && total >= 0 {
		metadata["total"] = total + 1
	}
}

// cursorBecomes sets an answer's next_cursor, which stands in results_metadata or at the top; "" is the end.
func cursorBecomes(cursor string) func(map[string]any) {
	return func(object map[string]any) {
		metadata, _ := object["results_metadata"].(map[string]any)
		for _, place := range []map[string]any{metadata, object} {
			if _, paged := place["next_cursor"]; !paged {
				continue
			}
			if place["next_cursor"] = any(cursor); cursor == "" {
				place["next_cursor"] = nil
			}
		}
	}
}

// cursorOf gives the cursor of a request's body, "" without one.
func cursorOf(body []byte) string {
	var asked struct {
		Cursor string `json:"cursor"`
	}
	_ = json.Unmarshal(body, &asked) // what is no JSON has no cursor
	return asked.Cursor
}

// secondPage asks the request's question from the start, and gives the cursor that leads to the second page.
func (x *exchange) secondPage() string {
	var asked map[string]any
	decoder := json.NewDecoder(bytes.NewReader(x.text))
	decoder.UseNumber()
	if decoder.Decode(&asked) != nil {
		return ""
	}
	delete(asked, "cursor")
	answered, _ := x.server.respond(x.request(encode(asked)), x.from)
	var page struct {
		NextCursor string `json:"next_cursor"`
		Metadata   struct {
			NextCursor string `json:"next_cursor"`
		} `json:"results_metadata"`
	}
	_ = json.Unmarshal(answered.body, &page)
	return page.NextCursor + page.Metadata.NextCursor
}
