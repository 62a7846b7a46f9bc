package file

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
)

// FuzzCSV: every record becomes one row or one reject, wherever blocks end.
func FuzzCSV(f *testing.F) {
	for _, text := range []string{"1,2\n", "\"a\nb\",2\r\n", "\"open,1\n2,3\n", "\"a\"b,c\n\xff,\x00\n", "\n\n,\n"} {
		f.Add([]byte(text), 3)
	}
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		columns := []schema.Column{{Name: "a", Type: schema.Type{Kind: schema.String}}, {Name: "b", Type: schema.Type{Kind: schema.Int64}}}
		p := csvParser{dialect: dialect{delimiter: ',', quote: '"'}, at: []int{0, 1}, shape: shape{columns: columns, arrow: schema.ArrowSchema(columns), cursorField: -1, limits: limits{rows: 100, bytes: 1 << 20}, sizes: newSizes(2)}}
		whole, rest := p.parse(block{data: text, last: true})
		if rest != len(text) {
			t.Fatalf("%d of %d bytes were read", rest, len(text))
		}
		cut = min(max(cut, 0), len(text))
		if i := bytes.LastIndexByte(text[:cut], '\n'); i >= 0 {
			first, rest := p.parse(block{data: text[:i+1]})
			second, _ := p.parse(block{data: text[rest:], last: true})
			if first.seen+second.seen != whole.seen || len(first.rejects)+len(second.rejects) != len(whole.rejects) {
				t.Fatalf("in one: %d records, %d rejects; in two: %d and %d, %d and %d", whole.seen, len(whole.rejects), first.seen, second.seen, len(first.rejects), len(second.rejects))
			}
		}
	})
}

// FuzzJSON: what is taken is JSON for others as well, and the other way round up to the depth.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{`{"a":[1,{"b":null}],"c":"\ud83d\ude08"}`, `[1e5,-0.5,true]`, `{"a" : tru}`, `"\u00"`, `[[[]]`, `{"a":1,}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		end, err := skipJSON(text, 0)
		good := err == nil && skipSpace(text, end) == len(text)
		if err != nil && err.deep {
			return
		}
		if want := json.Valid(text); good != want {
			t.Fatalf("%q: %v, others say %v", text, good, want)
		}
		if !good {
			return
		}
		ours, _ := compactJSON(nil, text)
		var theirs bytes.Buffer
		if err := json.Compact(&theirs, text); err != nil || !bytes.Equal(ours, theirs.Bytes()) {
			t.Fatalf("%q: compact %q, others %q", text, ours, theirs.Bytes())
		}
	})
}

// FuzzValues: a number, date or time that is taken prints back as the same value.
func FuzzValues(f *testing.F) {
	for _, text := range []string{"1", "-0", "0.10", "1e5", "2026-02-29", "2026-01-01 10:00:00.5+02", "99999999999999999999.5", "true"} {
		f.Add([]byte(text))
	}
	kinds := []schema.Type{{Kind: schema.Bool}, {Kind: schema.Int64}, {Kind: schema.Double}, {Kind: schema.Decimal, Precision: 18, Scale: 2}, {Kind: schema.Decimal, Precision: 38, Scale: 10}, {Kind: schema.Date}, {Kind: schema.Time}, {Kind: schema.Timestamp}, {Kind: schema.TimestampTZ}}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, kind := range kinds {
			col := newColumn(schema.Column{Type: kind}, 1, 0)
			if !col.appendValue(text) {
				if col.len() != 0 || len(col.i64)+len(col.i32)+len(col.f64)+len(col.dec) != 0 {
					t.Fatalf("%q as %s was refused and added", text, kind)
				}
				continue
			}
			first := col.array()
			printed, _ := valueText(first, 0)
			again := newColumn(schema.Column{Type: kind}, 1, 0)
			if !again.appendValue(printed) {
				t.Fatalf("%q as %s prints %q, which is refused", text, kind, printed)
			}
			if back, _ := valueText(again.array(), 0); !bytes.Equal(back, printed) {
				t.Fatalf("%q as %s prints %q, then %q", text, kind, printed, back)
			}
		}
	})
}
