package sandbox

import (
	"bytes"
	"encoding/json"
	"maps"
)

// Limits of one metadata object (Stytch's docs, "Metadata").
const (
	maxMetadataKeys  = 20
	maxMetadataBytes = 4 << 10
)

// A metadata is a trusted_metadata or untrusted_metadata object. Values stay as the JSON that was sent, so that a large
// number comes back as it was written.
type metadata map[string]json.RawMessage

// merged lays a patch over m and returns the result, m staying as it is:
//
//	m            patch              result
//	{a:1,b:2}    absent or null     {a:1,b:2}
//	{a:1,b:2}    {}                 {a:1,b:2}
//	{a:1,b:2}    {"a":null}         {b:2}
//	{a:{x:1}}    {"a":{"y":2}}      {a:{y:2}}          a named value is replaced whole
//	{}           {"a":{"x":null}}   {a:{x:null}}       only a top-level null deletes
//
// The limits hold for the result, not for the patch (Stytch's docs do not say which; this is an inference).
func (m metadata) merged(patch json.RawMessage) (metadata, *apiError) {
	if isAbsent(patch) {
		return m, nil
	}
	var changes map[string]json.RawMessage
	if err := json.Unmarshal(patch, &changes); err != nil {
		return nil, badRequest("metadata_invalid_format", "Metadata must be a JSON object.")
	}
	result := make(metadata, len(m)+len(changes))
	maps.Copy(result, m)
	for key, value := range changes {
		if isAbsent(value) {
			delete(result, key)
			continue
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, value); err != nil {
			return nil, badRequest("metadata_invalid_format", "Metadata must be a JSON object.")
		}
		result[key] = compact.Bytes()
	}
	return result, result.check()
}

// check enforces the limits of one object.
func (m metadata) check() *apiError {
	if len(m) > maxMetadataKeys {
		return badRequest("metadata_too_many_keys", "Metadata may have at most %d top-level keys, this would have %d.",
			maxMetadataKeys, len(m))
	}
	text, err := json.Marshal(m)
	if err != nil {
		return badRequest("metadata_invalid_format", "Metadata must be a JSON object.")
	}
	if len(text) > maxMetadataBytes {
		return badRequest("metadata_too_large", "Metadata may be at most %d bytes, this would be %d.", maxMetadataBytes, len(text))
	}
	return nil
}

// isAbsent says whether a value of a body is missing or null. Stytch documents no meaning for a null outside of metadata,
// so it is read as "not given".
func isAbsent(raw json.RawMessage) bool {
	return len(raw) == 0 || string(bytes.TrimSpace(raw)) == "null"
}
