package host

import (
	"encoding/base64"
	"net/url"
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

const redacted = "[redacted]"

// redactor takes secrets out of text. It only learns.
type redactor struct {
	mu     sync.RWMutex
	whole  []string // replaced wherever they stand, longest first
	short  []string // replaced as words only: they may be parts of innocent words
	before map[string]bool
}

// add learns secrets in the forms in which they turn up: as they are, percent-encoded, base64, each line of many.
func (r *redactor) add(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.before == nil {
		r.before = make(map[string]bool)
	}
	for _, s := range secrets {
		if r.before[s] {
			continue
		}
		r.before[s] = true
		r.learn(s)
		r.learn(url.QueryEscape(s))
		r.learn(url.PathEscape(s))
		if len(s) >= 8 {
			r.learn(strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(s)), "="))
		}
		if strings.ContainsAny(s, "\r\n") {
			for _, line := range strings.FieldsFunc(s, func(c rune) bool { return c == '\r' || c == '\n' }) {
				if len(line) >= 8 {
					r.learn(line)
				}
			}
		}
	}
	byLength := func(list []string) {
		sort.SliceStable(list, func(i, j int) bool { return len(list[i]) > len(list[j]) })
	}
	byLength(r.whole)
	byLength(r.short)
}

func (r *redactor) learn(s string) {
	switch {
	case len(s) < 3:
	case len(s) < 8:
		r.short = append(r.short, s)
	default:
		r.whole = append(r.whole, s)
	}
}

// clean is text without the secrets.
func (r *redactor) clean(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, s := range r.whole {
		text = strings.ReplaceAll(text, s, redacted)
	}
	for _, s := range r.short {
		text = replaceWord(text, s)
	}
	return text
}

// replaceWord replaces s where no letter or digit touches it.
func replaceWord(text, s string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, s)
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(s):])
		b.WriteString(text[:i])
		if wordRune(before) || wordRune(after) {
			b.WriteString(s)
		} else {
			b.WriteString(redacted)
		}
		text = text[i+len(s):]
	}
}

func wordRune(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// printable is text on one line, without control characters, of at most n bytes or so.
func printable(text string, n int) string {
	var b strings.Builder
	for _, r := range text {
		if b.Len() >= n {
			b.WriteString("…")
			break
		}
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case r == utf8.RuneError || !unicode.IsPrint(r):
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
