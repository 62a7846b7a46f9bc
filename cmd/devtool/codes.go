package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// A diagnostic is made with its code and its summary side by side: as arguments of a call, or as fields of a literal.
var (
	codePattern    = regexp.MustCompile(`^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$`)
	summaryPattern = regexp.MustCompile(`^[A-Z][^.]* [^.]*$|^[A-Z][a-z]+$`)
)

// diagnosticsPage lists the codes of diagnostics with their summaries, from the source.
func diagnosticsPage(root string) (string, error) {
	codes, err := diagnosticCodes(root)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	out.WriteString("# Diagnostics\n\nEvery error and warning has a stable code and a constant summary. " +
		"With `--json` both are fields of the event `diagnostic`.\n")
	room := ""
	for _, code := range sortedKeys(codes) {
		if prefix, _, _ := strings.Cut(code, "."); prefix != room {
			room = prefix
			fmt.Fprintf(&out, "\n## %s\n\n| code | summary |\n|---|---|\n", room)
		}
		summary := cell(strings.Join(sortedKeys(codes[code]), "; "))
		if summary == "" {
			summary = "(names what failed)"
		}
		fmt.Fprintf(&out, "| `%s` | %s |\n", code, summary)
	}
	return out.String(), nil
}

// diagnosticCodes are the summaries by code.
func diagnosticCodes(root string) (map[string]map[string]bool, error) {
	found := map[string]map[string]bool{}
	for _, top := range []string{"engine", "cmd/cdp"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			return scanPackage(path, found)
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func scanPackage(dir string, found map[string]map[string]bool) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		files = append(files, f)
	}
	texts := textConstants(files)
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				texts.pairs(n.Args, found)
				texts.worded(n, found)
			case *ast.ReturnStmt:
				texts.pairs(n.Results, found)
			case *ast.AssignStmt:
				texts.pairs(n.Rhs, found)
			case *ast.CompositeLit:
				texts.fields(n, found)
			}
			return true
		})
	}
	return nil
}

// constants are the package's string constants by name.
type constants map[string]string

func textConstants(files []*ast.File) constants {
	out := constants{}
	for _, f := range files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				for i, name := range v.Names {
					if i < len(v.Values) {
						out[name.Name] = out.text(v.Values[i])
					}
				}
			}
		}
	}
	return out
}

// text is the value of a literal or constant, else "".
func (c constants) text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, _ := strconv.Unquote(e.Value)
			return s
		}
	case *ast.Ident:
		return c[e.Name]
	}
	return ""
}

// pairs takes a code followed by its summary.
func (c constants) pairs(list []ast.Expr, found map[string]map[string]bool) {
	for i := 0; i+1 < len(list); i++ {
		c.add(c.text(list[i]), c.text(list[i+1]), found)
	}
}

// worded takes the code of a diagnostic whose summary is chosen when it happens.
func (c constants) worded(call *ast.CallExpr, found map[string]map[string]bool) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || (sel.Sel.Name != "NewError" && sel.Sel.Name != "NewWarning") || len(call.Args) == 0 {
		return
	}
	if code := c.text(call.Args[0]); codePattern.MatchString(code) && found[code] == nil {
		found[code] = map[string]bool{}
	}
}

// fields takes Code and Summary of a literal, or the two in a row.
func (c constants) fields(lit *ast.CompositeLit, found map[string]map[string]bool) {
	var plain []ast.Expr
	named := map[string]string{}
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok {
				named[key.Name] = c.text(kv.Value)
			}
			continue
		}
		plain = append(plain, e)
	}
	c.pairs(plain, found)
	c.add(named["Code"], named["Summary"], found)
}

func (c constants) add(code, summary string, found map[string]map[string]bool) {
	if !codePattern.MatchString(code) || !summaryPattern.MatchString(summary) {
		return
	}
	if found[code] == nil {
		found[code] = map[string]bool{}
	}
	found[code][summary] = true
}
