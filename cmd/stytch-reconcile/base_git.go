package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
)

// A repository is the one that the working directory is in, at a commit.
type repository struct {
	program, commit string
	prefix          string // the working directory in it
}

func openRepository(ctx context.Context, ref string) (*repository, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return nil, errors.New("the program git is needed for this and was not found; install it, or give a directory as the base")
	}
	r := &repository{program: program}
	prefix, err := r.git(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, fmt.Errorf("the working directory is in no git repository that can be read: %w", err)
	}
	r.prefix = strings.TrimSuffix(prefix, "\n")
	commit, err := r.git(ctx, "rev-parse", "--verify", "--quiet", ref+"^{commit}")
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, fmt.Errorf("the git repository has no commit called %s; correct the name, or fetch it first: a shallow clone, as pipelines make them, has one commit alone", render.Safe(ref))
	}
	r.commit = strings.TrimSpace(commit)
	return r, nil
}

var errInterrupted = errors.New("interrupted; nothing was written")

func (r *repository) command(ctx context.Context, args ...string) *exec.Cmd {
	// What lies among the documents is no repository, whatever it looks like.
	args = append([]string{"-c", "safe.bareRepository=explicit"}, args...)
	cmd := exec.CommandContext(ctx, r.program, args...) //nolint:gosec // no argument is an option that a user gave
	cmd.WaitDelay = time.Second                         // for what git started, as to fetch for a partial clone, and is deaf to its end
	cmd.Env = slices.DeleteFunc(os.Environ(), notForGit)
	// What git says is quoted in English sentences, and a commit is read as it was made.
	cmd.Env = append(cmd.Env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_NO_REPLACE_OBJECTS=1")
	return cmd
}

// notForGit are the variables that git does not get: Stytch's credentials are
// none of its business, and a hook of git has another idea of where the
// repository begins.
func notForGit(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return strings.HasPrefix(name, "STYTCH_") || name == "GIT_DIR" || name == "GIT_WORK_TREE" || name == "GIT_COMMON_DIR"
}

// git runs one command of git and returns what it writes.
func (r *repository) git(ctx context.Context, args ...string) (string, error) {
	out, err := r.command(ctx, args...).Output()
	if err == nil {
		return string(out), nil
	}
	if ctx.Err() != nil {
		return "", errInterrupted
	}
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && len(failed.Stderr) > 0 {
		said, _, _ := strings.Cut(string(failed.Stderr), "\n")
		return "", errors.New("git says: " + render.Safe(strings.TrimPrefix(said, "fatal: ")))
	}
	return "", fmt.Errorf("git %s: %w", args[0], err)
}

// A located is a path of the command line at the commit.
type located struct {
	path      string // in the repository, with forward slashes
	directory string // that is to be written for it
	tree      string // the id of that, "" when the path is not there
}

// find walks down to a path, part by part: a link on the way would lead it
// elsewhere than git's own search by path does.
func (r *repository) find(ctx context.Context, given string) (located, error) {
	below, err := fromHere(given)
	if err != nil {
		return located{}, err
	}
	at := path.Join(r.prefix, filepath.ToSlash(below))
	if !filepath.IsLocal(filepath.FromSlash(at)) {
		return located{}, fmt.Errorf("%s is outside of the git repository", given)
	}
	one := located{path: at, directory: ".", tree: r.commit}
	if at == "." {
		return one, nil
	}
	parts := strings.Split(at, "/")
	for i, name := range parts {
		entries, err := r.list(ctx, one.tree)
		if err != nil {
			return located{}, err
		}
		place := slices.IndexFunc(entries, func(e object) bool { return e.path == name })
		switch {
		case place < 0:
			return located{path: at}, nil
		case entries[place].kind == "tree":
			one.directory, one.tree = path.Join(parts[:i+1]...), entries[place].id
		case entries[place].kind != "blob":
			return located{}, fmt.Errorf("%s is a submodule at that commit, whose files git does not have; give a directory as the base", path.Join(parts[:i+1]...))
		case i < len(parts)-1 && entries[place].link():
			return located{}, fmt.Errorf("%s goes through the link %s at that commit, and links are not followed; give a directory as the base", given, path.Join(parts[:i+1]...))
		case i < len(parts)-1:
			return located{path: at}, nil
		}
	}
	return one, nil
}

// An object is one entry of a tree.
type object struct{ mode, kind, id, path string }

func (o object) link() bool { return o.mode == "120000" }

// list lists a tree, with -r all that is below it too.
func (r *repository) list(ctx context.Context, tree string, how ...string) ([]object, error) {
	out, err := r.git(ctx, append(append([]string{"ls-tree", "-z", "--full-tree"}, how...), tree)...)
	if err != nil {
		return nil, err
	}
	var objects []object
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		about, name, ok := strings.Cut(line, "\t")
		if fields := strings.Fields(about); ok && len(fields) == 3 {
			objects = append(objects, object{mode: fields[0], kind: fields[1], id: fields[2], path: name})
		}
	}
	return objects, nil
}
