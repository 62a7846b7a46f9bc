package config

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Extension is how the files of a project end.
const Extension = ".cdp.hcl"

// maxFile bounds one file of HCL. A larger one is something else under this name.
const maxFile = 4 << 20

// maxDepth bounds how deep expressions nest: the parser is recursive, and a stack has an end.
const maxDepth = 1000

// readFolder parses every file and sorts the top-level blocks by type. It is false when there is nothing to go on
// with: a file with broken syntax would make errors of everything that refers to it.
func (l *loader) readFolder() bool {
	if l.opts.Files != nil {
		return l.readGiven()
	}
	dir := l.cfg.Dir
	entries, err := os.ReadDir(dir)
	if err != nil {
		detail := fmt.Sprintf("%s can not be read. Check the path, or the folder's permissions.", dir)
		if os.IsNotExist(err) {
			detail = fmt.Sprintf("There is no folder %s. Give the project's folder with --chdir DIR, or make a new project with `cdp init`.", dir)
		} else if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
			detail = fmt.Sprintf("%s is a file. A project is a folder of *%s files.", dir, Extension)
		}
		l.err("config.no_folder", "Folder can not be read", detail, nil)
		return false
	}
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, Extension) && !strings.HasPrefix(name, ".") && !e.IsDir() {
			l.names = append(l.names, name)
		}
	}
	sort.Strings(l.names)
	if len(l.names) == 0 {
		l.err("config.no_files", "No configuration files", fmt.Sprintf(
			"%s has no file that ends in %s. `cdp init` makes a project here that runs; or give another folder with --chdir DIR.", dir, Extension), nil)
		return false
	}
	ok := true
	for _, name := range l.names {
		ok = l.readFile(name) && ok
	}
	return ok
}

// readGiven parses files that do not lie in the folder.
func (l *loader) readGiven() bool {
	ok := true
	for _, name := range slices.Sorted(maps.Keys(l.opts.Files)) {
		l.names = append(l.names, name)
		ok = l.parse(name, l.opts.Files[name]) && ok
	}
	return ok
}

func (l *loader) readFile(name string) bool {
	at := &diag.Range{File: name, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
	path := filepath.Join(l.cfg.Dir, name)
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		l.err("config.syntax", "File can not be read", fmt.Sprintf("%s is not a plain file.", name), at)
		return false
	}
	if err == nil && info.Size() > maxFile {
		l.err("config.syntax", "File is too large", fmt.Sprintf("%s has %d bytes; a file of HCL has at most %d.", name, info.Size(), maxFile), at)
		return false
	}
	src, err := os.ReadFile(path)
	if err != nil {
		l.err("config.syntax", "File can not be read", fmt.Sprintf("%s can not be read. Check its permissions.", name), at)
		return false
	}
	return l.parse(name, src)
}

func (l *loader) parse(name string, src []byte) bool {
	at := &diag.Range{File: name, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
	if strings.HasPrefix(string(src), "\ufeff") {
		src = src[3:]
	}
	if !utf8.Valid(src) || strings.ContainsRune(string(src), 0) {
		l.err("config.syntax", "File is not text", fmt.Sprintf("%s is not UTF-8 text, so it is no HCL. Save it as UTF-8.", name), at)
		return false
	}
	l.cfg.Files[name] = src
	if tooDeep(src) {
		l.err("config.syntax", "File nests too deep", tooDeepDetail(name), at)
		return false
	}
	file, problems := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	problems = append(problems, hugeNumbers(file)...)
	broken := false
	for _, p := range causes(problems) {
		if p.Summary == "Attribute redefined" { // the first one stands, so reading goes on
			l.err("config.duplicate", "Duplicate name", p.Detail, diag.FromHCL(*p.Subject))
			continue
		}
		l.add(fromHCL(p, "config.syntax"))
		broken = broken || p.Severity == hcl.DiagError
	}
	if broken {
		return false
	}
	body := file.Body.(*hclsyntax.Body)
	for _, a := range body.Attributes {
		l.err("config.unknown_argument", "Argument outside a block", fmt.Sprintf(
			"%q stands outside of every block. Values of your own go into a `locals { … }` block.", a.Name), diag.FromHCL(a.NameRange))
	}
	for _, b := range body.Blocks {
		l.blocks[b.Type] = append(l.blocks[b.Type], b)
	}
	return true
}

func tooDeepDetail(name string) string {
	return fmt.Sprintf("%s has expressions nested more than %d deep.", name, maxDepth)
}

// tooDeep looks for brackets and signs in numbers that no file written by people has.
func tooDeep(src []byte) bool {
	depth, run := 0, 0
	for _, c := range src {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(depth-1, 0)
		}
		switch c {
		case '-', '!':
			run++
		case ' ', '\t', '\n', '\r':
		default:
			run = 0
		}
		if depth > maxDepth || run > 10*maxDepth {
			return true
		}
	}
	return bytes.Count(src, []byte("?")) > 50*maxDepth
}

// hugeNumbers refuses numbers whose digits would fill the memory.
func hugeNumbers(file *hcl.File) hcl.Diagnostics {
	return hclsyntax.VisitAll(file.Body.(*hclsyntax.Body), func(node hclsyntax.Node) hcl.Diagnostics {
		lit, ok := node.(*hclsyntax.LiteralValueExpr)
		if !ok || lit.Val.IsNull() || !lit.Val.IsKnown() || lit.Val.Type() != cty.Number {
			return nil
		}
		f := lit.Val.AsBigFloat()
		if exp := f.MantExp(nil); !f.IsInf() && exp <= maxExponent && exp >= -maxExponent {
			return nil
		}
		return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Number out of range", Detail: "This number is larger or smaller than any that is meant.", Subject: lit.SrcRange.Ptr()}}
	})
}

// readTopLevel refuses blocks nobody knows.
func (l *loader) readTopLevel() {
	known := namesOf(func(blockType) bool { return true })
	for typ, blocks := range l.blocks {
		if contains(known, typ) {
			continue
		}
		for _, b := range blocks {
			at := diag.FromHCL(b.TypeRange)
			if later[typ] {
				l.add(notSupported(fmt.Sprintf("The block `%s`", typ), at))
				continue
			}
			l.traitLost = true // it may be a misspelt one
			l.err("config.unknown_block", "Unknown block", fmt.Sprintf("There is no block %q.", typ)+diag.Suggest(typ, known), at)
		}
	}
}

func notSupported(what string, at *diag.Range) diag.Diagnostic {
	return diag.NewError("config.not_supported", "Not supported by this version",
		what+" is part of the language, but this version of cdp does not carry it out yet. Take it out: it would otherwise be believed to be in force.", at)
}
