package http

import (
	"encoding/base64"
	nethttp "net/http"
	"net/url"
)

// kinds are the ways of authentication that were written.
func (a *auth) kinds() []string {
	var found []string
	for _, kind := range []struct {
		name  string
		given bool
	}{
		{"bearer", a.Bearer != nil}, {"basic", a.Basic != nil}, {"header", a.Header != nil},
		{"query", a.Query != nil}, {"oauth2", a.OAuth2 != nil}, {"jwt", a.JWT != nil},
	} {
		if kind.given {
			found = append(found, kind.name)
		}
	}
	return found
}

// renewable reports whether a new token can be had.
func (a *auth) renewable() bool { return a != nil && (a.OAuth2 != nil || a.JWT != nil) }

// credentials puts the account's credentials on a request; token is the current one where tokens are used.
func (a *auth) credentials(header nethttp.Header, query url.Values, token string) {
	switch {
	case a == nil:
	case a.Bearer != nil:
		header.Set("Authorization", "Bearer "+*a.Bearer)
	case a.Basic != nil:
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(a.Basic.User+":"+a.Basic.Password)))
	case a.Header != nil:
		header.Set(a.Header.Name, a.Header.Value)
	case a.Query != nil:
		query.Set(a.Query.Name, a.Query.Value)
	case a.renewable():
		header.Set("Authorization", "Bearer "+token)
	}
}
