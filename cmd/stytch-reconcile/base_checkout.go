package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
)

// checkOut writes what stood in the directories of the paths at a commit, and
// says where each path is then. A file brings its directory along: rosters and
// file("…") read from there. Root is a private temporary directory, which the
// caller removes, also after an error.
//
// What is read are git's objects as they are: no hook, no filter and no attribute
// of the repository has a say, so that nothing of it is run or left out.
func checkOut(ctx context.Context, ref string, paths []string) (places []string, root string, err error) {
	if ref == "" || strings.HasPrefix(ref, "-") {
		return nil, "", errors.New("this names no commit; write git: and a branch, a tag or a commit, such as git:origin/main")
	}
	r, err := openRepository(ctx, ref)
	if err != nil {
		return nil, "", err
	}
	trees := map[string]string{} // directory -> id of its tree
	var found []located
	for _, p := range paths {
		one, err := r.find(ctx, p)
		if err != nil {
			return nil, "", err
		}
		found = append(found, one)
		if one.tree != "" {
			trees[one.directory] = one.tree
		}
	}
	if root, err = os.MkdirTemp("", "stytch-reconcile-base-*"); err != nil { // created with mode 0700
		return nil, "", err
	}
	links, err := r.write(ctx, root, trees)
	if err != nil {
		return nil, root, err
	}
	for _, one := range found {
		if err := one.checkLinks(root, links); err != nil {
			return nil, root, err
		}
		places = append(places, filepath.Join(root, filepath.FromSlash(one.path)))
	}
	return places, root, nil
}

// write writes trees into the directories of root that they have in the
// repository, and returns the links among them. No path of a tree leads out of
// root, and links come last, so that nothing is written through one.
func (r *repository) write(ctx context.Context, root string, trees map[string]string) ([]string, error) {
	into, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer func() { _ = into.Close() }()
	files, links, err := r.below(ctx, trees)
	if err != nil {
		return nil, err
	}
	if err := r.contents(ctx, files, func(o object, content io.Reader) error { return writeFile(into, o.path, content) }); err != nil {
		return nil, err
	}
	var names []string
	err = r.contents(ctx, links, func(o object, content io.Reader) error {
		target, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		names = append(names, o.path)
		if err := into.MkdirAll(filepath.FromSlash(path.Dir(o.path)), 0o700); err != nil {
			return err
		}
		return into.Symlink(string(target), filepath.FromSlash(o.path))
	})
	return names, err
}

// below lists what is in trees, with paths from the top of the repository.
func (r *repository) below(ctx context.Context, trees map[string]string) (files, links []object, err error) {
	for _, directory := range slices.Sorted(maps.Keys(trees)) {
		if inAnother(directory, trees) {
			continue
		}
		objects, err := r.list(ctx, trees[directory], "-r")
		if err != nil {
			return nil, nil, err
		}
		for _, o := range objects {
			o.path = path.Join(directory, o.path)
			switch {
			case o.kind != "blob": // a submodule: git does not have its files
			case o.link():
				links = append(links, o)
			default:
				files = append(files, o)
			}
		}
	}
	return files, links, nil
}

// inAnother reports whether a directory is written with one that holds it.
func inAnother(directory string, trees map[string]string) bool {
	for directory != "." {
		directory = path.Dir(directory)
		if _, ok := trees[directory]; ok {
			return true
		}
	}
	return false
}

func writeFile(into *os.Root, name string, content io.Reader) (err error) {
	name = filepath.FromSlash(name)
	if err := into.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	file, err := into.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = io.Copy(file, content)
	return err
}

// contents hands over what each object holds, in one run of git.
func (r *repository) contents(ctx context.Context, objects []object, take func(object, io.Reader) error) error {
	if len(objects) == 0 {
		return nil
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	cmd := r.command(running, "cat-file", "--batch")
	var ids strings.Builder
	for _, o := range objects {
		ids.WriteString(o.id + "\n")
	}
	cmd.Stdin = strings.NewReader(ids.String())
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("git cat-file: %w", err)
	}
	answers := bufio.NewReader(out)
	for _, o := range objects {
		if err = answer(answers, o, take); err != nil {
			stop() // git need not write the rest
			break
		}
	}
	switch ended := cmd.Wait(); {
	case ctx.Err() != nil:
		return errInterrupted
	case err == nil && ended != nil:
		return fmt.Errorf("git cat-file: %w", ended)
	}
	return err
}

// answer reads an answer of git: a line with id, kind and size, the content, a line break.
func answer(answers *bufio.Reader, o object, take func(object, io.Reader) error) error {
	var id, kind string
	var size int64
	line, err := answers.ReadString('\n')
	if _, scanned := fmt.Sscanf(line, "%s %s %d", &id, &kind, &size); err != nil || scanned != nil || id != o.id {
		return fmt.Errorf("git does not have %s at that commit; fetch it first", render.Safe(o.path))
	}
	content := io.LimitReader(answers, size)
	if err := take(o, content); err != nil {
		return fmt.Errorf("reading %s at that commit: %w", render.Safe(o.path), reason(err))
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	_, err = answers.Discard(1)
	return err
}

// checkLinks refuses links that are read as documents and lead out of their
// directory: to what the commit does not say, or to what is not of the commit.
func (one located) checkLinks(root string, links []string) error {
	if one.tree == "" {
		return nil
	}
	inside, err := filepath.EvalSymlinks(filepath.Join(root, filepath.FromSlash(one.directory)))
	if err != nil {
		return err
	}
	for _, link := range links {
		document := path.Dir(link) == one.path && slices.Contains([]string{".yaml", ".yml", ".hcl"}, path.Ext(link))
		if link != one.path && !document {
			continue
		}
		target, err := filepath.EvalSymlinks(filepath.Join(root, filepath.FromSlash(link)))
		if err == nil {
			target, err = filepath.Rel(inside, target)
		}
		if err != nil || !filepath.IsLocal(target) {
			return fmt.Errorf("%s is a link at that commit that leads out of its directory or nowhere, and is not followed; give a directory as the base", render.Safe(link))
		}
	}
	return nil
}
