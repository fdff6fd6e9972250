package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Encode writes the plan's JSON: two spaces of indent, HTML left as it is, a
// newline at the end.
func (p *Plan) Encode(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(p)
}

// Decode reads a saved plan. It refuses a plan of another major version, one
// whose digest does not fit what it says, and one whose parts contradict each
// other: a plan is reviewed, not edited. Fields that a newer minor version has
// added are ignored.
//
// The digest is no signature. Whoever can write the file can make another plan
// with another digest; a reviewer who wants to be sure compares the digest.
func Decode(r io.Reader) (*Plan, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading a plan: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var p Plan
	if err := decoder.Decode(&p); err != nil {
		return nil, fmt.Errorf("this is not a saved plan: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("this is not a saved plan: something follows the end of the plan")
	}
	major, _, _ := strings.Cut(p.FormatVersion, ".")
	if want, _, _ := strings.Cut(FormatVersion, "."); major != want {
		return nil, fmt.Errorf("the plan has format version %q; this program reads %s", p.FormatVersion, FormatVersion)
	}
	if p.Digest != p.digest() {
		return nil, errors.New("the plan was changed after it was made: its digest does not fit its content; make it anew")
	}
	p.normalise()
	if err := p.validate(); err != nil {
		return nil, err
	}
	return &p, nil
}
