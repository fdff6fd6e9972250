package render

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// JSON writes the plan as versioned JSON, indented by two spaces, with a newline
// at the end. It decodes to an equal plan; what Safe would escape is written as
// \u escapes. The error is the writer's, or names a value that is not JSON's.
func JSON(w io.Writer, p *plan.Plan) error {
	var b bytes.Buffer
	if err := masked(p).Encode(&b); err != nil {
		return err
	}
	_, err := w.Write(safeJSON(b.Bytes()))
	return err
}

// ReportJSON writes the report of an apply as JSON does a plan.
func ReportJSON(w io.Writer, r *plan.Report) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return err
	}
	_, err := w.Write(safeJSON(b.Bytes()))
	return err
}
