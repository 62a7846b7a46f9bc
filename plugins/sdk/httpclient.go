package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Limits of the HTTP client where HTTPOptions says nothing.
const (
	DefaultHTTPTimeout  = 30 * time.Second
	DefaultHTTPMaxBytes = 64 << 20
	MaxJSONDepth        = 100
	maxRedirects        = 10
)

// HTTPOptions configure a client. The zero value is safe: no private addresses, 30 s, no rate limit, 64 MiB.
type HTTPOptions struct {
	AllowPrivate bool          // private and loopback addresses may be reached
	Timeout      time.Duration // of one request with its answer; 0: 30 s
	RateLimit    RateLimit
	MaxBytes     int64  // of one answer; 0: 64 MiB
	UserAgent    string // sent where the request has none; empty: "cdp"
}

// RateLimit is a number of requests per duration, spread evenly. The zero value is no limit.
type RateLimit struct {
	Requests int
	Per      time.Duration
}

// HTTPClient makes requests to systems that are not trusted: it refuses private addresses at the moment of the dial, so
// neither a redirect nor a name that changes its address leads inside; it takes no credentials to another host; it caps
// what it reads. It makes one request for each call and never a second one on its own. It is safe for several goroutines.
type HTTPClient struct {
	client   *http.Client
	limiter  *rate.Limiter
	maxBytes int64
	agent    string
}

// Answer is a whole HTTP answer.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	URL    *url.URL // after redirects; show it with RedactURL only
}

// NewHTTPClient makes a client. It takes no proxy from the environment.
func NewHTTPClient(o HTTPOptions) *HTTPClient {
	if o.Timeout <= 0 {
		o.Timeout = DefaultHTTPTimeout
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultHTTPMaxBytes
	}
	if o.UserAgent == "" {
		o.UserAgent = "cdp"
	}
	limit := rate.Inf
	if o.RateLimit.Requests > 0 && o.RateLimit.Per > 0 {
		limit = rate.Every(o.RateLimit.Per / time.Duration(o.RateLimit.Requests))
	}
	return &HTTPClient{
		client: &http.Client{
			Transport:     newTransport(o),
			Timeout:       o.Timeout,
			CheckRedirect: checkRedirect,
		},
		limiter:  rate.NewLimiter(limit, 1),
		maxBytes: o.MaxBytes,
		agent:    o.UserAgent,
	}
}

// Do waits for the rate limit and makes the request. The body of the answer ends with *TooLargeError past the cap.
// Any other error is an *HTTPError. Requests that are not GET or HEAD follow no redirects: their answer is the redirect.
func (c *HTTPClient) Do(req *http.Request) (*http.Response, error) {
	if err := c.limiter.Wait(req.Context()); err != nil {
		return nil, c.failed(req, err, false)
	}
	var sent atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), trace))
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.agent)
	}
	if !readOnly(req.Method) {
		// Without GetBody net/http cannot silently send a broken request a second time.
		req.GetBody = nil
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, c.failed(req, err, sent.Load())
	}
	resp.Body = &cappedBody{body: resp.Body, left: c.maxBytes, max: c.maxBytes}
	return resp, nil
}

// Fetch is Do with the whole answer read. An answer that breaks off is an *HTTPError with Sent true.
func (c *HTTPClient) Fetch(req *http.Request) (*Answer, error) {
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	var large *TooLargeError
	if errors.As(err, &large) {
		return nil, large
	}
	if err != nil {
		return nil, c.failed(req, err, true)
	}
	return &Answer{Status: resp.StatusCode, Header: resp.Header, Body: body, URL: resp.Request.URL}, nil
}

// Close drops idle connections.
func (c *HTTPClient) Close() { c.client.CloseIdleConnections() }

func readOnly(method string) bool {
	return method == "" || method == http.MethodGet || method == http.MethodHead
}

// HTTPError is a request without a usable answer. It never holds a query, a user or a password.
type HTTPError struct {
	Method  string
	URL     string // redacted
	Sent    bool   // the request, or a part of it, left this machine: what it did there is not known
	Timeout bool
	Private bool // refused because the address is private
	cause   error
}

func (e *HTTPError) Error() string {
	return fmt.Sprintf("%s %s: %v", e.Method, e.URL, e.cause)
}

func (e *HTTPError) Unwrap() error { return e.cause }

// TooLargeError is an answer longer than the cap.
type TooLargeError struct{ Max int64 }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the answer is longer than %d bytes", e.Max)
}

func (c *HTTPClient) failed(req *http.Request, err error, sent bool) *HTTPError {
	out := &HTTPError{Method: req.Method, URL: RedactURL(req.URL), Sent: sent}
	if out.Method == "" {
		out.Method = http.MethodGet
	}
	// url.Error repeats the whole URL, secrets in its query included: only what it wraps is kept.
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		out.Timeout = out.Timeout || wrapped.Timeout()
		if out.URL == "" || wrapped.URL != "" {
			if u, perr := url.Parse(wrapped.URL); perr == nil {
				out.URL = RedactURL(u)
			}
		}
		err = wrapped.Err
		wrapped = nil
	}
	var private *PrivateAddressError
	out.Private = errors.As(err, &private)
	if private != nil {
		err = private
	}
	if out.Timeout || errors.Is(err, context.DeadlineExceeded) {
		out.Timeout = true
		err = fmt.Errorf("no answer in time: %w", context.DeadlineExceeded)
	}
	out.cause = err
	return out
}

// cappedBody ends with an error, not silently, when the answer is longer than it may be.
type cappedBody struct {
	body io.ReadCloser
	left int64
	max  int64
}

func (b *cappedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, &TooLargeError{Max: b.max}
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, &TooLargeError{Max: b.max}
	}
	return n, err
}

func (b *cappedBody) Close() error { return b.body.Close() }
