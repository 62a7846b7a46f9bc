package activation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// form is a tool's own normal form of one kind of value, hashed with SHA-256 after it.
type form struct {
	tool, kind, region string
}

// kinds are the kinds of values tools want hashed, with the names that fields of that kind commonly have.
var kinds = map[string][]string{
	"email":   {"email", "emailaddress", "hashedemail", "mail", "em"},
	"phone":   {"phone", "phonenumber", "hashedphonenumber", "mobile", "mobilephone", "ph", "tel"},
	"first":   {"fn", "firstname", "givenname", "hashedfirstname"},
	"last":    {"ln", "lastname", "familyname", "surname", "hashedlastname"},
	"city":    {"ct", "city"},
	"state":   {"st", "state", "region"},
	"zip":     {"zip", "postcode", "postalcode", "zipcode"},
	"country": {"country", "countrycode"},
	"gender":  {"gen", "gender"},
	"day":     {"dobd", "birthday"},
	"month":   {"dobm", "birthmonth"},
	"id":      {"externalid", "externid", "extern", "id", "userid", "customerid", "uid"},
}

// tools have normal forms of their own for these kinds.
var tools = map[string][]string{
	"google":   {"email", "phone", "first", "last", "id"},
	"meta":     {"email", "phone", "first", "last", "city", "state", "zip", "country", "gender", "day", "month", "id"},
	"linkedin": {"email", "id"},
	"tiktok":   {"email", "phone", "id"},
	"x":        {"email", "phone", "id"},
}

var letters = regexp.MustCompile(`[^a-z]`)

// parseForm reads "meta", "meta.email", "meta.phone.US". Without a kind, the field's name tells it.
func parseForm(text, field string) (*form, error) {
	parts := strings.Split(text, ".")
	f := &form{tool: strings.ToLower(parts[0])}
	have, ok := tools[f.tool]
	if !ok || len(parts) > 3 {
		names := make([]string, 0, len(tools))
		for name := range tools {
			names = append(names, name)
		}
		slices.Sort(names)
		return nil, fmt.Errorf("%q is no tool's normal form.%s", text, diag.Suggest(f.tool, names))
	}
	if len(parts) == 3 {
		f.region = strings.ToUpper(parts[2])
	}
	if len(parts) > 1 {
		f.kind = strings.ToLower(parts[1])
	} else {
		bare := strings.ReplaceAll(letters.ReplaceAllString(strings.ToLower(field), ""), "sha", "")
		for kind, names := range kinds {
			if slices.Contains(names, bare) {
				f.kind = kind
			}
		}
		if f.kind == "" {
			return nil, fmt.Errorf("what kind of value %q is cannot be told from its name. Write it after the tool: %s.email, for example. %s has normal forms for %s", field, f.tool, f.tool, sentence(have))
		}
	}
	if !slices.Contains(have, f.kind) {
		return nil, fmt.Errorf("%s has no normal form for %q.%s", f.tool, f.kind, diag.Suggest(f.kind, have))
	}
	return f, nil
}

var hashed = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

// hash is the hash of a value's normal form. ok is false for a value that has none: it is never hashed.
func (f *form) hash(value string) (string, bool) {
	if hashed.MatchString(value) {
		return strings.ToLower(value), true
	}
	n := f.normalize(value)
	if n == "" {
		return "", false
	}
	sum := sha256.Sum256([]byte(n))
	return hex.EncodeToString(sum[:]), true
}

func (f *form) normalize(value string) string {
	v := strings.ToLower(strings.TrimSpace(norm.NFC.String(value)))
	switch f.kind {
	case "email":
		return f.email(v)
	case "phone":
		return f.phone(v)
	case "first", "last":
		if f.tool == "google" {
			return withoutTitles(v)
		}
		return only(v, unicode.IsLetter)
	case "city":
		return only(v, unicode.IsLetter)
	case "state":
		if code, ok := states[only(v, unicode.IsLetter)]; ok {
			return code
		}
		return only(v, unicode.IsLetter)
	case "zip":
		v = only(v, func(r rune) bool { return !unicode.IsSpace(r) })
		before, _, _ := strings.Cut(v, "-")
		return before
	case "gender":
		return firstOf(v, "f", "m")
	case "day", "month":
		v = only(v, unicode.IsDigit)
		if len(v) == 1 {
			v = "0" + v
		}
		return v
	case "id":
		return strings.TrimSpace(value)
	}
	return v
}

