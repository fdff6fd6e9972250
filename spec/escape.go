package spec

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape makes text harmless for a terminal and a log: control characters, line breaks of every kind, and what is invisible or
// turns the direction of text are written as \uXXXX, bytes that are no text as \xXX. A log of CI reads commands from lines
// (`##[error]`), so that sequence is broken too.
func escape(s string) string {
	if !strings.ContainsFunc(s, hostile) && !strings.Contains(s, "##[") {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, s[i])
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case r > 0xffff && hostile(r):
			fmt.Fprintf(&out, `\U%08x`, r)
		case hostile(r), r == '[' && strings.HasSuffix(s[:i], "##"):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteString(s[i : i+size])
		}
		i += size
	}
	return out.String()
}

// hostile reports characters that a reader does not see, or that are no characters.
func hostile(r rune) bool {
	return r == utf8.RuneError || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
}
