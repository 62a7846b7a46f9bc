package http

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"sync"
)

// secretNames are headers whose values are taken for secrets wherever they are set.
var secretNames = regexp.MustCompile(`(?i)auth|key|token|secret|cookie|password|signature`)

const redacted = "(secret)"

// redactor takes secrets out of text, in whatever encoding a tool may echo them. Tokens got on the way are added to it.
type redactor struct {
	mu    sync.RWMutex
	known map[string]bool
	words []string // longest first, so that a secret that contains another goes whole
}

// add makes values secret. Text of fewer than four bytes is left alone: taking it out would take half the language out.
func (r *redactor) add(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[string]bool{}
	}
	for _, secret := range secrets {
		for _, form := range forms(secret) {
			if len(form) >= 4 && !r.known[form] {
				r.known[form] = true
				r.words = append(r.words, form)
			}
		}
	}
	sort.Slice(r.words, func(i, j int) bool { return len(r.words[i]) > len(r.words[j]) })
}

// forms are the ways in which a secret may appear in an answer.
func forms(secret string) []string {
	secret = strings.TrimSpace(secret)
	if len(secret) < 4 {
		return nil
	}
	quoted, _ := json.Marshal(secret)
	escaped := url.QueryEscape(secret)
	all := []string{
		secret, escaped, lowerEscapes(escaped), url.PathEscape(secret), strings.Trim(string(quoted), `"`),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		all = append(all, e.EncodeToString([]byte(secret)))
	}
	for _, line := range strings.Split(secret, "\n") { // a PEM key may be echoed by the line
		if line = strings.TrimSpace(line); len(line) >= 16 {
			all = append(all, line)
		}
	}
	return all
}

var percent = regexp.MustCompile(`%[0-9A-F]{2}`)

func lowerEscapes(s string) string { return percent.ReplaceAllStringFunc(s, strings.ToLower) }

// clean is text without the secrets.
func (r *redactor) clean(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, word := range r.words {
		if strings.Contains(text, word) {
			text = strings.ReplaceAll(text, word, redacted)
		}
	}
	return text
}

// personal is what looks like a person's e-mail or phone: it has no place in a message that is printed.
var personal = regexp.MustCompile(`[^\s"'<>(),;:=/]+(@|%40)[^\s"'<>(),;:=/]+|\+\d[\d ().-]{6,}\d`)

// public is text that may be printed and logged: no secrets, nobody's e-mail or phone.
func (r *redactor) public(text string) string {
	return personal.ReplaceAllString(r.clean(text), "…")
}

// secrets are the values of an account that must not be seen.
func (a *account) secrets() []string {
	var all []string
	for name, value := range a.Headers {
		if value != nil && secretNames.MatchString(name) {
			all = append(all, *value)
			if _, credentials, ok := strings.Cut(*value, " "); ok {
				all = append(all, credentials)
			}
		}
	}
	if a.Auth == nil {
		return all
	}
	if a.Auth.Bearer != nil {
		all = append(all, *a.Auth.Bearer)
	}
	if b := a.Auth.Basic; b != nil {
		all = append(all, b.Password, b.User+":"+b.Password)
	}
	for _, named := range []*namedAuth{a.Auth.Header, a.Auth.Query} {
		if named != nil {
			all = append(all, named.Value)
			if _, credentials, ok := strings.Cut(named.Value, " "); ok {
				all = append(all, credentials)
			}
		}
	}
	if o := a.Auth.OAuth2; o != nil {
		all = append(all, o.ClientSecret, o.RefreshToken, o.ClientID+":"+o.ClientSecret)
	}
	if j := a.Auth.JWT; j != nil {
		all = append(all, j.Key)
	}
	return all
}
