package http

import (
	"math"
	"net/url"
	"regexp"
	"strings"
)

// check looks at what a source and a destination have in common.
func (a *account) check(p problems, known names) {
	a.checkBase(p.in("base_url"))
	p.in("headers").checkHeaders(a.Headers)
	p.in("headers").templates(a.Headers, known)
	if a.Timeout != "" {
		if _, err := parseDuration(a.Timeout); err != nil {
			p.in("timeout").add("Invalid duration", "%s.", err)
		}
	}
	if r := a.RateLimit; r != nil {
		if r.Requests < 1 || r.Requests != math.Trunc(r.Requests) || r.Requests > 1e6 {
			p.in("rate_limit", "requests").add("Invalid rate limit", "requests is a whole number from 1; for less than one a second, say a longer `per`.")
		}
		if r.Per != "" {
			if _, err := parseDuration(r.Per); err != nil {
				p.in("rate_limit", "per").add("Invalid duration", "%s.", err)
			}
		}
	}
	if r := a.Retry; r != nil {
		if r.Attempts != nil && (*r.Attempts < 1 || *r.Attempts > 100 || *r.Attempts != math.Trunc(*r.Attempts)) {
			p.in("retry", "attempts").add("Invalid retry", "attempts is a whole number from 1 to 100.")
		}
		if r.Patience != "" {
			if _, err := parseDuration(r.Patience); err != nil {
				p.in("retry", "patience").add("Invalid duration", "%s.", err)
			}
		}
	}
	if a.Auth != nil {
		a.Auth.check(p.in("auth"))
	}
}

func (a *account) checkBase(p problems) {
	base, err := url.Parse(a.BaseURL)
	switch {
	case err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http":
		p.add("Invalid URL", "base_url is a URL like https://api.example.com/v2.")
	case base.User != nil:
		p.add("Credentials in a URL", "A user or password in base_url would be seen in logs of proxies and tools. Write auth = { basic = { user = …, password = … } }.")
	case base.RawQuery != "" || base.Fragment != "":
		p.add("Invalid URL", "base_url has no query and no fragment; write parameters as `query` where they belong.")
	}
}

var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

func (p problems) checkHeaders(headers map[string]*string) {
	for name := range headers {
		if !headerName.MatchString(name) {
			p.in(name).add("Invalid header", "%q is not the name of a header.", name)
		}
	}
}

func (a *auth) check(p problems) {
	kinds := a.kinds()
	if len(kinds) != 1 {
		written := "none is given"
		if len(kinds) > 1 {
			written = "here are " + strings.Join(kinds, " and ")
		}
		p.add("Exactly one kind of auth", "auth takes exactly one of bearer, basic, header, query, oauth2 and jwt; %s.", written)
		return
	}
	switch {
	case a.Bearer != nil && *a.Bearer == "":
		p.in("bearer").add("Empty token", "The bearer token is empty.")
	case a.Header != nil && !headerName.MatchString(a.Header.Name):
		p.in("header", "name").add("Invalid header", "%q is not the name of a header.", a.Header.Name)
	case a.Query != nil && a.Query.Name == "":
		p.in("query", "name").add("Invalid query parameter", "The name of the parameter is empty.")
	case a.OAuth2 != nil:
		checkTokenURL(p.in("oauth2", "token_url"), a.OAuth2.TokenURL)
		if a.OAuth2.RefreshToken == "" && (a.OAuth2.ClientID == "" || a.OAuth2.ClientSecret == "") {
			p.in("oauth2").add("Incomplete oauth2", "Client credentials need client_id and client_secret; else give a refresh_token.")
		}
	case a.JWT != nil:
		if a.JWT.TokenURL != "" {
			checkTokenURL(p.in("jwt", "token_url"), a.JWT.TokenURL)
		}
		if a.JWT.Lifetime != "" {
			if _, err := parseDuration(a.JWT.Lifetime); err != nil {
				p.in("jwt", "lifetime").add("Invalid duration", "%s.", err)
			}
		}
		switch a.JWT.Algorithm {
		case "", "RS256", "ES256", "HS256":
		default:
			p.in("jwt", "algorithm").add("Unknown algorithm", "%q is none of RS256, ES256 and HS256.", a.JWT.Algorithm)
			return
		}
		if _, _, err := a.JWT.signingKey(); err != nil {
			p.in("jwt", "key").add("Unusable key", "%s.", capital(err.Error()))
		}
	}
}

func checkTokenURL(p problems, text string) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		p.add("Invalid URL", "token_url is a URL like https://login.example.com/oauth/token.")
	}
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
