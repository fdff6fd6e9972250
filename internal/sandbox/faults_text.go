package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A faultOption is one key of a fault's text form.
type faultOption struct {
	name string
	form string // what a value looks like
	set  func(*Fault, string) error
	text func(Fault) string // empty when not set
}

var faultOptions = []faultOption{
	{
		"endpoint", `"METHOD /path"`,
		func(f *Fault, text string) error { f.Endpoint = text; _, err := parseEndpoint(text); return err },
		func(f Fault) string { return f.Endpoint },
	},
	{"rate", "0.1", setRate, rateText},
	wholeNumber("nth", "3", func(f *Fault) *int { return &f.Nth }),
	wholeNumber("times", "1", func(f *Fault) *int { return &f.Times }),
	duration("delay", "200ms", 1, func(f *Fault) *time.Duration { return &f.Delay }),
	wholeNumber("status", "503", func(f *Fault) *int { return &f.Status }, 429, 500, 502, 503, 504),
	{"body", "html", setBody, func(f Fault) string { return f.Body }},
	duration("retry-after", "2s", time.Second, func(f *Fault) *time.Duration { return &f.RetryAfter }),
	duration("lag", "500ms", 1, func(f *Fault) *time.Duration { return &f.Lag }),
	wholeNumber("reads", "2", func(f *Fault) *int { return &f.Reads }),
}

// ParseFault reads a fault's text form: its kind, then options as key=value, separated by spaces; a value with spaces
// stands in double quotes.
//
//	latency delay=200ms
//	error status=429 retry-after=2s rate=0.1
//	cut-after-commit endpoint="POST /v1/b2b/organizations" times=1
//	stale-read endpoint="GET /v1/b2b/**" reads=2
//
// The options are named after the fields of Fault. FaultHelp lists which kind takes which. An error says what is allowed.
func ParseFault(text string) (Fault, error) {
	kind, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	f := Fault{Kind: FaultKind(kind)}
	form, err := f.form()
	if err != nil {
		return Fault{}, err
	}
	given := map[string]bool{}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		var name, value string
		if name, value, rest, err = cutOption(rest); err != nil {
			return Fault{}, fmt.Errorf("%s: %w", f.Kind, err)
		}
		i := slices.IndexFunc(faultOptions, func(o faultOption) bool { return o.name == name })
		switch {
		case i < 0 || !slices.Contains(form.options(), name):
			return Fault{}, fmt.Errorf("%s does not take %q; it takes %s", f.Kind, name, strings.Join(form.options(), ", "))
		case given[name]:
			return Fault{}, fmt.Errorf("%s: %s is given twice", f.Kind, name)
		}
		given[name] = true
		if err := faultOptions[i].set(&f, value); err != nil {
			return Fault{}, fmt.Errorf("%s: %s=%s: %w", f.Kind, name, value, err)
		}
	}
	return f, f.check()
}

// cutOption takes the first key=value off a text.
func cutOption(text string) (name, value, rest string, err error) {
	name, rest, found := strings.Cut(text, "=")
	if !found || strings.ContainsFunc(name, unicode.IsSpace) {
		word, _, _ := strings.Cut(text, " ")
		return "", "", "", fmt.Errorf("%q is not of the form key=value", word)
	}
	if !strings.HasPrefix(rest, `"`) {
		value, rest, _ = strings.Cut(rest, " ")
		return name, value, rest, nil
	}
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return "", "", "", fmt.Errorf("the value of %s has no closing quote", name)
	}
	rest = rest[len(quoted):]
	if rest != "" && rest[0] != ' ' {
		return "", "", "", fmt.Errorf("after the value of %s there must be a space", name)
	}
	value, err = strconv.Unquote(quoted)
	return name, value, rest, err
}

// String is the text form, as ParseFault reads it.
func (f Fault) String() string {
	var text strings.Builder
	text.WriteString(string(f.Kind))
	for _, o := range faultOptions {
		value := o.text(f)
		if value == "" {
			continue
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r == '"' || !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
			value = strconv.Quote(value)
		}
		text.WriteString(" " + o.name + "=" + value)
	}
	return text.String()
}

// FaultHelp describes all faults and their options in plain text, some 80 columns wide.
func FaultHelp() string {
	var text strings.Builder
	for _, form := range faultForms {
		var options []string
		for _, o := range faultOptions {
			switch {
			case slices.Contains(form.required, o.name):
				options = append(options, o.name+"="+o.form)
			case slices.Contains(form.optional, o.name):
				options = append(options, "["+o.name+"="+o.form+"]")
			}
		}
		separator := " "
		if len(form.required) > 1 {
			separator = " | "
		}
		_, _ = fmt.Fprintf(&text, "  %s\n      %s\n", strings.TrimSpace(string(form.kind)+" "+strings.Join(options, separator)), form.doc)
	}
	return text.String()
}

func setRate(f *Fault, text string) error {
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || !(rate > 0 && rate <= 1) {
		return errors.New("it must be a number above 0 and up to 1")
	}
	f.Rate = rate
	return nil
}

func rateText(f Fault) string {
	if f.Rate == 0 {
		return ""
	}
	return strconv.FormatFloat(f.Rate, 'g', -1, 64)
}

func setBody(f *Fault, text string) error {
	if text != "json" && text != "html" {
		return errors.New("it must be json or html")
	}
	f.Body = text
	return nil
}

// wholeNumber is an option that counts from 1, or that takes one of the numbers given.
func wholeNumber(name, form string, field func(*Fault) *int, allowed ...int) faultOption {
	set := func(f *Fault, text string) error {
		n, err := strconv.Atoi(text)
		switch {
		case len(allowed) > 0 && (err != nil || !slices.Contains(allowed, n)):
			return fmt.Errorf("it must be one of %s", strings.Trim(fmt.Sprint(allowed), "[]"))
		case err != nil || n < 1:
			return errors.New("it must be a whole number, 1 or more")
		}
		*field(f) = n
		return nil
	}
	text := func(f Fault) string {
		if n := *field(&f); n != 0 {
			return strconv.Itoa(n)
		}
		return ""
	}
	return faultOption{name, form, set, text}
}

// duration is an option that is a positive multiple of the unit.
func duration(name, form string, unit time.Duration, field func(*Fault) *time.Duration) faultOption {
	set := func(f *Fault, text string) error {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 || d%unit != 0 {
			if unit == time.Second {
				return errors.New("it must be a duration of whole seconds, such as 2s")
			}
			return fmt.Errorf("it must be a duration above 0, such as %s", form)
		}
		*field(f) = d
		return nil
	}
	text := func(f Fault) string {
		if d := *field(&f); d != 0 {
			return d.String()
		}
		return ""
	}
	return faultOption{name, form, set, text}
}
