package client

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Path fills the %s of a format with ids, escaped so that each stays one segment whatever is in it:
//
//	Path("/v1/b2b/organizations/%s/members/%s", org, member)
//
// It panics when their numbers differ, a mistake of the program. An empty id, or one that servers would take for a step
// to another directory, gives a path that every call refuses with an error: a request for "/members/" must not become
// one for all members.
func Path(format string, ids ...string) string {
	parts := strings.Split(format, "%s")
	if len(parts) != len(ids)+1 {
		panic(fmt.Sprintf("client.Path: %q takes %d ids and got %d", format, len(parts)-1, len(ids)))
	}
	var b strings.Builder
	b.WriteString(parts[0])
	for i, id := range ids {
		b.WriteString(url.PathEscape(id))
		b.WriteString(parts[i+1])
	}
	return b.String()
}

func checkPath(path string) error {
	rest, rooted := strings.CutPrefix(path, "/")
	if !rooted {
		return errors.New("the path must start with /")
	}
	if strings.ContainsAny(path, "?#") {
		return errors.New("the path must not hold a query: that has a place of its own")
	}
	for segment := range strings.SplitSeq(rest, "/") {
		switch segment {
		case "":
			return errors.New("an id in the path is empty")
		case ".", "..":
			return fmt.Errorf("%q cannot be an id", segment)
		}
	}
	return nil
}
