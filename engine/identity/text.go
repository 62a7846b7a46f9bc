package identity

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// isASCII reports whether every byte is below 128.
func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// invisible reports whether a character is dropped before anything is compared: controls (except white space), format
// characters such as zero-width joiners and marks of direction, variation selectors, the soft hyphen.
func invisible(r rune) bool {
	if r == '\t' || r == '\n' || r == '\r' || r == '\v' || r == '\f' || r == 0x85 {
		return false
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || (r >= 0xFE00 && r <= 0xFE0F) || r == 0x115F || r == 0x1160 || r == 0x3164
}

// tidy is NFKC without invisible characters, with runs of white space as one space and none at the ends.
func tidy(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
	// Dropping a joiner may leave a base and its mark side by side.
	return strings.Join(strings.Fields(norm.NFKC.String(s)), " ")
}

// normalText is the match form of text: tidy and case folded.
func normalText(dst, raw []byte) []byte {
	if isASCII(raw) {
		return appendPlainText(dst, raw)
	}
	folded := cases.Fold().String(tidy(string(raw)))
	return append(dst, norm.NFKC.String(folded)...)
}

// appendPlainText is normalText for ASCII.
func appendPlainText(dst, raw []byte) []byte {
	start, space := len(dst), false
	for _, c := range raw {
		switch {
		case c == ' ' || (c >= '\t' && c <= '\r'):
			space = true
			continue
		case c < ' ' || c == 0x7F:
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		if space && len(dst) > start {
			dst = append(dst, ' ')
		}
		space = false
		dst = append(dst, c)
	}
	return dst
}

// plainLetters are letters that have no decomposition and yet are written without their stroke.
var plainLetters = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ı", "i", "ħ", "h", "ŋ", "n")

// normalName is normalText without diacritics.
func normalName(dst, raw []byte) []byte {
	if isASCII(raw) {
		return appendPlainText(dst, raw)
	}
	text := string(normalText(nil, raw))
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(text))
	return append(dst, tidy(plainLetters.Replace(bare))...)
}
