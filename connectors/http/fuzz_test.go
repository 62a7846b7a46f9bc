package http

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"/a/{key.x}/b", "{{x}", "{", "}", "{a}{b}", "{ a }", "", "{{{a}}", "/{a}.{b}", "{a..b}"} {
		f.Add(seed, "v/../x")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		tpl, err := parseTemplate(text)
		if err != nil {
			where := err.(*templateError)
			if where.offset < 0 || where.offset >= len(text) || where.message == "" {
				t.Fatalf("%q: %+v", text, where)
			}
			return
		}
		for _, part := range tpl.names() {
			if text[part.offset] != '{' {
				t.Fatalf("%q: %q does not begin at %d", text, part.name, part.offset)
			}
		}
		if len(tpl.names()) == 0 {
			got, err := tpl.render(nil, nil)
			if err != nil || got != strings.ReplaceAll(text, "{{", "{") {
				t.Fatalf("%q became %q, %v", text, got, err)
			}
			return
		}
		path, err := tpl.renderPath(func(string) (string, bool) { return value, true })
		if err == nil && strings.Count(path, "/") != strings.Count(strings.ReplaceAll(plainText(tpl), "{{", "{"), "/") {
			t.Fatalf("%q with %q has another number of segments: %q", text, value, path)
		}
	})
}

// plainText is what a template has beside its values.
func plainText(t template) string {
	var out strings.Builder
	for _, p := range t.parts {
		out.WriteString(p.text)
	}
	return out.String()
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a": [1, 2.50, -0, 1e400, "x\u00e9\ud83d\ude00\n"], "b": null}`, `[true,false]`, `"\ud800"`, `01`, `{"a":1,}`, "\"\x01\"", `"\`, `{"a"`, "[[[", `-`, `1.`, "nul", "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) {
			parseJSON(data) // broken bytes are replaced by the run, not by the byte
			return
		}
		got, err := parseJSON(data)
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var want any
		wantErr := dec.Decode(&want)
		if wantErr == nil && dec.More() {
			return // something follows; encoding/json reads the first value only
		}
		if strings.Count(string(data), "[")+strings.Count(string(data), "{") >= maxDepth {
			return
		}
		if (err == nil) != (wantErr == nil) {
			if err != nil && strings.Contains(err.Error(), "after the value") {
				return
			}
			t.Fatalf("%q: %v, encoding/json says %v", data, err, wantErr)
		}
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %#v, encoding/json says %#v", data, got, want)
		}
		if err == nil {
			text, _ := gojq.Marshal(got)
			again, err := parseJSON(text)
			if err != nil || !reflect.DeepEqual(again, got) {
				t.Fatalf("%q does not come back from %q: %v", data, text, err)
			}
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"0", "-0.0", "1e3", "150.00", "1.5E-7", "12345678901234567890.12", "9e399", "1e999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain, ok := plainNumber(text)
		if !ok {
			return
		}
		if again, ok := plainNumber(plain); !ok || again != plain {
			t.Fatalf("%q became %q, then %q", text, plain, again)
		}
		a, b := json.Number(text), json.Number(plain)
		x, errX := a.Float64()
		y, errY := b.Float64()
		if errX == nil && errY == nil && x != y {
			t.Fatalf("%q became %q", text, plain)
		}
	})
}

func FuzzLink(f *testing.F) {
	f.Add(`<https://x/?a=1>; rel="next", <b>; rel=prev`)
	f.Fuzz(func(t *testing.T, text string) {
		if target := nextLink(map[string][]string{"Link": {text}}); target != "" && !strings.Contains(text, "<"+target+">") {
			t.Fatalf("%q gave %q", text, target)
		}
	})
}

func FuzzUnits(f *testing.F) {
	f.Add("1h30m")
	f.Add("64MiB")
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := parseDuration(text); err == nil && d <= 0 {
			t.Fatalf("%q is %s", text, d)
		}
		if n, err := parseSize(text); err == nil && n < 1 {
			t.Fatalf("%q is %d", text, n)
		}
	})
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{"30s": 30 * time.Second, "1m30s": 90 * time.Second, "90 minutes": 90 * time.Minute, "2 days": 48 * time.Hour, "0.5h": 30 * time.Minute, "1h 5 min": 65 * time.Minute, "250ms": 250 * time.Millisecond} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%q: %s %v", text, got, err)
		}
	}
	for _, text := range []string{"", "30", "s", "-5s", "5 parsecs", "0s", "1e3s"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func TestForms(t *testing.T) {
	var r redactor
	r.add("s3cr&t/+w=rd")
	for _, echo := range []string{"s3cr&t/+w=rd", url.QueryEscape("s3cr&t/+w=rd"), strings.ToLower(url.QueryEscape("s3cr&t/+w=rd")), "czNjciZ0Lyt3PXJk"} {
		if got := r.clean("a " + echo + " b"); got != "a (secret) b" {
			t.Errorf("%q became %q", echo, got)
		}
	}
	if got := r.public("mail ann.lee%2B1@x.example or +1 (415) 555-2671 now, request 20260101123456"); got != "mail … or … now, request 20260101123456" {
		t.Errorf("public: %q", got)
	}
}
