package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A keptState is the form of the state file.
type keptState struct {
	SchemaVersion int                        `json:"schema_version"`
	Records       map[string]json.RawMessage `json:"records"`
}

// A keptRecord is one record of a line of the log.
type keptRecord struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// load reads the state file and replays the log over it.
func load(dir string) (*state, error) {
	kept := keptState{SchemaVersion: schemaVersion}
	path := filepath.Join(dir, stateFile)
	text, err := os.ReadFile(path) //nolint:gosec // the directory is the caller's choice
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal(text, &kept); err != nil {
			return nil, fmt.Errorf("%s is damaged: %w", path, err)
		}
	}
	if kept.SchemaVersion > schemaVersion {
		return nil, fmt.Errorf("%s has schema version %d; this version reads up to %d", path, kept.SchemaVersion, schemaVersion)
	}
	if kept.Records == nil {
		kept.Records = map[string]json.RawMessage{}
	}
	if err := replay(filepath.Join(dir, logFile), kept.Records); err != nil {
		return nil, err
	}
	return stateFrom(kept.Records)
}

// replay applies the log's lines. The last line may be torn: whoever sent that request got no answer, so it is ignored.
// A damaged line with others after it was not left by a crash, and is an error.
func replay(path string, records map[string]json.RawMessage) error {
	text, err := os.ReadFile(path) //nolint:gosec // see load
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for number := 1; len(text) > 0; number++ {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		var changed []keptRecord
		if err := json.Unmarshal(line, &changed); err != nil || !whole {
			if len(rest) > 0 {
				return fmt.Errorf("%s is damaged in line %d", path, number)
			}
			return nil
		}
		for _, r := range changed {
			if string(r.Value) == "null" {
				delete(records, r.Key)
			} else {
				records[r.Key] = r.Value
			}
		}
		text = rest
	}
	return nil
}

// writeState replaces the state file so that a reader or a crash sees the old one or the new one, never a part.
func writeState(dir string, st *state) error {
	kept := keptState{SchemaVersion: schemaVersion, Records: map[string]json.RawMessage{}}
	for _, r := range st.everything() {
		value, err := json.Marshal(r.Value)
		if err != nil {
			return err
		}
		kept.Records[r.Key] = value
	}
	text, err := json.MarshalIndent(kept, "", "\t")
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, "state-*.tmp") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(dir, stateFile))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncDirectory(dir)
}

// syncDirectory makes a rename durable. Systems that cannot sync a directory order it themselves.
func syncDirectory(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // see load
	if err != nil {
		return err
	}
	_ = d.Sync() // Windows refuses this
	return d.Close()
}
