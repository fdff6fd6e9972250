package render

import (
	"html"
	"net/url"
	"strings"
)

// Markdown knows no escape that holds everywhere: a mention, a bare link or a
// number of an issue means something in any text. What is not a plain word
// stands in a code span, where nothing means anything. A backtick, which alone
// ends one, is written as \x60, as Safe writes what it cannot show.

// unticked is Safe text that ends no code span and no fence.
func unticked(text string) string { return strings.ReplaceAll(text, "`", `\x60`) }

// code is Safe text as a code span.
func code(text string) string {
	text = unticked(text)
	if text == "" {
		return "` `"
	}
	if strings.HasPrefix(text, " ") && strings.HasSuffix(text, " ") {
		text = " " + text + " " // Markdown takes one away at each end
	}
	return "`" + text + "`"
}

// prose is a Safe sentence with its plain words as they are and all else, such
// as names and addresses, as code.
func prose(text string) string {
	var out []string
	var odd []string
	flush := func() {
		if len(odd) == 0 {
			return
		}
		text, mark := strings.Join(odd, " "), ""
		if i := len(text) - 1; i > 0 && strings.IndexByte(",;:", text[i]) >= 0 {
			text, mark = text[:i], text[i:] // the mark is the sentence's
		}
		out, odd = append(out, code(text)+mark), nil
	}
	for w := range strings.SplitSeq(text, " ") {
		switch {
		case plainWord(w):
			flush()
			out = append(out, w)
		case w != "" || len(odd) > 0:
			odd = append(odd, w)
		}
	}
	flush()
	return strings.Join(out, " ")
}

// plainWord reports whether Markdown, and what GitHub and GitLab add to it, make
// nothing of a word: letters, with a hyphen between small ones, or a short
// number, and the marks of a sentence around it.
func plainWord(w string) bool {
	if w == "%" {
		return true
	}
	w = strings.TrimPrefix(w, "(")
	if number := strings.TrimRight(w, ",;%"); isNumber(number) {
		return len(number) < 7 // longer ones may be the name of a commit
	}
	w = strings.TrimRight(w, ",;:.)")
	for i := range len(w) {
		inner := i > 0 && i < len(w)-1
		switch c := w[i]; {
		case letter(rune(c)):
		case c == '-' && inner && small(w[i-1]) && small(w[i+1]):
		default:
			return false
		}
	}
	return w != ""
}

func small(c byte) bool { return 'a' <= c && c <= 'z' }

func isNumber(w string) bool {
	return w != "" && strings.Trim(w, "0123456789") == ""
}

// htmlCode is Safe text as code inside HTML, where Markdown is not read.
func htmlCode(text string) string { return "<code>" + html.EscapeString(text) + "</code>" }

// marker is a comment that nobody sees and by which a program finds its own
// earlier posting again. It is the same for every plan of an environment.
func marker(what string, p place) string {
	return "<!-- stytch-reconcile:" + what + " project=" + inComment(p.project) + " environment=" + inComment(p.environment) + " -->\n"
}

// inComment is any text as one word of a comment that does not end it.
func inComment(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "--", "%2D%2D")
}
