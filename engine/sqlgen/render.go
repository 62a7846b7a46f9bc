package sqlgen

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// AsOfPlaceholder stands in a user's fragment where the clock is meant.
const AsOfPlaceholder = "{{as_of}}"

// vocabulary is every word that may print.
var vocabulary = []string{"ident", "rel", "cols", "same", "key", "type", "fragment", "as_of", "bind", "lit", "sep"}

// placeholders let templates parse; Render puts the real functions in.
var placeholders = func() template.FuncMap {
	funcs := template.FuncMap{}
	for _, word := range vocabulary {
		funcs[word] = func(...any) string { return "" }
	}
	return funcs
}()

// mark begins and ends a place in the rendered text where a user's fragment or a bound value goes. It can't be in a
// template, and names that have it are refused.
const mark = "\x00"

// render is one statement on its way. What is inserted late (fragments, bound values) is kept by number, so that spans
// and arguments follow the order of the text.
type render struct {
	d         Dialect
	asOf      *time.Time
	fragments []diag.Text
	values    []any
}

// Render renders the statement of that name for a dialect. Data is what the template calls the dot; its field or key
// AsOf (a time.Time) is the clock.
func (s *Set) Render(d Dialect, name string, data any) (Statement, error) {
	f := s.files[name+"."+d.Name()]
	if f == nil {
		f = s.files[name]
	}
	if f == nil {
		return Statement{}, fmt.Errorf("rendering SQL: %s has no statement %q", s.name, name)
	}
	parsed, err := f.parsed()
	if err != nil {
		return Statement{}, fmt.Errorf("parsing %s.%s: %w", s.name, name, err)
	}
	t, err := parsed.Clone()
	if err != nil {
		return Statement{}, fmt.Errorf("rendering %s.%s: %w", s.name, name, err)
	}
	r := &render{d: d, asOf: findAsOf(data)}
	var text bytes.Buffer
	if err := t.Funcs(r.functions()).Execute(&text, data); err != nil {
		return Statement{}, fmt.Errorf("rendering %s.%s: %w", s.name, name, err)
	}
	st := Statement{Name: s.name + "." + name, Step: f.step, Inputs: f.inputs, Outputs: f.outputs}
	if err := r.assemble(&st, strings.TrimSpace(text.String())); err != nil {
		return Statement{}, fmt.Errorf("rendering %s.%s: %w", s.name, name, err)
	}
	return st, nil
}

// MustRender is Render for data that cannot be wrong; it panics.
func (s *Set) MustRender(d Dialect, name string, data any) Statement {
	st, err := s.Render(d, name, data)
	if err != nil {
		panic(err)
	}
	return st
}

func (r *render) functions() template.FuncMap {
	return template.FuncMap{
		"ident": r.ident, "rel": r.rel, "cols": r.cols, "same": r.same, "key": r.key, "type": r.d.Type,
		"fragment": r.fragment, "as_of": r.asOfLiteral, "bind": r.bind, "lit": r.lit, "sep": sep,
	}
}

func (r *render) ident(parts ...string) (string, error) {
	for i, p := range parts {
		if p == "" || strings.Contains(p, mark) {
			return "", fmt.Errorf("%q is not a name", p)
		}
		parts[i] = r.d.Ident(p)
	}
	return strings.Join(parts, "."), nil
}

func (r *render) rel(rel Relation) (string, error) {
	var parts []string
	for _, p := range []string{rel.Catalog, rel.Schema, rel.Name} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if rel.Name == "" {
		return "", fmt.Errorf("a relation has no name")
	}
	return r.ident(parts...)
}

func (r *render) cols(list any, alias ...string) (string, error) {
	names, err := namesOf(list)
	if err != nil {
		return "", err
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		if quoted[i], err = r.ident(append(append([]string{}, alias...), n)...); err != nil {
			return "", err
		}
	}
	return strings.Join(quoted, ", "), nil
}

func (r *render) same(list any, left, right string) (string, error) {
	names, err := namesOf(list)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", fmt.Errorf("a key without columns")
	}
	terms := make([]string, len(names))
	for i, n := range names {
		a, err := r.ident(left, n)
		if err != nil {
			return "", err
		}
		b, err := r.ident(right, n)
		if err != nil {
			return "", err
		}
		terms[i] = a + " IS NOT DISTINCT FROM " + b
	}
	return strings.Join(terms, " AND "), nil
}

