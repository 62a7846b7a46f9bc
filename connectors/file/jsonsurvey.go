package file

import (
	"math"
	"strconv"

	"github.com/cdp-engine/cdp/plugins/schema"
)

// jsonTally is what one block says about columns: their names in the order they were seen, and their values.
type jsonTally struct {
	names   []string
	columns []*tally
	index   map[string]int
}

func (t *jsonTally) column(name []byte) int {
	if i, ok := t.index[string(name)]; ok {
		return i
	}
	i := len(t.names)
	t.index[string(name)] = i
	t.names = append(t.names, string(name))
	t.columns = append(t.columns, &tally{})
	return i
}

// tally looks at the records of a block, without making rows. Types of columns in known are not looked for; of those in
// kept it counts values that do not fit.
func (p *jsonParser) tally(b block, known, kept map[string]schema.Type) (jsonTally, int) {
	out := jsonTally{index: map[string]int{}}
	if b.huge {
		return out, len(b.data)
	}
	s := p.newScratch(0)
	allClean := clean(b.data)
	lines := lineCounter{data: b.data}
	var fits fitting
	rest := p.records(b, func(x span) {
		raw := b.data[x.start:x.end]
		if !allClean && !clean(raw) || len(raw) > maxRecord {
			return
		}
		s.record++
		if s.split(raw, out.column) != nil {
			return
		}
		for _, m := range s.members {
			if _, is := known[out.names[m.column]]; is {
				continue
			}
			text, err := s.scalar(m.value)
			if err != nil {
				continue
			}
			t := out.columns[m.column]
			c, digits, scale, exact, null := looksJSON(m.value, text)
			if null {
				continue
			}
			if c == classNested {
				t.unfit++
			} else {
				fits.note(t, m.column, kept[out.names[m.column]], text)
			}
			var at place
			number := c == classInt || c == classDecimal
			if t.count[c] == 0 || number && !exact && t.inexact == 0 {
				at.line = lines.at(x.start)
			}
			t.note(c, digits, scale, exact, text, at)
		}
	})
	return out, rest
}

// looksJSON says what a JSON value is. Strings are text, unless they are ISO dates or times, for which JSON has no other form.
func looksJSON(v, text []byte) (c class, digits, scale int, exact, null bool) {
	switch v[0] {
	case 'n':
		return 0, 0, 0, false, true
	case 't', 'f':
		return classBool, 0, 0, false, false
	case '{', '[':
		return classNested, 0, 0, false, false
	case '"':
		if len(text) >= 10 && len(text) <= 32 && text[4] == '-' {
			return looksDated(text), 0, 0, false, false
		}
		return classOther, 0, 0, false, false
	}
	n, ok := parseNumber(text)
	switch {
	case !ok: // an exponent
		f, err := strconv.ParseFloat(string(text), 64)
		return classDecimal, 39, 1, err == nil && !math.IsInf(f, 0), false
	case n.fraction != nil:
		return classDecimal, n.digits(), len(trimZeros(n.fraction)), n.exactDouble(text), false
	}
	if _, ok := parseInt(text); ok || n.zero() {
		return classInt, n.digits(), 0, n.exactDouble(text), false
	}
	return classDecimal, n.digits(), 0, n.exactDouble(text), false
}

// decideJSON gives the type of a JSON column: numbers stay exact, kinds that do not mix become text, objects and lists JSON.
func (t *tally) decideJSON(name string, files []string) (schema.Type, string) {
	var total int64
	for _, n := range t.count {
		total += n
	}
	numbers := t.count[classInt] + t.count[classDecimal]
	text := t.count[classOther] + t.count[classDate] + t.count[classTimestamp] + t.count[classTimestampTZ]
	warn := func(kind schema.Type, g guess) (schema.Type, string) {
		return kind, t.mixed(name, kind, g, total, files)
	}
	switch {
	case total == 0:
		return schema.Type{Kind: schema.Null}, ""
	case t.count[classNested] == total:
		return classNested.asType(0, 0), ""
	case t.count[classNested] > 0:
		return warn(classNested.asType(0, 0), guess{classNested.asType(0, 0), t.count[classNested], []class{classNested}})
	case numbers == total:
		return t.jsonNumber(), ""
	case text == total || t.count[classBool] == total:
		return t.decide(name, files)
	}
	best := t.best()
	if numbers > best.fits {
		best = guess{t.jsonNumber(), numbers, []class{classInt, classDecimal}}
	}
	if text > best.fits {
		best = guess{schema.Type{Kind: schema.String}, text, []class{classOther, classDate, classTimestamp, classTimestampTZ}}
	}
	return warn(schema.Type{Kind: schema.String}, best)
}

// jsonNumber is by the rule that the http connector has too. JSON writes 1.50 as 1.5, so whether the number of decimals is
// constant cannot be told: few decimals are an amount, with room for those of later loads; many are a measured value, as
// long as a double holds it. What neither holds is text.
func (t *tally) jsonNumber() schema.Type {
	decimal := func(precision, scale int) schema.Type {
		return schema.Type{Kind: schema.Decimal, Precision: precision, Scale: scale}
	}
	switch {
	case t.count[classDecimal] == 0:
		return schema.Type{Kind: schema.Int64}
	case t.scale <= 4 && t.digits <= 14:
		return decimal(18, 4)
	case t.scale == 0 && t.digits <= 38:
		return decimal(38, 0)
	case t.scale <= 9 && t.digits <= 29:
		return decimal(38, 9)
	case t.inexact == 0:
		return schema.Type{Kind: schema.Double}
	case t.digits+t.scale <= 38:
		return decimal(38, t.scale)
	}
	return schema.Type{Kind: schema.String}
}
