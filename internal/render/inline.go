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
		before, text, after := aroundCode(strings.Join(odd, " "))
		out, odd = append(out, before+code(text)+after), nil
	}
	for w := range strings.SplitSeq(text, " ") {
		switch {
		case plainWord(w), len(out) > 0 && len(odd) == 0 && shortNumber(strings.TrimRight(w, ",;:.)")):
			flush()
			out = append(out, w)
		case w != "" || len(odd) > 0:
			odd = append(odd, w)
		}
	}
	flush()
	return strings.Join(out, " ")
}

// aroundCode takes from what is to be code the marks that are the sentence's: a
// comma at its end, or a parenthesis that has its other half elsewhere.
func aroundCode(text string) (before, inside, after string) {
	if i := len(text) - 1; i > 0 && strings.IndexByte(",;:", text[i]) >= 0 {
		text, after = text[:i], text[i:]
	}
	if len(text) > 1 && strings.HasPrefix(text, "(") && !strings.Contains(text, ")") {
		before, text = "(", text[1:]
	}
	if i := len(text) - 1; i > 0 && text[i] == ')' && !strings.Contains(text, "(") {
		text, after = text[:i], ")"+after
	}
	return before, text, after
}

// plainWord reports whether Markdown, and what GitHub and GitLab add to it, make
// nothing of a word: letters, with a hyphen or an apostrophe between small ones,
// or a short number, and the marks of a sentence around it.
func plainWord(w string) bool {
	if strings.TrimRight(w, ",;)") == "%" {
		return true
	}
	bare := strings.TrimPrefix(w, "(")
	number := strings.TrimRight(bare, ",;%")
	if len(bare) < len(w) {
		number = strings.TrimSuffix(number, ")") // "10)" alone would begin a list
	}
	if isNumber(number) {
		return shortNumber(number)
	}
	w = strings.TrimRight(bare, ",;:.)")
	for i := range len(w) {
		inner := i > 0 && i < len(w)-1
		switch c := w[i]; {
		case letter(rune(c)):
		case (c == '-' || c == '\'') && inner && small(w[i-1]) && small(w[i+1]):
		case c == '\'' && i > 0 && !inner && w[i-1] == 's': // the members'
		default:
			return false
		}
	}
	return w != ""
}

func small(c byte) bool { return 'a' <= c && c <= 'z' }

// shortNumber reports whether a word is a number that is not the name of a commit.
func shortNumber(w string) bool { return isNumber(w) && len(w) < 7 }

func isNumber(w string) bool {
	return w != "" && strings.Trim(w, "0123456789") == ""
}

// htmlCode is Safe text as code inside HTML, where Markdown is not read.
func htmlCode(text string) string { return "<code>" + html.EscapeString(text) + "</code>" }

// marker is a comment that nobody sees and by which a program finds its own
// earlier posting again. It is the same for every plan of an environment.
func marker(what string, p place) string {
	return "<!-- stytch-reconcile:" + what + " project=" + InComment(p.project) + " environment=" + InComment(p.environment) + " -->\n"
}

// InComment is any text as one word of a comment that does not end it.
func InComment(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "--", "%2D%2D")
}
