package identity

import (
	"bytes"
	"strings"
)

// placeholderWords stand for "no value" wherever they are the whole value, in any case.
var placeholderWords = []string{
	"null", "(null)", "[null]", "<null>", "\\n", "nil", "none", "(none)", "undefined", "nan", "n/a", "#n/a", "n.a.", "na", "not available", "not set", "(not set)",
	"not provided", "unknown", "(unknown)", "anonymous", "anon", "missing", "empty", "(empty)", "blank", "default", "[object object]", "true", "false",
	"0", "-1", "-", "--", "---", ".", "?", "*", "0.0", "-1.0",
	"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
}

// placeholderMailboxes are local parts that belong to nobody.
var placeholderMailboxes = []string{
	"test", "noreply", "no-reply", "no_reply", "no.reply", "donotreply", "do-not-reply", "do_not_reply", "nobody", "null", "none", "undefined", "unknown", "anonymous",
	"na", "n/a", "nomail", "noemail", "no-email",
}

// repeated is how often a digit other than 0 must stand, with nothing else, for the value to be a placeholder: shorter
// ones are ordinary numbers of a small table (customer 7, customer 11).
const repeated = 6

var (
	wordSet = setOf(placeholderWords)
	boxSet  = setOf(placeholderMailboxes)
)

func setOf(words []string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

// placeholder reports whether a raw value of any kind stands for "no value".
func placeholder(raw []byte) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 40 || len(raw) == 0 {
		return false
	}
	if oneDigit(raw) {
		return true
	}
	var lower [40]byte
	n := 0
	for _, c := range raw {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[n] = c
		n++
	}
	return wordSet[string(lower[:n])]
}

// oneDigit reports whether a value is one digit over and over: any number of zeros, or six and more of another.
func oneDigit(raw []byte) bool {
	first := raw[0]
	if first < '0' || first > '9' {
		return false
	}
	for _, c := range raw {
		if c != first {
			return false
		}
	}
	return first == '0' || len(raw) >= repeated
}

// placeholderEmail reports whether a normalised address belongs to nobody.
func placeholderEmail(normal []byte) bool {
	local, _, _ := bytes.Cut(normal, []byte("@"))
	return boxSet[string(local)] || placeholder(local)
}

// placeholderPhone reports whether a telephone number stands for "no number": its national digits are all the same.
func placeholderPhone(raw []byte) bool {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, string(raw))
	if len(digits) < repeated {
		return false
	}
	tail := digits[1:]
	if len(digits) > 10 {
		tail = digits[len(digits)-9:]
	}
	return strings.Count(tail, tail[:1]) == len(tail)
}
