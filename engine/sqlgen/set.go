package sqlgen

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
)

// Set is the statements of one feature.
type Set struct {
	name  string
	files map[string]*file // by file name without .sql: "edges", "merge.duckdb"
}

// file is one parsed .sql file.
type file struct {
	step, inputs, outputs string
	template              *template.Template
}

// MustParse reads the .sql files of a folder. The set is named after the package that calls. Templates are compiled in,
// so a mistake in one is a panic at start.
func MustParse(files embed.FS, dir string) *Set {
	name := dir
	if pc, _, _, ok := runtime.Caller(1); ok {
		name = packageOf(runtime.FuncForPC(pc).Name())
	}
	s, err := Parse(name, files, dir)
	if err != nil {
		panic(err)
	}
	return s
}

// packageOf is the last element of the package path of a function's name.
func packageOf(function string) string {
	name, _, _ := strings.Cut(path.Base(function), ".")
	return name
}

// Parse reads the .sql files of a folder into a set of that name.
func Parse(name string, files fs.FS, dir string) (*Set, error) {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil, fmt.Errorf("reading SQL of %s: %w", name, err)
	}
	s := &Set{name: name, files: map[string]*file{}}
	shared := template.New("").Funcs(placeholders).Option("missingkey=error")
	texts := map[string]string{}
	for _, e := range entries {
		base, ok := strings.CutSuffix(e.Name(), ".sql")
		if !ok || e.IsDir() {
			continue
		}
		text, err := fs.ReadFile(files, path.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading SQL of %s: %w", name, err)
		}
		if !strings.HasPrefix(base, "_") {
			texts[base] = string(text)
			continue
		}
		if _, err := shared.New(base).Parse(string(text)); err != nil {
			return nil, fmt.Errorf("parsing %s of %s: %w", e.Name(), name, err)
		}
	}
	for _, base := range sorted(texts) {
		if s.files[base], err = parseFile(shared, base, texts[base]); err != nil {
			return nil, fmt.Errorf("parsing %s.sql of %s: %w", base, name, err)
		}
	}
	return s, nil
}

func parseFile(shared *template.Template, base, text string) (*file, error) {
	f := &file{}
	body := f.cutHeader(text)
	own, err := shared.Clone()
	if err != nil {
		return nil, err
	}
	if f.template, err = own.New(base).Parse(body); err != nil {
		return nil, err
	}
	for _, t := range f.template.Templates() {
		if t.Tree != nil {
			if err := checkOutput(t.Root); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

// cutHeader takes the three lines off the top.
func (f *file) cutHeader(text string) string {
	for _, part := range []struct {
		label string
		into  *string
	}{{"-- step:", &f.step}, {"-- inputs:", &f.inputs}, {"-- outputs:", &f.outputs}} {
		line, rest, _ := strings.Cut(text, "\n")
		value, ok := strings.CutPrefix(strings.TrimSpace(line), part.label)
		if !ok {
			return text
		}
		*part.into, text = strings.TrimSpace(value), rest
	}
	return text
}

// checkOutput refuses an action that would print something that no word of the vocabulary made.
func checkOutput(node parse.Node) error {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, child := range n.Nodes {
			if err := checkOutput(child); err != nil {
				return err
			}
		}
	case *parse.ActionNode:
		if len(n.Pipe.Decl) > 0 {
			return nil
		}
		last := n.Pipe.Cmds[len(n.Pipe.Cmds)-1]
		if word, ok := last.Args[0].(*parse.IdentifierNode); !ok || !slices.Contains(vocabulary, word.Ident) {
			return fmt.Errorf("%s prints text that is neither quoted nor bound", n)
		}
	case *parse.IfNode:
		return errors.Join(checkOutput(n.List), checkOutput(n.ElseList))
	case *parse.RangeNode:
		return errors.Join(checkOutput(n.List), checkOutput(n.ElseList))
	case *parse.WithNode:
		return errors.Join(checkOutput(n.List), checkOutput(n.ElseList))
	}
	return nil
}

// Names of the statements, sorted, without the variants for a dialect.
func (s *Set) Names() []string {
	var names []string
	for _, name := range sorted(s.files) {
		if !strings.Contains(name, ".") {
			names = append(names, name)
		}
	}
	return names
}

// Check reports files that break the rules of the house: a header of three lines, one statement. Features call it in a
// test.
func (s *Set) Check() error {
	var wrong []error
	for _, name := range sorted(s.files) {
		f := s.files[name]
		if f.step == "" || f.inputs == "" || f.outputs == "" {
			wrong = append(wrong, fmt.Errorf("%s/%s.sql: no header of step, inputs and outputs", s.name, name))
		}
		text := f.template.Root.String()
		for _, t := range Scan(text) {
			if t.Kind == Punct && t.Text(text) == ";" {
				wrong = append(wrong, fmt.Errorf("%s/%s.sql: a semicolon: a file is one statement", s.name, name))
				break
			}
		}
	}
	return errors.Join(wrong...)
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
