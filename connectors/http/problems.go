package http

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

// problems collects what is wrong with a configuration, all of it.
type problems struct {
	path  []string
	found *[]sdk.Problem
}

func newProblems() problems { return problems{found: &[]sdk.Problem{}} }

// in is the same collection, further down.
func (p problems) in(path ...string) problems {
	return problems{path: append(slices.Clone(p.path), path...), found: p.found}
}

func (p problems) add(summary, detail string, args ...any) {
	p.at(-1, summary, detail, args...)
}

func (p problems) at(offset int, summary, detail string, args ...any) {
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	*p.found = append(*p.found, sdk.Problem{Path: p.path, Summary: summary, Detail: detail, Offset: offset})
}

// program compiles a jq program; empty text is no program.
func (p problems) program(text string, variables ...string) *program {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	prog, err := compile(text, variables...)
	var where *programError
	if errors.As(err, &where) {
		p.at(where.offset, "Invalid jq program", "%s", where.message)
	}
	return prog
}

// template parses a template whose names must be known.
func (p problems) template(text string, known names) template {
	t, err := parseTemplate(text)
	var where *templateError
	if errors.As(err, &where) {
		p.at(where.offset, "Invalid template", "%s", where.message)
		return t
	}
	for _, part := range t.names() {
		if reason := known.check(part.name); reason != "" {
			p.at(part.offset, "Unknown value in template", "%s", reason)
		}
	}
	return t
}

// templates parses the values of a map.
func (p problems) templates(given map[string]*string, known names) []namedTemplate {
	var found []namedTemplate
	for name, text := range given {
		if text != nil {
			found = append(found, namedTemplate{name: name, value: p.in(name).template(*text, known)})
		}
	}
	slices.SortFunc(found, func(a, b namedTemplate) int { return strings.Compare(a.name, b.name) })
	return found
}

// names are the values that a template may use. A name that ends in ".*" stands for anything below it.
type names []string

// check is the reason why a name may not be used, empty if it may.
func (n names) check(name string) string {
	for _, known := range n {
		if base, open := strings.CutSuffix(known, "*"); known == name || open && strings.HasPrefix(name, base) && len(name) > len(base) {
			return ""
		}
	}
	reason := fmt.Sprintf("{%s} is not a value that can stand here.", name)
	if len(n) == 0 {
		return reason + " No value can; write `{{` for a brace as such."
	}
	var plain, whole []string
	for _, known := range n {
		plain = append(plain, strings.Replace(known, "*", "FIELD", 1))
		if !strings.HasSuffix(known, "*") {
			whole = append(whole, known)
		}
	}
	return reason + sdk.DidYouMean(name, whole) + " Known: {" + strings.Join(plain, "}, {") + "}."
}
