package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/itchyny/gojq"
)

// platformWords are the programs that the recipes call beside ours, as far as they
// use them. A flag that they do not use here is an error: nothing is let pass that
// was not looked at.
var platformWords = map[string]func(){
	"gh":   func() { os.Exit(ended(gh(os.Args[1:]))) },
	"curl": func() { os.Exit(ended(curl(os.Args[1:]))) },
	"wget": func() { os.Exit(ended(wget(os.Args[1:]))) },
	"jq":   func() { os.Exit(ended(jq(os.Args[1:]))) },
}

func ended(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// gh is GitHub's program: gh api, with the very jq that it has, and gh run download.
func gh(args []string) error {
	switch {
	case os.Getenv("STYTCH_SECRET")+os.Getenv("STYTCH_WORKSPACE_KEY_SECRET") != "":
		return fmt.Errorf("gh: it was given the credentials of Stytch, which are none of its business")
	case len(args) > 1 && args[0] == "api":
		return ghAPI(args[1:])
	case len(args) > 2 && args[0] == "run" && args[1] == "download":
		return ghDownload(args[2:])
	}
	return fmt.Errorf("gh: %q is not known here", args)
}

func ghAPI(args []string) error {
	var where, method, filter string
	var paginate, silent bool
	fields := map[string]string{}
	for i := 0; i < len(args); i++ {
		next := func() string { i++; return args[i] }
		switch args[i] {
		case "--method":
			method = next()
		case "--jq":
			filter = next()
		case "--paginate":
			paginate = true
		case "--silent":
			silent = true
		case "--raw-field":
			name, value, _ := strings.Cut(next(), "=")
			fields[name] = value
		case "--field": // only of files: what else it takes for a number or a file is a trap
			name, file, _ := strings.Cut(next(), "=@")
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			fields[name] = string(content)
		default:
			if where != "" || strings.HasPrefix(args[i], "-") {
				return fmt.Errorf("gh api: %s is not known here", args[i])
			}
			where = args[i]
		}
	}
	var body io.Reader
	switch {
	case len(fields) > 0 && method == http.MethodGet:
		query := url.Values{}
		for name, value := range fields {
			query.Set(name, value)
		}
		where += "?" + query.Encode()
	case len(fields) > 0:
		content, err := json.Marshal(fields)
		if err != nil {
			return err
		}
		body = bytes.NewReader(content)
	}
	address := os.Getenv("GITHUB_API_URL") + "/" + where
	for address != "" {
		answer, header, err := request(method, address, http.Header{"Authorization": {"Bearer " + os.Getenv("GH_TOKEN")}}, body)
		if err != nil {
			return fmt.Errorf("gh: %w", err)
		}
		address = ""
		if next := nextPage.FindStringSubmatch(header.Get("Link")); paginate && next != nil {
			address = next[1]
		}
		if silent {
			continue
		}
		if err := filtered(answer, filter); err != nil {
			return err
		}
	}
	return nil
}

var nextPage = regexp.MustCompile(`<([^>]+)>; rel="next"`)

// request sends a request as the programs do: an answer that is an error is one.
func request(method, address string, header http.Header, body io.Reader) ([]byte, http.Header, error) {
	if method == "" {
		method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(context.Background(), method, address, body)
	if err != nil {
		return nil, nil, err
	}
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 400 {
		err = fmt.Errorf("%s %s: HTTP %d %s", method, address, response.StatusCode, answer)
	}
	return answer, response.Header, err
}

// filtered prints what a jq filter makes of an answer, strings as they are.
func filtered(answer []byte, filter string) error {
	var value any
	if err := json.Unmarshal(answer, &value); err != nil {
		return err
	}
	return evaluated(filter, value, nil, nil)
}

func evaluated(filter string, input any, names []string, values []any) error {
	query, err := gojq.Parse(filter)
	if err != nil {
		return err
	}
	code, err := gojq.Compile(query, gojq.WithEnvironLoader(os.Environ), gojq.WithVariables(names))
	if err != nil {
		return err
	}
	results := code.Run(input, values...)
	for {
		v, ok := results.Next()
		if !ok {
			return nil
		}
		switch v := v.(type) {
		case error:
			return v
		case string:
			fmt.Println(v)
		case float64, int:
			fmt.Printf("%v\n", v)
		default:
			content, err := gojq.Marshal(v)
			if err != nil {
				return err
			}
			fmt.Println(string(content))
		}
	}
}

func ghDownload(args []string) error {
	if len(args) != 7 || args[1] != "--repo" || args[3] != "--name" || args[5] != "--dir" {
		return fmt.Errorf("gh run download: %q is not known here", args)
	}
	answer, _, err := request("", fmt.Sprintf("%s/repos/%s/actions/runs/%s/artifacts/%s", os.Getenv("GITHUB_API_URL"), args[2], args[0], args[4]),
		http.Header{"Authorization": {"Bearer " + os.Getenv("GH_TOKEN")}}, nil)
	if err != nil {
		return fmt.Errorf("gh: no valid artifacts found to download: %w", err)
	}
	var files map[string]string
	if err := json.Unmarshal(answer, &files); err != nil {
		return err
	}
	if err := os.MkdirAll(args[6], 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(args[6], name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
