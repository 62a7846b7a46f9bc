package sqlgen

import "strings"

// Kind of a token of SQL.
type Kind uint8

// The kinds. Quoted is a name in double quotes; Unclosed is a string, name or comment that does not end.
const (
	Space Kind = iota
	Comment
	Word
	Quoted
	String
	Number
	Punct
	Unclosed
)

// Token is a piece of SQL text.
type Token struct {
	Kind       Kind
	Start, End int
}

// Text is the token as it is written in the text it was scanned from.
func (t Token) Text(in string) string { return in[t.Start:t.End] }

// Scan cuts SQL text into tokens. It takes any text: what it does not know is Punct, one byte each.
func Scan(text string) []Token {
	var tokens []Token
	for i := 0; i < len(text); {
		kind, end := scanOne(text, i)
		tokens = append(tokens, Token{kind, i, end})
		i = end
	}
	return tokens
}

func scanOne(text string, i int) (Kind, int) {
	switch c := text[i]; {
	case isSpace(c):
		for i < len(text) && isSpace(text[i]) {
			i++
		}
		return Space, i
	case strings.HasPrefix(text[i:], "--"):
		if n := strings.IndexAny(text[i:], "\n\r"); n >= 0 {
			return Comment, i + n
		}
		return Comment, len(text)
	case strings.HasPrefix(text[i:], "/*"):
		return scanBlockComment(text, i)
	case c == '\'':
		return scanQuoted(text, i+1, '\'', String, false)
	case (c == 'e' || c == 'E') && i+1 < len(text) && text[i+1] == '\'':
		return scanQuoted(text, i+2, '\'', String, true)
	case (c == 'x' || c == 'X' || c == 'b' || c == 'B') && i+1 < len(text) && text[i+1] == '\'':
		return scanQuoted(text, i+2, '\'', String, false)
	case c == '"':
		return scanQuoted(text, i+1, '"', Quoted, false)
	case c == '$':
		return scanDollar(text, i)
	case isLetter(c):
		for i < len(text) && (isLetter(text[i]) || isDigit(text[i]) || text[i] == '$') {
			i++
		}
		return Word, i
	case isDigit(c) || c == '.' && i+1 < len(text) && isDigit(text[i+1]):
		return Number, scanNumber(text, i)
	}
	return Punct, i + 1
}

// scanBlockComment ends at the matching close: block comments nest.
func scanBlockComment(text string, i int) (Kind, int) {
	depth := 0
	for i < len(text) {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth++
			i += 2
		case strings.HasPrefix(text[i:], "*/"):
			depth--
			i += 2
			if depth == 0 {
				return Comment, i
			}
		default:
			i++
		}
	}
	return Unclosed, len(text)
}

func scanQuoted(text string, i int, quote byte, kind Kind, backslash bool) (Kind, int) {
	for i < len(text) {
		switch {
		case backslash && text[i] == '\\' && i+1 < len(text):
			i += 2
		case text[i] != quote:
			i++
		case i+1 < len(text) && text[i+1] == quote:
			i += 2
		default:
			return kind, i + 1
		}
	}
	return Unclosed, len(text)
}

// scanDollar takes $tag$ … $tag$ as a string, and anything else that begins with a dollar as punctuation.
func scanDollar(text string, i int) (Kind, int) {
	end := i + 1
	for end < len(text) && (isLetter(text[end]) || isDigit(text[end]) && end > i+1) {
		end++
	}
	if end >= len(text) || text[end] != '$' {
		return Punct, i + 1
	}
	tag := text[i : end+1]
	n := strings.Index(text[end+1:], tag)
	if n < 0 {
		return Unclosed, len(text)
	}
	return String, end + 1 + n + len(tag)
}

func scanNumber(text string, i int) int {
	for i < len(text) {
		switch c := text[i]; {
		case isDigit(c) || c == '.' || isLetter(c):
			i++
		case (c == '+' || c == '-') && (text[i-1] == 'e' || text[i-1] == 'E'):
			i++
		default:
			return i
		}
	}
	return i
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'
}
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}
