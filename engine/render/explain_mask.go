package render

import (
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// Looking reports whether a person looks at what is written: values of people may be shown there.
func Looking(w io.Writer) bool {
	f, ok := w.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}

// mask hides personal values in text that goes into a file, a log or a pipe.
type mask bool

var (
	emailInText = regexp.MustCompile(`[^\s"'<>(){}\[\],:;=@]+@[^\s"'<>(){}\[\],:;=@]+`)
	phoneInText = regexp.MustCompile(`\+\d{6,15}`)
)

// text hides e-mails and phones, wherever they stand: k…@shop.example, +33…43.
func (m mask) text(s string) string {
	if !m {
		return s
	}
	s = emailInText.ReplaceAllStringFunc(s, func(mail string) string {
		_, size := utf8.DecodeRuneInString(mail)
		return mail[:size] + "…" + mail[strings.LastIndex(mail, "@"):]
	})
	return phoneInText.ReplaceAllStringFunc(s, func(phone string) string { return phone[:3] + "…" + phone[len(phone)-2:] })
}

// keyText is a value of a key: what stands between quotes after a colon, an e-mail that was hidden already apart.
var keyText = regexp.MustCompile(`:"([^"…@])[^"…@]+"`)

// key hides all of a key's texts, whatever they are.
func (m mask) key(s string) string {
	if !m {
		return s
	}
	return keyText.ReplaceAllString(m.text(s), `:"$1…"`)
}

// value writes a value of a profile. What people gave of themselves is hidden; what was computed over it is not.
func (m mask) value(v ValueView) string {
	shown := plainValue(v.Value)
	if !bool(m) || v.Value == nil || !v.Personal {
		return m.text(shown)
	}
	switch v.Value.(type) {
	case string, []byte:
		if hidden := m.text(shown); hidden != shown {
			return hidden
		}
		_, size := utf8.DecodeRuneInString(shown)
		return shown[:size] + "…"
	case time.Time:
		return "…"
	}
	return m.text(shown)
}