func (f *form) email(v string) string {
	switch f.tool {
	case "google":
		v = only(v, func(r rune) bool { return !unicode.IsSpace(r) })
		if local, domain, ok := strings.Cut(v, "@"); ok && (domain == "gmail.com" || domain == "googlemail.com") {
			v = strings.ReplaceAll(local, ".", "") + "@" + domain
		}
	case "tiktok":
		if local, domain, ok := strings.Cut(v, "@"); ok {
			before, _, _ := strings.Cut(local, "+")
			v = before + "@" + domain
		}
	}
	if strings.Count(v, "@") != 1 || strings.HasPrefix(v, "@") || strings.HasSuffix(v, "@") {
		return ""
	}
	return v
}

// phone is digits with the country code: with a plus for Google and X, without for the others.
func (f *form) phone(v string) string {
	digits := only(v, func(r rune) bool { return r >= '0' && r <= '9' })
	international := strings.HasPrefix(v, "+") || strings.HasPrefix(v, "00")
	if !international && !(f.region == "" && withCountry(v)) {
		if f.region == "" {
			return "" // nobody knows which country's number it is: the hash would be another's
		}
		n, err := phonenumbers.Parse(v, f.region)
		if err != nil {
			return ""
		}
		digits = strings.TrimPrefix(phonenumbers.Format(n, phonenumbers.E164), "+")
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return ""
	}
	if f.tool == "google" || f.tool == "x" {
		return "+" + digits
	}
	return digits
}

// withCountry reports whether bare digits are a whole number with its country code, as Meta writes them. Shorter ones may
// be national numbers of somewhere; 1 555 is in examples only.
func withCountry(v string) bool {
	if len(v) < 11 || only(v, unicode.IsDigit) != v || v[0] == '0' {
		return false
	}
	n, err := phonenumbers.Parse("+"+v, "")
	return err == nil && (phonenumbers.IsValidNumber(n) || (len(v) == 11 && strings.HasPrefix(v, "1555")))
}

var titles = []string{"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "jr", "sr", "ii", "iii", "iv", "phd", "md"}

// withoutTitles takes prefixes and suffixes off a name.
func withoutTitles(v string) string {
	words := strings.Fields(v)
	isTitle := func(w string) bool { return slices.Contains(titles, strings.Trim(w, ".,")) }
	for len(words) > 1 && isTitle(words[0]) {
		words = words[1:]
	}
	for len(words) > 1 && isTitle(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	return strings.Trim(strings.Join(words, " "), ".,")
}

func only(v string, keep func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if keep(r) {
			return r
		}
		return -1
	}, v)
}

func firstOf(v string, prefixes ...string) string {
	for _, p := range prefixes {
		if strings.HasPrefix(v, p) {
			return p
		}
	}
	return ""
}

// hashes replaces the values of hashed columns: every value is put into its tool's normal form and hashed once.
func (c *computation) hashes() error {
	if err := c.run("mapped"); err != nil {
		return err
	}
	for _, col := range c.view().Columns {
		if col.Hash == nil {
			continue
		}
		if err := c.lookup(col); err != nil {
			return fmt.Errorf("hashing %s: %w", col.Name, err)
		}
	}
	return c.run("hashed")
}

// lookup writes a table of value and hash.
func (c *computation) lookup(col column) error {
	from, err := statements.Read(c.ctx, c.env.Store, "distinct", map[string]any{"Column": col.Column, "Mapped": c.view().Mapped})
	if err != nil {
		return err
	}
	defer from.Release()
	hashes := newHashReader(from, col.Hash)
	defer hashes.Release()
	_, err = c.env.Store.Load(c.ctx, col.Lookup, hashes)
	return err
}

// lookupSchema is what a table of hashes has.
var lookupSchema = arrow.NewSchema([]arrow.Field{
	{Name: "value", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "hash", Type: arrow.BinaryTypes.String, Nullable: true},
}, nil)

// newHashReader turns a stream of values into one of values and hashes.
func newHashReader(from array.RecordReader, f *form) array.RecordReader {
	return array.ReaderFromIter(lookupSchema, func(yield func(arrow.RecordBatch, error) bool) {
		for from.Next() {
			batch := from.RecordBatch()
			if !yield(hashBatch(batch.Column(0), f), nil) {
				return
			}
		}
		if err := from.Err(); err != nil {
			yield(nil, err)
		}
	})
}

func hashBatch(values arrow.Array, f *form) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, lookupSchema)
	defer b.Release()
	value, hash := b.Field(0).(*array.StringBuilder), b.Field(1).(*array.StringBuilder)
	text, _ := values.(*array.String) // the column is cast to text by mapped.sql
	for i := range values.Len() {
		v := text.Value(i)
		value.Append(v)
		if h, ok := f.hash(v); ok {
			hash.Append(h)
		} else {
			hash.AppendNull()
		}
	}
	return b.NewRecordBatch()
}