func (r *render) key(columns []schema.Column, alias ...string) string {
	return r.d.RecordKey(columns, strings.Join(alias, "."))
}

func (r *render) fragment(text diag.Text) (string, error) {
	if text.Value == "" || strings.Contains(text.Value, mark) {
		return "", fmt.Errorf("an empty or unreadable fragment")
	}
	r.fragments = append(r.fragments, text)
	return mark + "F" + strconv.Itoa(len(r.fragments)-1) + mark, nil
}

func (r *render) asOfLiteral() (string, error) {
	if r.asOf == nil {
		return "", fmt.Errorf("the data has no AsOf")
	}
	return r.d.Literal(r.asOf.UTC()), nil
}

func (r *render) bind(v any) string {
	r.values = append(r.values, v)
	return mark + "B" + strconv.Itoa(len(r.values)-1) + mark
}

func (r *render) lit(v any) (string, error) {
	switch x := v.(type) {
	case int:
		v = int64(x)
	case string:
		if strings.Contains(x, mark) {
			return "", fmt.Errorf("a constant with a zero byte")
		}
	case nil, bool, int64, float64, time.Time:
	default:
		return "", fmt.Errorf("a constant of type %T: only bool, int, float64, string and time", v)
	}
	return r.d.Literal(v), nil
}

func sep(i int, text string) string {
	if i == 0 {
		return ""
	}
	return text
}

// assemble puts fragments and bound values where they were marked.
func (r *render) assemble(st *Statement, text string) error {
	var out strings.Builder
	for i, piece := range strings.Split(text, mark) {
		if i%2 == 0 {
			out.WriteString(piece)
			continue
		}
		n, err := strconv.Atoi(piece[1:])
		if err != nil {
			return fmt.Errorf("a zero byte in the text")
		}
		if piece[0] == 'B' {
			st.Args = append(st.Args, r.values[n])
			out.WriteByte('?')
			continue
		}
		value, spans, err := r.withClock(r.fragments[n])
		if err != nil {
			return err
		}
		for _, s := range spans {
			s.Offset += out.Len()
			st.Spans = append(st.Spans, s)
		}
		out.WriteString(value)
	}
	st.SQL = out.String()
	return nil
}

// withClock replaces the placeholder of as_of, not inside strings and quoted names, and moves the spans along.
func (r *render) withClock(text diag.Text) (string, []diag.Span, error) {
	spans := append([]diag.Span{}, text.Spans...)
	if !strings.Contains(text.Value, AsOfPlaceholder) {
		return text.Value, spans, nil
	}
	clock, err := r.asOfLiteral()
	if err != nil {
		return "", nil, err
	}
	var out strings.Builder
	skip := 0
	for _, t := range Scan(text.Value) {
		if t.Start < skip {
			continue
		}
		if t.Kind == Punct && strings.HasPrefix(text.Value[t.Start:], AsOfPlaceholder) {
			skip = t.Start + len(AsOfPlaceholder)
			shift(spans, text.Spans, t.Start, len(clock)-len(AsOfPlaceholder))
			out.WriteString(clock)
			continue
		}
		out.WriteString(t.Text(text.Value))
	}
	return out.String(), spans, nil
}

// shift moves what stands after a place, and stretches what holds it.
func shift(spans, before []diag.Span, at, by int) {
	for i, s := range before {
		switch {
		case s.Offset > at:
			spans[i].Offset += by
		case s.Offset+s.Length > at:
			spans[i].Length += by
		}
	}
}

func namesOf(list any) ([]string, error) {
	switch l := list.(type) {
	case []string:
		return l, nil
	case []schema.Column:
		return schema.Names(l), nil
	case schema.Column:
		return []string{l.Name}, nil
	case string:
		return []string{l}, nil
	}
	return nil, fmt.Errorf("%T is not a list of columns", list)
}

// findAsOf looks for a field or key AsOf in the data.
func findAsOf(data any) *time.Time {
	v := reflect.ValueOf(data)
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	var found reflect.Value
	switch v.Kind() {
	case reflect.Struct:
		found = v.FieldByName("AsOf")
	case reflect.Map:
		if v.Type().Key().Kind() == reflect.String {
			found = v.MapIndex(reflect.ValueOf("AsOf").Convert(v.Type().Key()))
		}
	}
	if !found.IsValid() || !found.CanInterface() {
		return nil
	}
	if t, ok := found.Interface().(time.Time); ok {
		return &t
	}
	return nil
}
