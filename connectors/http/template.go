package http

import (
	"fmt"
	"net/url"
	"strings"
)

// template is a string in which {name} stands for a value. `{{` is a brace; a closing brace alone is itself.
type template struct {
	parts []templatePart
}

// templatePart is text as it is, or a name; offset is where the name's brace stands in the source.
type templatePart struct {
	text   string
	name   string
	offset int
}

// templateError is a template that cannot be read, and where.
type templateError struct {
	offset  int
	message string
}

func (e *templateError) Error() string { return e.message }

func parseTemplate(text string) (template, error) {
	var t template
	var plain strings.Builder
	for i := 0; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], "{{"):
			plain.WriteByte('{')
			i += 2
		case text[i] == '{':
			end := strings.IndexByte(text[i:], '}')
			if end < 0 {
				return template{}, &templateError{offset: i, message: "A `{` is not closed. Write `{{` for a brace as such."}
			}
			name := strings.TrimSpace(text[i+1 : i+end])
			if !isTemplateName(name) {
				return template{}, &templateError{offset: i, message: fmt.Sprintf("%q is not the name of a value. Write `{{` for a brace as such.", shorten(name, 60))}
			}
			if plain.Len() > 0 {
				t.parts = append(t.parts, templatePart{text: plain.String()})
				plain.Reset()
			}
			t.parts = append(t.parts, templatePart{name: name, offset: i})
			i += end + 1
		default:
			plain.WriteByte(text[i])
			i++
		}
	}
	if plain.Len() > 0 {
		t.parts = append(t.parts, templatePart{text: plain.String()})
	}
	return t, nil
}

// isTemplateName reports whether name may stand in braces: words joined by dots.
func isTemplateName(name string) bool {
	if name == "" || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, "..") {
		return false
	}
	return !strings.ContainsAny(name, "{}\"'`|[]()<>\r\n\t")
}

// names are the values the template needs, in order.
func (t template) names() []templatePart {
	var named []templatePart
	for _, p := range t.parts {
		if p.name != "" {
			named = append(named, p)
		}
	}
	return named
}

// uses reports whether the template needs the value name or one below it.
func (t template) uses(name string) bool {
	for _, p := range t.parts {
		if p.name == name || strings.HasPrefix(p.name, name+".") {
			return true
		}
	}
	return false
}

// values gives the text of a name; false: it has no value.
type values func(name string) (string, bool)

// noValue is a template whose value is missing.
type noValue struct{ name string }

func (e *noValue) Error() string { return "{" + e.name + "} has no value" }

// render puts the values in, each escaped for where it stands.
func (t template) render(value values, escape func(string) string) (string, error) {
	if len(t.parts) == 1 && t.parts[0].name == "" {
		return t.parts[0].text, nil
	}
	var out strings.Builder
	for _, p := range t.parts {
		if p.name == "" {
			out.WriteString(p.text)
			continue
		}
		v, ok := value(p.name)
		if !ok {
			return "", &noValue{name: p.name}
		}
		out.WriteString(escape(v))
	}
	return out.String(), nil
}

// renderPath renders a path. A value that would move the request to another path (one that makes a segment empty, `.`
// or `..`) is refused: `DELETE /contacts/` is not the removal of a contact without an e-mail.
func (t template) renderPath(value values) (string, error) {
	path, err := t.render(value, url.PathEscape)
	if err != nil || len(t.names()) == 0 {
		return path, err
	}
	plain, _ := t.render(func(string) (string, bool) { return "x", true }, url.PathEscape)
	before, after := strings.Split(plain, "/"), strings.Split(path, "/")
	for i, segment := range after {
		if i < len(before) && before[i] != segment && (segment == "" || segment == "." || segment == "..") {
			return "", &unsafePath{name: t.names()[0].name}
		}
	}
	return path, nil
}

// unsafePath is a value that cannot stand in a path.
type unsafePath struct{ name string }

func (e *unsafePath) Error() string {
	return "{" + e.name + "} is empty, `.` or `..` and would lead to another path"
}

// unsafeHeader is a value that cannot stand in a header.
type unsafeHeader struct{ name string }

func (e *unsafeHeader) Error() string {
	return "{" + e.name + "} holds control characters, which no header can"
}

// renderHeader renders a header's value, which cannot hold line breaks.
func (t template) renderHeader(value values) (string, error) {
	text, err := t.render(value, func(s string) string { return s })
	if err != nil {
		return "", err
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		if names := t.names(); len(names) > 0 {
			return "", &unsafeHeader{name: names[0].name}
		}
		return "", fmt.Errorf("the value of a header holds control characters")
	}
	return text, nil
}

// renderQuery renders the value of a query parameter; url.Values escapes it.
func (t template) renderQuery(value values) (string, error) {
	return t.render(value, func(s string) string { return s })
}

func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	cut := limit
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut] + "…"
}
