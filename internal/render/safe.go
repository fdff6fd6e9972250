package render

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Safe makes any text fit to stand within one line of a terminal or a log. It
// writes control characters, newlines, what reorders text (bidirectional
// overrides), what cannot be seen, and bytes that are no UTF-8 as escapes such
// as \n, \x1b and \u202e. It breaks, visibly, what a build system would take for
// a command: `::` where a line could begin with it, and `##[`. A backslash is
// doubled, so that different texts stay different.
func Safe(s string) string { return escape(s, false) }

// quote is Safe between quotation marks. strconv.Unquote gives the text back.
func quote(s string) string { return `"` + escape(s, true) + `"` }

func escape(s string, quoted bool) string {
	var b strings.Builder
	for i, width := 0, 0; i < len(s); i += width {
		var r rune
		r, width = utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && width == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\\', quoted && r == '"':
			b.WriteByte('\\')
			b.WriteRune(r)
		case !visible(r):
			b.WriteString(escaped(r))
		case commands(s, i):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func escaped(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// visible reports whether a reader sees the character, and sees it where it
// stands. Go's notion of printable leaves out controls, all spaces but one and
// everything that reorders; letters and marks without a shape are added here,
// save the selector that emoji are written with.
func visible(r rune) bool {
	switch {
	case r < 0x7f:
		return r >= ' '
	case r == 0xfe0f:
		return true
	case r == 0x2800: // a braille pattern without a dot
		return false
	}
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// commands reports whether the byte at i makes a workflow command of the text:
// the first colon of `::` at a place where a line could begin (GitHub's runner
// ignores leading space), or the bracket of `##[`, `##vso[` and the like, which
// are obeyed anywhere in a line.
func commands(s string, i int) bool {
	switch s[i] {
	case ':':
		return strings.HasPrefix(s[i:], "::") && (i == 0 || s[i-1] == ' ')
	case '[':
		return strings.HasSuffix(strings.TrimRightFunc(s[:i], letter), "##")
	}
	return false
}

func letter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// safeJSON escapes in JSON what Safe escapes in text, so that it decodes to the
// same values. What encoding/json has written holds such characters in strings
// only, where \u may stand.
func safeJSON(encoded []byte) []byte {
	out := bytes.NewBuffer(make([]byte, 0, len(encoded)))
	for i, width := 0, 0; i < len(encoded); i += width {
		var r rune
		r, width = utf8.DecodeRune(encoded[i:])
		switch {
		case r == '\n' || r == ' ':
			out.WriteRune(r)
		case r > 0xffff && !visible(r):
			r -= 0x10000
			fmt.Fprintf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case !visible(r), r == '[' && bracketCommands(encoded[:i]):
			fmt.Fprintf(out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.Bytes()
}

func bracketCommands(before []byte) bool {
	return bytes.HasSuffix(bytes.TrimRightFunc(before, letter), []byte("##"))
}
