package http

import (
	"context"
	"encoding/json"
	"fmt"
	nethttp "net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

// tokens are the access tokens of an account, one at a time.
type tokens struct {
	session *session

	mu      sync.Mutex
	current string
	expires time.Time // zero: not said
	refresh string    // a refresh token the server gave in place of the configured one
	inBody  bool      // the server wants the client's secret in the body
}

// tokenMargin is how long before its end a token is taken for ended.
const tokenMargin = 30 * time.Second

// get is a token that is good now.
func (t *tokens) get(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != "" && (t.expires.IsZero() || time.Now().Before(t.expires)) {
		return t.current, nil
	}
	return t.fetch(ctx)
}

// held is the token in use, empty if there is none.
func (t *tokens) held() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current
}

// renew is a token other than old, which was refused.
func (t *tokens) renew(ctx context.Context, old string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != "" && t.current != old {
		return t.current, nil
	}
	return t.fetch(ctx)
}

func (t *tokens) fetch(ctx context.Context) (string, error) {
	t.current = ""
	if j := t.session.settings.Auth.JWT; j != nil {
		return t.fetchJWT(ctx, j)
	}
	o := t.session.settings.Auth.OAuth2
	form := url.Values{"grant_type": {"client_credentials"}}
	refresh := o.RefreshToken
	if t.refresh != "" {
		refresh = t.refresh
	}
	if refresh != "" {
		form = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
	}
	if len(o.Scopes) > 0 {
		form.Set("scope", strings.Join(o.Scopes, " "))
	}
	if o.Audience != "" {
		form.Set("audience", o.Audience)
	}
	token, err := t.ask(ctx, o.TokenURL, form, o)
	if f, ok := err.(*sdk.Failure); ok && f.Kind == sdk.FailureAuth && !t.inBody && o.ClientID != "" {
		t.inBody = true // some servers take the client's secret in the body only
		token, err = t.ask(ctx, o.TokenURL, form, o)
		if err != nil {
			t.inBody = false
		}
	}
	return token, err
}

func (t *tokens) fetchJWT(ctx context.Context, j *jwtAuth) (string, error) {
	now := time.Now()
	assertion, expires, err := j.sign(now)
	if err != nil {
		return "", &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"auth", "jwt"}, Message: t.session.secrets.public(err.Error())}
	}
	t.session.secrets.add(assertion)
	if j.TokenURL == "" {
		t.current, t.expires = assertion, expires.Add(-tokenMargin)
		return assertion, nil
	}
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}
	return t.ask(ctx, j.TokenURL, form, nil)
}

// ask posts to the token endpoint and keeps what it gives.
func (t *tokens) ask(ctx context.Context, tokenURL string, form url.Values, client *oauth2) (string, error) {
	if client != nil && t.inBody {
		form.Set("client_id", client.ClientID)
		form.Set("client_secret", client.ClientSecret)
	}
	req, err := nethttp.NewRequestWithContext(ctx, nethttp.MethodPost, tokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return "", &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"auth"}, Message: "token_url is not a URL"}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if client != nil && !t.inBody && client.ClientID != "" {
		req.SetBasicAuth(url.QueryEscape(client.ClientID), url.QueryEscape(client.ClientSecret))
		t.session.secrets.add(url.QueryEscape(client.ClientID) + ":" + url.QueryEscape(client.ClientSecret))
	}
	got, err := t.session.client.Fetch(req)
	shown := &request{method: "POST", shown: sdk.RedactURL(req.URL)}
	if err != nil {
		f := t.session.failed(shown, err).(*sdk.Failure)
		if f.Kind == sdk.FailureLost {
			f.Kind = sdk.FailureTransient // asking for a token again does no harm, and no record was sent
		}
		return "", f
	}
	if f := sdk.StatusFailure(got.Status, got.Header, time.Now()); f != nil {
		body, _ := parseJSON(got.Body)
		f.Message = t.session.secrets.public(fmt.Sprintf("%s: %s%s", shown.shown, f.Message, colon(toolWords(body, got.Body))))
		if f.Kind != sdk.FailureTransient && f.Kind != sdk.FailureRateLimit {
			f.Kind, f.Path = sdk.FailureAuth, []string{"auth"}
		}
		return "", f
	}
	return t.keep(got.Body, shown.shown)
}

func (t *tokens) keep(body []byte, from string) (string, error) {
	var given struct {
		AccessToken  string      `json:"access_token"`
		ExpiresIn    json.Number `json:"expires_in"`
		RefreshToken string      `json:"refresh_token"`
	}
	if err := json.Unmarshal(body, &given); err != nil || given.AccessToken == "" {
		return "", &sdk.Failure{Kind: sdk.FailureAuth, Path: []string{"auth"}, Message: from + ": the answer has no access_token"}
	}
	t.session.secrets.add(given.AccessToken, given.RefreshToken)
	t.current, t.expires = given.AccessToken, time.Time{}
	if o := t.session.settings.Auth.OAuth2; given.RefreshToken != "" && o != nil && o.RefreshToken != "" {
		t.refresh = given.RefreshToken
	}
	if seconds, err := given.ExpiresIn.Float64(); err == nil && seconds > 0 {
		life := time.Duration(seconds * float64(time.Second))
		t.expires = time.Now().Add(life - min(tokenMargin, life/2))
	}
	return t.current, nil
}

func colon(words string) string {
	if words == "" {
		return ""
	}
	return ": " + words
}
