package http

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

// accounts are the sessions of a process. Whoever works on one account shares its rate limit, token and connections.
type accounts struct {
	mu   sync.Mutex
	open map[string]*session
}

func newAccounts() *accounts { return &accounts{open: map[string]*session{}} }

// session is one account: how to reach it and what it may bear.
type session struct {
	settings account
	base     *url.URL
	headers  []namedTemplate
	client   *sdk.HTTPClient
	secrets  redactor
	tokens   *tokens // nil: the credentials are not tokens that can be renewed
	budget   budget
	slots    chan struct{} // requests that may be under way

	mu        sync.Mutex
	notBefore time.Time // a tool said Retry-After
}

// budget is how long a request is tried.
type budget struct {
	attempts int
	patience time.Duration
}

// session finds or opens the session of an account. The settings passed validation.
func (a *accounts) session(call sdk.Call, settings account, concurrency int) (*session, error) {
	text, _ := json.Marshal(settings)
	id := fmt.Sprintf("%s %d %x", call.Address, concurrency, sha256.Sum256(text))
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.open[id]; s != nil {
		return s, nil
	}
	s, err := newSession(settings, concurrency)
	if err != nil {
		return nil, &sdk.Failure{Kind: sdk.FailureConfig, Message: err.Error()}
	}
	a.open[id] = s
	return s, nil
}

func newSession(settings account, concurrency int) (*session, error) {
	base, err := url.Parse(settings.BaseURL)
	if err != nil {
		return nil, errors.New("base_url is not a URL")
	}
	s := &session{settings: settings, base: base, slots: make(chan struct{}, max(concurrency, 1))}
	if s.headers, err = namedTemplates(settings.Headers); err != nil {
		return nil, err
	}
	if s.budget, err = settings.Retry.budget(); err != nil {
		return nil, err
	}
	options := sdk.HTTPOptions{AllowPrivate: settings.AllowPrivate, Timeout: sdk.DefaultHTTPTimeout}
	if settings.Timeout != "" {
		if options.Timeout, err = parseDuration(settings.Timeout); err != nil {
			return nil, err
		}
	}
	if r := settings.RateLimit; r != nil {
		if options.RateLimit, err = r.limit(); err != nil {
			return nil, err
		}
	}
	s.client = sdk.NewHTTPClient(options)
	s.secrets.add(settings.secrets()...)
	if settings.Auth.renewable() {
		s.tokens = &tokens{session: s}
	}
	return s, nil
}

func (r *rateLimit) limit() (sdk.RateLimit, error) {
	per := time.Second
	if r.Per != "" {
		var err error
		if per, err = parseDuration(r.Per); err != nil {
			return sdk.RateLimit{}, err
		}
	}
	return sdk.RateLimit{Requests: int(r.Requests), Per: per}, nil
}

func (r *retry) budget() (budget, error) {
	b := budget{attempts: 5, patience: time.Minute}
	if r == nil {
		return b, nil
	}
	if r.Attempts != nil {
		b.attempts = int(*r.Attempts)
	}
	var err error
	if r.Patience != "" {
		b.patience, err = parseDuration(r.Patience)
	}
	return b, err
}

// request is one request as it will be sent. Shown is what messages call it: the path as it was written, because a
// path with its values in may hold somebody's e-mail.
type request struct {
	method      string
	url         *url.URL
	shown       string
	header      nethttp.Header
	body        []byte
	contentType string
}

// answer is what came back.
type answer struct {
	*sdk.Answer
	body any   // the JSON, nil where there is none
	bad  error // why the body is not JSON
}

// send makes one request, once, with the account's credentials.
func (s *session) send(ctx context.Context, r *request) (*answer, error) {
	token := ""
	if s.tokens != nil {
		var err error
		if token, err = s.tokens.get(ctx); err != nil {
			return nil, err
		}
	}
	got, err := s.sendWith(ctx, r, token)
	if err == nil && got.Status == nethttp.StatusUnauthorized && s.tokens != nil {
		// It was refused, so nothing was done: once more with a new token.
		if token, err = s.tokens.renew(ctx, token); err != nil {
			return nil, err
		}
		got, err = s.sendWith(ctx, r, token)
	}
	return got, err
}

func (s *session) sendWith(ctx context.Context, r *request, token string) (*answer, error) {
	target := *r.url
	header := nethttp.Header{}
	if sameOrigin(s.base, r.url) {
		header = r.header.Clone()
		query := url.Values{}
		s.settings.Auth.credentials(header, query, token)
		if len(query) > 0 {
			target.RawQuery = strings.TrimPrefix(target.RawQuery+"&"+query.Encode(), "&")
		}
	}
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := nethttp.NewRequestWithContext(ctx, r.method, target.String(), body)
	if err != nil {
		return nil, &sdk.Failure{Kind: sdk.FailureConfig, Message: r.method + " " + r.shown + ": the URL cannot be used"}
	}
	req.Header = header
	if r.body != nil && header.Get("Content-Type") == "" {
		header.Set("Content-Type", r.contentType)
	}
	if header.Get("Accept") == "" {
		header.Set("Accept", "application/json")
	}
	keepSingle(header)
	got, err := s.client.Fetch(req)
	if err != nil {
		return nil, s.failed(r, err)
	}
	out := &answer{Answer: got}
	if len(got.Body) > 0 {
		out.body, out.bad = parseJSON(got.Body)
	}
	return out, nil
}

// keepSingle spells the idempotency headers in lower case. With their usual spelling net/http takes them as leave to
// send a request again by itself when a connection breaks; that is for the host to decide.
func keepSingle(header nethttp.Header) {
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		if values, ok := header[name]; ok {
			delete(header, name)
			header[strings.ToLower(name)] = values
		}
	}
}

// failed names a request that got no answer, without its values.
func (s *session) failed(r *request, err error) error {
	f := *sdk.RequestFailure(err)
	cause := err
	var httpErr *sdk.HTTPError
	if errors.As(err, &httpErr) {
		cause = errors.Unwrap(httpErr)
	}
	words := cause.Error()
	switch {
	case errors.Is(cause, context.Canceled):
		words = "it was interrupted"
	case errors.Is(cause, context.DeadlineExceeded):
		words = fmt.Sprintf("no answer within %s", s.settings.Timeout)
	case errors.Is(cause, io.EOF), errors.Is(cause, io.ErrUnexpectedEOF):
		words = "the connection was closed before the answer was complete"
	}
	f.Message = s.secrets.public(fmt.Sprintf("%s %s: %s", r.method, r.shown, words))
	return &f
}

// hold keeps requests back after the tool said how long to wait.
func (s *session) hold(after time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := time.Now().Add(after); until.After(s.notBefore) {
		s.notBefore = until
	}
}

// held is how long requests are to wait still.
func (s *session) held() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Until(s.notBefore)
}

// sleep waits, or ends with the context.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sameOrigin reports whether two URLs lead to the same server; only there do credentials go.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}
