package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// maxBody is the largest request body that is read; the largest document of the API, an RBAC policy, is far smaller.
const maxBody = 8 << 20

// decodeBody reads a JSON object. An empty body is an empty object. Values stay raw, so that a handler can tell absent,
// null, "" and [] apart.
func decodeBody(body io.Reader) (map[string]json.RawMessage, *apiError) {
	text, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	if err != nil {
		return nil, badRequest("bad_request", "The request body could not be read.")
	}
	if len(text) > maxBody {
		return nil, badRequest("bad_request", "The request body is larger than %d bytes.", maxBody)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return map[string]json.RawMessage{}, nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil || object == nil {
		return nil, badRequest("bad_request", "The request body is not a JSON object.")
	}
	return object, nil
}

// A field is one key of a request body.
type field[T any] struct {
	Value T    // the zero value when absent or null
	Sent  bool // the key is present, null included
	Null  bool // the key is present and null
}

// fieldOf reads one key of the body. A value of another JSON type than T is 400 invalid_argument.
func fieldOf[T any](c *call, key string) (field[T], *apiError) {
	raw, sent := c.body[key]
	f := field[T]{Sent: sent}
	if !sent {
		return f, nil
	}
	if string(bytes.TrimSpace(raw)) == "null" {
		f.Null = true
		return f, nil
	}
	if err := json.Unmarshal(raw, &f.Value); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return f, badRequest("invalid_argument", "%s must be a JSON %s, not a %s.", key, wrong.Type, wrong.Value)
		}
		return f, badRequest("invalid_argument", "%s is malformed.", key)
	}
	return f, nil
}

// A bodyReader reads several keys and remembers the first problem, so that a handler can check once:
//
//	b := bodyReader{call: c}
//	name := get[string](&b, "name")
//	if b.err != nil { return nil, b.err }
type bodyReader struct {
	call *call
	err  *apiError
}

// get reads one key through a bodyReader.
func get[T any](b *bodyReader, key string) field[T] {
	f, err := fieldOf[T](b.call, key)
	if err != nil && b.err == nil {
		b.err = err
	}
	return f
}
