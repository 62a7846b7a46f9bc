package file

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/cdp-engine/cdp/plugins/schema"
)

// place is where a value stands.
type place struct {
	file  int // index into the files read
	line  int64
	value string // shortened
}

func (p place) before(q place) bool {
	return p.file < q.file || p.file == q.file && p.line < q.line
}

// tally counts what the values of one column look like. Tallies of blocks add up to that of the whole file.
type tally struct {
	count   [classes]int64
	first   [classes]place
	inexact int64 // numbers a double does not hold
	inexAt  place
	digits  int // most digits before the point
	scale   int // most digits after it
	varying bool
	scaled  bool  // a decimal was seen
	unfit   int64 // values that do not fit the type the column had
}

func (t *tally) note(c class, digits, scale int, exact bool, v []byte, at place) {
	if t.count[c]++; t.count[c] == 1 {
		at.value = shorten(v)
		t.first[c] = at
	}
	if c != classInt && c != classDecimal {
		return
	}
	t.digits = max(t.digits, digits)
	if c == classDecimal {
		t.varying = t.varying || t.scaled && scale != t.scale
		t.scale, t.scaled = max(t.scale, scale), true
	}
	if !exact {
		if t.inexact++; t.inexact == 1 {
			at.value = shorten(v)
			t.inexAt = at
		}
	}
}

// merge adds the tally of a later part whose lines count from base.
func (t *tally) merge(o *tally, file int, base int64) {
	at := func(p place) place { return place{file: file, line: p.line + base, value: p.value} }
	for c := range t.count {
		if t.count[c] == 0 && o.count[c] > 0 {
			t.first[c] = at(o.first[c])
		}
		t.count[c] += o.count[c]
	}
	if t.inexact == 0 && o.inexact > 0 {
		t.inexAt = at(o.inexAt)
	}
	t.inexact += o.inexact
	t.unfit += o.unfit
	t.digits = max(t.digits, o.digits)
	t.varying = t.varying || o.varying || t.scaled && o.scaled && t.scale != o.scale
	t.scale, t.scaled = max(t.scale, o.scale), t.scaled || o.scaled
}

// only says that all values look like these.
func (t *tally) only(these ...class) bool {
	for c, n := range t.count {
		if n > 0 && !slices.Contains(these, class(c)) {
			return false
		}
	}
	return true
}

// fitting tells which values fit types that columns had. One goroutine uses it.
type fitting struct{ columns map[int]*column }

// note looks whether a value fits the type that column i had; a Null type is none.
func (f *fitting) note(t *tally, i int, had schema.Type, v []byte) {
	if had.Kind == schema.Null {
		return
	}
	c := f.columns[i]
	if c == nil {
		if f.columns == nil {
			f.columns = map[int]*column{}
		}
		c = newColumn(schema.Column{Type: had}, 1, 0)
		f.columns[i] = c
	}
	if !c.appendValue(v) {
		t.unfit++
	}
	c.truncate(0)
}

// guess is a type and how many values fit it.
type guess struct {
	kind    schema.Type
	fits    int64
	classes []class
}

func (t *tally) best() (best guess) {
	one := func(c class) guess { return guess{c.asType(0, 0), t.count[c], []class{c}} }
	for _, g := range []guess{one(classBool), one(classInt), one(classDate), one(classTimestamp), one(classTimestampTZ), t.numeric()} {
		if g.fits > best.fits {
			best = g
		}
	}
	return best
}

// numeric is DECIMAL for a constant number of decimals, else DOUBLE.
func (t *tally) numeric() guess {
	if t.count[classDecimal] == 0 {
		return guess{}
	}
	if t.count[classInt] == 0 && !t.varying && t.digits+t.scale <= 38 {
		return guess{classDecimal.asType(t.digits, t.scale), t.count[classDecimal], []class{classDecimal}}
	}
	return guess{schema.Type{Kind: schema.Double}, t.count[classInt] + t.count[classDecimal] - t.inexact, []class{classInt, classDecimal}}
}

// decide gives the column's type, and a warning when most values are of a better one that the rest kept it from.
func (t *tally) decide(name string, files []string) (schema.Type, string) {
	var total int64
	for _, n := range t.count {
		total += n
	}
	if total == 0 {
		return schema.Type{Kind: schema.Null}, ""
	}
	best := t.best()
	if best.fits == total {
		return best.kind, ""
	}
	text := schema.Type{Kind: schema.String}
	if best.fits*2 >= total {
		return text, t.mixed(name, text, best, total, files)
	}
	return text, ""
}

// mixed warns that values are of several kinds. A rare misfit is shown, it is likely a slip; where there are many, values
// may be anybody's data, and it is said what the first looks like.
func (t *tally) mixed(name string, kind schema.Type, g guess, total int64, files []string) string {
	at, c := t.misfit(g)
	odd, first := total-g.fits, strconv.Quote(at.value)
	if odd*100 >= total {
		first = c.words(at.value)
	}
	called := func(kind schema.Type) string {
		if kind.Kind == schema.String {
			return "text"
		}
		return kind.String()
	}
	return fmt.Sprintf("column %s is %s: %d of %d values are not %s, the first is %s at %s:%d", name, called(kind), odd, total, called(g.kind), first, files[at.file], at.line)
}

// misfit is the first value that does not fit g, and what it looks like.
func (t *tally) misfit(g guess) (place, class) {
	in := map[class]bool{}
	for _, c := range g.classes {
		in[c] = true
	}
	var first place
	var looks class
	found := false
	consider := func(p place, c class) {
		if !found || p.before(first) {
			first, looks, found = p, c, true
		}
	}
	for c := range t.count {
		if t.count[c] > 0 && !in[class(c)] {
			consider(t.first[c], class(c))
		}
	}
	if g.kind.Kind == schema.Double && t.inexact > 0 {
		consider(t.inexAt, classDecimal)
	}
	return first, looks
}

func shorten(v []byte) string {
	const most = 40
	if len(v) > most {
		return string(v[:most]) + "…"
	}
	return string(v)
}
