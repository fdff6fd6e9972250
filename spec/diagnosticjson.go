package spec

import (
	"encoding/json"
	"io"

	"github.com/hashicorp/hcl/v2"
)

// jsonRange is the place of a diagnostic: lines and columns from 1, columns in characters as an editor counts them.
type jsonRange struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
}

type jsonDiagnostic struct {
	Severity string `json:"severity"`
	jsonRange
	Message string        `json:"message"`
	Hint    string        `json:"hint"`
	Related []jsonRelated `json:"related"`
}

type jsonRelated struct {
	jsonRange
	Message string `json:"message"`
}

func newJSONRange(at hcl.Range) jsonRange {
	return jsonRange{at.Filename, at.Start.Line, at.Start.Column, at.End.Line, at.End.Column}
}

// WriteJSON writes the diagnostics as a JSON list; one without a file has "" as its file and 0 as its line.
func (ds Diagnostics) WriteJSON(w io.Writer) error {
	list := make([]jsonDiagnostic, len(ds))
	for i := range ds {
		d := &ds[i]
		related := make([]jsonRelated, len(d.Related))
		for j, other := range d.Related {
			related[j] = jsonRelated{newJSONRange(other.Range), other.Message}
		}
		list[i] = jsonDiagnostic{d.Severity.String(), newJSONRange(d.Range), d.Summary, d.Hint, related}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(list)
}
