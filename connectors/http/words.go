package http

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWords bounds how much of a tool's answer is passed on.
const maxWords = 500

// toolWords is what a tool says of an error: the usual members of its JSON, else the text of the answer.
func toolWords(body any, raw []byte) string {
	words := jsonWords(body, 0)
	if words == "" && utf8.Valid(raw) {
		words = strings.TrimSpace(string(raw[:min(len(raw), 4*maxWords)]))
		if strings.HasPrefix(strings.ToLower(words), "<!doctype") || strings.HasPrefix(strings.ToLower(words), "<html") {
			words = "" // a page for people says nothing
		}
	}
	return tidy(words)
}

// tidy makes text one line of printable characters.
func tidy(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	return shorten(strings.Join(strings.Fields(text), " "), maxWords)
}

var wordMembers = []string{"message", "error_description", "detail", "details", "title", "reason", "error", "errors", "description", "msg"}

// jsonWords looks for the sentence in an error body: {"message": …}, {"error": {"message": …}}, {"errors": [{…}]}.
func jsonWords(v any, depth int) string {
	if depth > 4 {
		return ""
	}
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		for _, name := range wordMembers {
			if words := jsonWords(v[name], depth+1); words != "" {
				return words
			}
		}
	case []any:
		var all []string
		for _, item := range v[:min(len(v), 3)] {
			if words := jsonWords(item, depth+1); words != "" {
				all = append(all, words)
			}
		}
		return strings.Join(all, "; ")
	}
	return ""
}
