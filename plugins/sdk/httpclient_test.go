package sdk

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

func get(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestHTTPClientRefusesPrivateAddresses(t *testing.T) {
	hits := 0
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits++ }))
	defer srv.Close()
	port := srv.Listener.Addr().(*net.TCPAddr).Port
	c := NewHTTPClient(HTTPOptions{Timeout: 2 * time.Second})
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		u := url.URL{Scheme: "http", Host: host + ":" + itoa(port), Path: "/x", RawQuery: "token=hunter2secret"}
		_, err := c.Fetch(get(t, u.String()))
		var e *HTTPError
		if !errors.As(err, &e) || !e.Private || e.Sent {
			t.Errorf("%s: %v", host, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows the query: %v", err)
		}
	}
	if hits != 0 {
		t.Errorf("%d requests arrived", hits)
	}
}

func TestPrivateAddress(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": false, "2606:4700::1111": false, "1.1.1.1": false,
		"10.1.2.3": true, "172.16.0.1": true, "192.168.1.1": true, "169.254.169.254": true, "100.64.0.1": true,
		"127.0.0.1": true, "0.0.0.0": true, "::1": true, "fe80::1": true, "fd00::1": true, "::ffff:10.0.0.1": true,
		"64:ff9b::a00:1": true, "2002:a00:1::": true, "224.0.0.1": true, "255.255.255.255": true,
	} {
		if got := PrivateAddress(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestRedirectTakesNoCredentialsToAnotherHost(t *testing.T) {
	var seen http.Header
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header }))
	defer other.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusFound)
	}))
	defer srv.Close()
	req := get(t, srv.URL+"?api_key=hunter2secret")
	for _, h := range []string{"Authorization", "X-Api-Key", "Cookie"} {
		req.Header.Set(h, "hunter2secret")
	}
	c := NewHTTPClient(HTTPOptions{AllowPrivate: true})
	a, err := c.Fetch(req)
	if err != nil || a.Status != 200 {
		t.Fatal(a, err)
	}
	for name, values := range seen {
		if strings.Contains(strings.Join(values, " "), "hunter2") {
			t.Errorf("%s went along", name)
		}
	}
}

func TestPostFollowsNoRedirectAndIsSentOnce(t *testing.T) {
	posts, others := 0, 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			others++
			return
		}
		posts++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer srv.Close()
	c := NewHTTPClient(HTTPOptions{AllowPrivate: true})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader("{}"))
	a, err := c.Fetch(req)
	if err != nil || a.Status != http.StatusTemporaryRedirect || posts != 1 || others != 0 {
		t.Errorf("%+v %v posts %d others %d", a, err, posts, others)
	}
}

func TestBrokenConnectionAfterSendingIsLost(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	}))
	defer srv.Close()
	c := NewHTTPClient(HTTPOptions{AllowPrivate: true})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader("{}"))
	_, err := c.Fetch(req)
	if f := RequestFailure(err); f == nil || f.Kind != FailureLost {
		t.Errorf("%v", err)
	}
	srv.Close()
	req, _ = http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader("{}"))
	_, err = c.Fetch(req)
	if f := RequestFailure(err); f == nil || f.Kind != FailureTransient {
		t.Errorf("nothing was sent, but: %v", err)
	}
}

func TestAnswersAreCapped(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(make([]byte, 100))
		if r.URL.Path == "/long" {
			_, _ = w.Write([]byte("x"))
		}
	}))
	defer srv.Close()
	c := NewHTTPClient(HTTPOptions{AllowPrivate: true, MaxBytes: 100})
	if a, err := c.Fetch(get(t, srv.URL)); err != nil || len(a.Body) != 100 {
		t.Errorf("100 of 100 bytes: %v", err)
	}
	var large *TooLargeError
	if _, err := c.Fetch(get(t, srv.URL+"/long")); !errors.As(err, &large) {
		t.Errorf("101 of 100 bytes: %v", err)
	}
}

func TestTimeoutsAndCancel(t *testing.T) {
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer srv.Close()
	defer close(release)
	c := NewHTTPClient(HTTPOptions{AllowPrivate: true, Timeout: 50 * time.Millisecond})
	_, err := c.Fetch(get(t, srv.URL))
	var e *HTTPError
	if !errors.As(err, &e) || !e.Timeout || !e.Sent {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Do(get(t, srv.URL).WithContext(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestRateLimitSpreadsRequests(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	c := NewHTTPClient(HTTPOptions{AllowPrivate: true, RateLimit: RateLimit{Requests: 50, Per: time.Second}})
	start := time.Now()
	for range 6 {
		if _, err := c.Fetch(get(t, srv.URL)); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took < 95*time.Millisecond {
		t.Errorf("six requests at 50/s took %v", took)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"3": 3 * time.Second, "0": 0, "0.5": 500 * time.Millisecond,
		"Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		got, ok := RetryAfter(http.Header{"Retry-After": {text}}, now)
		if !ok || got != want {
			t.Errorf("%q: %v %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "soon", "-1", "NaN", "1e300"} {
		if got, ok := RetryAfter(http.Header{"Retry-After": {text}}, now); ok {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestCheckJSONDepth(t *testing.T) {
	nested := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if err := CheckJSONDepth(nested(100), 100); err != nil {
		t.Error(err)
	}
	if CheckJSONDepth(nested(101), 100) == nil {
		t.Error("101 levels pass")
	}
	if err := CheckJSONDepth([]byte(`{"a":"[[[[\"[[[","b":[1]}`), 2); err != nil {
		t.Error(err)
	}
}

func itoa(n int) string {
	u := ""
	for ; n > 0; n /= 10 {
		u = string(rune('0'+n%10)) + u
	}
	return u
}
