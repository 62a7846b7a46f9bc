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
	"sync"
	"text/template"
	"text/template/parse"
)

// Set is the statements of one feature.
type Set struct {
	name  string
	files map[string]*file // by file name without .sql: "edges", "merge.duckdb"
}

// file is one .sql file. It is parsed when it is needed first: a process renders few of them, and most processes none.
type file struct {
	step, inputs, outputs string
	name, body            string
	shared                *template.Template
	once                  sync.Once
	template              *template.Template
	err                   error
}

// MustParse reads the .sql files of a folder. The set is named after the package that calls. A mistake in a file is an error
// of Check, which every package that calls this has a test of, and of rendering it.
func MustParse(files embed.FS, dir string) *Set {
	name := dir
	if pc, _, _, ok := runtime.Caller(1); ok {
		name = packageOf(runtime.FuncForPC(pc).Name())
	}
	s, err := read(name, files, dir)
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

// Parse reads the .sql files of a folder into a set of that name, and parses them all.
func Parse(name string, files fs.FS, dir string) (*Set, error) {
	s, err := read(name, files, dir)
	if err != nil {
		return nil, err
	}
	for _, base := range sorted(s.files) {
		if _, err := s.files[base].parsed(); err != nil {
			return nil, fmt.Errorf("parsing %s.sql of %s: %w", base, name, err)
		}
	}
	return s, nil
}

func read(name string, files fs.FS, dir string) (*Set, error) {
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
	for base, text := range texts {
		f := &file{name: base, shared: shared}
		f.body = f.cutHeader(text)
		s.files[base] = f
	}
	return s, nil
}

// parsed is the file's template.
func (f *file) parsed() (*template.Template, error) {
	f.once.Do(func() { f.template, f.err = f.parse() })
	return f.template, f.err
}

func (f *file) parse() (*template.Template, error) {
	own, err := f.shared.Clone()
	if err != nil {
		return nil, err
	}
	out, err := own.New(f.name).Parse(f.body)
	if err != nil {
		return nil, err
	}
	for _, t := range out.Templates() {
		if t.Tree != nil {
			if err := checkOutput(t.Root); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
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
		parsed, err := f.parsed()
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s/%s.sql: %w", s.name, name, err))
			continue
		}
		text := parsed.Root.String()
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
