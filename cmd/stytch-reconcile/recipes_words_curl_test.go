package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// curl, as the recipes for GitLab call it.
func curl(args []string) error {
	var where, method, headers string
	var query []string
	var body io.Reader
	header := http.Header{}
	for i := 0; i < len(args); i++ {
		next := func() string { i++; return args[i] }
		switch args[i] {
		case "--silent", "--show-error", "--fail-with-body":
		case "--request":
			method = next()
		case "--config":
			content, err := os.ReadFile(next())
			if err != nil {
				return err
			}
			name, value, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(content)), `header = "`), `"`), ": ")
			if !ok {
				return errors.New("curl: the configuration is not one header")
			}
			header.Set(name, value)
		case "--dump-header":
			headers = next()
		case "--json":
			content, err := os.ReadFile(strings.TrimPrefix(next(), "@"))
			if err != nil {
				return err
			}
			header.Set("Content-Type", "application/json")
			body = bytes.NewReader(content)
		case "--url-query":
			name, value, _ := strings.Cut(next(), "=")
			query = append(query, name+"="+url.QueryEscape(value))
		default:
			if where != "" || strings.HasPrefix(args[i], "-") {
				return fmt.Errorf("curl: %s is not known here", args[i])
			}
			where = args[i]
		}
	}
	if len(query) > 0 {
		glue := "?"
		if strings.Contains(where, "?") {
			glue = "&"
		}
		where += glue + strings.Join(query, "&")
	}
	if body != nil && method == "" {
		method = http.MethodPost
	}
	answer, answered, err := request(method, where, header, body)
	fmt.Print(string(answer))
	if err == nil && headers != "" {
		err = os.WriteFile(headers, fmt.Appendf(nil, "x-next-page: %s\r\n", answered.Get("X-Next-Page")), 0o600)
	}
	return err
}

// jq, with its results as they are where they are strings.
func jq(args []string) error {
	var filter string
	var file io.Reader = os.Stdin
	var raw, null bool
	var names []string
	var values []any
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--raw-output":
			raw = true
		case args[i] == "--null-input":
			null = true
		case args[i] == "--rawfile" && i+2 < len(args):
			content, err := os.ReadFile(args[i+2])
			if err != nil {
				return err
			}
			names, values = append(names, "$"+args[i+1]), append(values, string(content))
			i += 2
		case strings.HasPrefix(args[i], "-"):
			return fmt.Errorf("jq: %s is not known here", args[i])
		case filter == "":
			filter = args[i]
		default:
			content, err := os.ReadFile(args[i])
			if err != nil {
				return err
			}
			file = bytes.NewReader(content)
		}
	}
	if null {
		return evaluated(filter, nil, names, values)
	}
	if !raw {
		return errors.New("jq: without --raw-output it is not known here")
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	var input any
	if err := json.Unmarshal(content, &input); err != nil {
		return err
	}
	return evaluated(filter, input, names, values)
}

// wget, as BusyBox has it: it posts a file.
func wget(args []string) error {
	if len(args) != 6 || args[0] != "-q" || args[1] != "-O" || args[2] != "/dev/null" || args[3] != "--post-file" {
		return fmt.Errorf("wget: %q is not known here", args)
	}
	content, err := os.ReadFile(args[4])
	if err != nil {
		return err
	}
	_, _, err = request(http.MethodPost, args[5], http.Header{}, bytes.NewReader(content))
	return err
}
