package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// definitionText is the canonical JSON of a block: what it means, whatever the order of its arguments, its comments,
// its file or its spacing. A secret is there by the name of where it comes from, never by its value or a digest of it.
// A source's streams have definitions of their own.
func (b *block) definitionText() string {
	out := b.definition(func(name string) bool { return b.spec != sourceSpec || name != "stream" })
	return canonicalJSON(b.tagged(out))
}

// definition is the block as a JSON object; only says which arguments and blocks go in, nil: all.
func (b *block) definition(only func(name string) bool) map[string]any {
	out := map[string]any{}
	for name := range b.syntax.Body.Attributes {
		if name == "for_each" || only != nil && !only(name) {
			continue
		}
		if text, ok := b.sqlText[name]; ok {
			out[name] = text
			continue
		}
		v, ok := b.raw(name)
		if !ok {
			continue
		}
		out[name] = canonical(v, b.spec.arg(name).form())
	}
	for _, c := range b.children {
		name := c.typ
		if only != nil && !only(name) {
			continue
		}
		inner := c.definition(nil)
		if len(c.labels) > 0 {
			inner["_labels"] = c.labels
		}
		list, _ := out[name].([]any)
		out[name] = append(list, inner)
	}
	return out
}

// named are arguments of connectors whose values may be credentials, as their names tell: what stands in headers and in the
// parameters of a query is the user's to choose.
var named = map[string]bool{"headers": true, "query": true}

// CredentialWords is a pattern for names that say that their value is a secret, whatever their case.
const CredentialWords = `authorization|token|secret|passw|api[_-]?key|credential|signature|cookie`

var credential = regexp.MustCompile(`(?i)` + CredentialWords)

// form is how the texts of an argument are made canonical.
type form int

const (
	formPlain  form = iota
	formSQL         // spacing means nothing
	formHidden      // they are secrets
	formNamed       // those under a name that says so are secrets
)

func (a *arg) form() form {
	switch {
	case a == nil:
		return formPlain
	case named[a.name]:
		return formNamed
	case a.sensitive:
		return formHidden
	case a.kind == kindSQL || a.kind == kindSQLMap || a.kind == kindSQLLists:
		return formSQL
	}
	return formPlain
}

// canonical is a value as JSON would have it.
func canonical(v cty.Value, f form) any {
	plain, _ := v.Unmark()
	if v.IsMarked() {
		if names := secretsIn(v); len(names) > 0 {
			return map[string]any{"_secret": names}
		}
	}
	t := plain.Type()
	switch {
	case plain.IsNull() || !plain.IsKnown():
		return nil
	case t.IsPrimitiveType() && f == formHidden:
		return map[string]any{"_secret": []string{"written here"}}
	case t == cty.String && f == formSQL:
		return canonicalSQL(unquoteRefs(plain.AsString()))
	case t == cty.String:
		return unquoteRefs(plain.AsString())
	case t == cty.Number:
		return json.Number(numberText(plain))
	case t == cty.Bool:
		return plain.True()
	case t.IsObjectType() || t.IsMapType():
		out := map[string]any{}
		for name, e := range plain.AsValueMap() {
			inner := f
			if f == formNamed && credential.MatchString(name) {
				inner = formHidden
			}
			out[name] = canonical(e, inner)
		}
		return out
	}
	out := []any{}
	for it := plain.ElementIterator(); it.Next(); {
		_, e := it.Element()
		out = append(out, canonical(e, f))
	}
	return out
}

// numberText is a number in full. Literals are kept small enough for that when files are read; what is computed and
// is not, is nothing anyone means.
func numberText(v cty.Value) string {
	f := v.AsBigFloat()
	if i, accuracy := f.Int64(); accuracy == big.Exact {
		return strconv.FormatInt(i, 10)
	}
	if exp := f.MantExp(nil); exp > maxExponent || exp < -maxExponent || f.IsInf() {
		return "0"
	}
	return f.Text('f', -1)
}

// maxExponent bounds the binary exponent of a number: beyond it lie no numbers that anyone means.
const maxExponent = 4096

// unquoteRefs writes references as HCL does: ${source.shop.orders}.
func unquoteRefs(text string) string {
	pieces := strings.Split(text, refQuote)
	for i := 1; i < len(pieces); i += 2 {
		pieces[i] = "${" + pieces[i] + "}"
	}
	return strings.Join(pieces, "")
}

// canonicalSQL takes comments out and makes every run of spaces one, outside of quotes.
func canonicalSQL(text string) string {
	var out strings.Builder
	space := false
	for i := 0; i < len(text); {
		n, skip := sqlToken(text[i:])
		if skip {
			space = true
		} else {
			if space && out.Len() > 0 {
				out.WriteByte(' ')
			}
			space = false
			out.WriteString(text[i : i+n])
		}
		i += n
	}
	return out.String()
}

// sqlToken is the length of what SQL text begins with: space or a comment (skip), something quoted, or one byte.
func sqlToken(text string) (n int, skip bool) {
	until := func(from int, end string) int {
		if i := strings.Index(text[from:], end); i >= 0 {
			return from + i + len(end)
		}
		return len(text)
	}
	switch {
	case strings.ContainsRune(" \t\r\n", rune(text[0])):
		return 1, true
	case strings.HasPrefix(text, "--"):
		return until(2, "\n"), true
	case strings.HasPrefix(text, "/*"):
		return until(2, "*/"), true
	case text[0] == '\'' || text[0] == '"':
		return until(1, text[:1]), false
	case text[0] == '$':
		if i := strings.IndexByte(text[1:], '$'); i >= 0 && !strings.ContainsAny(text[1:1+i], " \t\r\n'\"()") {
			return until(i+2, text[:i+2]), false
		}
	}
	return 1, false
}

func canonicalJSON(v any) string {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("marshalling a definition: %v. This is a bug in cdp", err)) // only maps, lists and scalars go in
	}
	return strings.TrimSuffix(out.String(), "\n")
}
