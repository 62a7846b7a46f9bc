package http

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
)

func TestReadIsTriedAgain(t *testing.T) {
	for name, fault := range map[string]twinFault{
		"503": {status: 503}, "500": {status: 500}, "drop": {drop: true}, "cut": {cut: true}, "lose": {lose: true},
		"429": {status: 429, header: map[string]string{"Retry-After": "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTwin(t)
			call := orders(w, 105)
			w.fault = func(n int, _ twinRequest) *twinFault {
				if n == 3 {
					return &fault
				}
				return nil
			}
			k := mustRead(t, call, "orders")
			if len(k.rows) != 105 || len(w.requests()) != 7 {
				t.Errorf("%d rows in %d requests", len(k.rows), len(w.requests()))
			}
			if name == "429" {
				if gap := w.requests()[3].at.Sub(w.requests()[2].at); gap < time.Second {
					t.Errorf("the request after Retry-After: 1 came %s later", gap)
				}
			}
		})
	}
}

func TestReadGivesUp(t *testing.T) {
	cases := map[string]struct {
		fault    twinFault
		kind     wire.FailureKind
		requests int
		words    string
	}{
		"auth":     {twinFault{status: 401, body: `{"error": "bad token ` + twinToken + ` of ann@x.example"}`}, sdk.FailureAuth, 1, "bad token (secret) of …"},
		"no path":  {twinFault{status: 404}, sdk.FailureConfig, 1, "404"},
		"refused":  {twinFault{status: 422, body: `{"message": "limit is too large"}`}, sdk.FailureConfig, 1, "limit is too large"},
		"down":     {twinFault{status: 502}, sdk.FailureTransient, 3, "502"},
		"for long": {twinFault{status: 429, header: map[string]string{"Retry-After": "3600"}}, sdk.FailureRateLimit, 1, "429"},
		"no JSON":  {twinFault{status: 200, body: "<html>"}, sdk.FailurePermanent, 1, "broken at byte 0"},
		"shape":    {twinFault{status: 200, body: `{"data": "ann@x.example"}`}, sdk.FailureConfig, 1, "cannot iterate over: string"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTwin(t)
			call := orders(w, 5)
			w.fault = func(int, twinRequest) *twinFault { return &c.fault }
			k, err := read(t, call, "orders")
			f := failureOf(t, err)
			if f.Kind != c.kind || len(w.requests()) != c.requests || !strings.Contains(f.Message, c.words) {
				t.Errorf("%+v after %d requests", f, len(w.requests()))
			}
			if text := f.Message + f.Detail; strings.Contains(text, twinToken) || strings.Contains(text, "ann@") {
				t.Errorf("it tells too much: %s", text)
			}
			if k.columns != nil || k.complete || k.checkpoint {
				t.Error("a failed read sent something")
			}
		})
	}
}

func TestOnError(t *testing.T) {
	cases := map[string]struct {
		rules    string
		fault    twinFault
		rows     int
		requests int
		kind     wire.FailureKind
	}{
		"ignore a status":       {`{'status': [404], 'action': 'ignore'}`, twinFault{status: 404}, 40, 3, ""},
		"ignore when":           {`{'status': [400], 'when': '.code == \'GONE\'', 'action': 'ignore'}`, twinFault{status: 400, body: `{"code": "GONE"}`}, 40, 3, ""},
		"when does not match":   {`{'status': [400], 'when': '.code == \'GONE\'', 'action': 'ignore'}`, twinFault{status: 400, body: `{"code": "X"}`}, 0, 3, sdk.FailureConfig},
		"an error with 200":     {`{'when': '.error != null', 'action': 'retry'}`, twinFault{status: 200, body: `{"error": "busy"}`}, 105, 7, ""},
		"retry a 404":           {`{'status': [404], 'action': 'retry'}`, twinFault{status: 404}, 105, 7, ""},
		"first that matches":    {`{'status': [404], 'action': 'fail'}, {'action': 'retry'}`, twinFault{status: 404}, 0, 3, sdk.FailureConfig},
		"rate limit":            {`{'status': [403], 'action': 'rate_limit'}`, twinFault{status: 403, header: map[string]string{"Retry-After": "1"}}, 105, 7, ""},
		"fail with 200":         {`{'when': '.error != null', 'action': 'fail'}`, twinFault{status: 200, body: `{"error": "no"}`}, 0, 3, sdk.FailurePermanent},
		"fail instead of retry": {`{'status': [503], 'action': 'fail'}`, twinFault{status: 503}, 0, 3, sdk.FailureTransient},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTwin(t)
			call := orders(w, 105)
			call.Settings = settings(w, strings.ReplaceAll(`'on_error': [`+c.rules+`]`, `\'`, `\"`))
			w.fault = func(n int, _ twinRequest) *twinFault {
				if n == 3 {
					return &c.fault
				}
				return nil
			}
			k, err := read(t, call, "orders")
			if c.kind != "" {
				if f := failureOf(t, err); f.Kind != c.kind {
					t.Errorf("%+v", f)
				}
			} else if err != nil {
				t.Error(err)
			}
			if len(k.rows) != c.rows || len(w.requests()) != c.requests {
				t.Errorf("%d rows in %d requests", len(k.rows), len(w.requests()))
			}
		})
	}
}

// login is a token server; it counts the tokens it gave.
func login(t *testing.T, ask func(form url.Values, user, password string) string, life int) (*httptest.Server, *int) {
	n := 0
	s := httptest.NewServer(nethttp.HandlerFunc(func(out nethttp.ResponseWriter, in *nethttp.Request) {
		in.ParseForm()
		user, password, _ := in.BasicAuth()
		if why := ask(in.PostForm, user, password); why != "" {
			answerJSON(out, 401, map[string]any{"error": "invalid_client", "error_description": why})
			return
		}
		n++
		answerJSON(out, 200, map[string]any{"access_token": twinToken + fmt.Sprint(n), "expires_in": life, "refresh_token": fmt.Sprint("refresh-token-", n)})
	}))
	t.Cleanup(s.Close)
	return s, &n
}

func withAuth(call wire.Call, auth string) wire.Call {
	call.Settings = wire.Settings(strings.Replace(string(call.Settings), fmt.Sprintf(`{"bearer": %q}`, twinToken), auth, 1))
	return call
}

// accept makes the twin take only the given token.
func accept(w *twin, good func() string) {
	w.fault = func(_ int, r twinRequest) *twinFault {
		if r.header.Get("Authorization") != "Bearer "+good() {
			return &twinFault{status: 401, body: `{"error": "expired"}`}
		}
		return &twinFault{status: 200, body: `{"data": [{"order_id": "o1", "updated_at": "x"}], "meta": {}}`}
	}
}

func TestOAuth2(t *testing.T) {
	for name, c := range map[string]struct {
		auth string
		ask  func(form url.Values, user, password string) string
	}{
		"client credentials": {`"client_id": "id 1", "client_secret": "s3cret", "scopes": ["a", "b"]`, func(form url.Values, user, password string) string {
			if form.Get("grant_type") != "client_credentials" || form.Get("scope") != "a b" || user != "id+1" || password != "s3cret" {
				return "wrong client"
			}
			return ""
		}},
		"secret in the body": {`"client_id": "id", "client_secret": "s3cret"`, func(form url.Values, user, password string) string {
			if form.Get("client_id") != "id" || form.Get("client_secret") != "s3cret" || user != "" {
				return "no client in the body"
			}
			return ""
		}},
		"refresh token": {`"refresh_token": "first-token"`, func(form url.Values, _, _ string) string {
			if form.Get("grant_type") != "refresh_token" || form.Get("refresh_token") != "first-token" && !strings.HasPrefix(form.Get("refresh_token"), "refresh-token-") {
				return "wrong token"
			}
			return ""
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTwin(t)
			server, given := login(t, c.ask, 3600)
			call := withAuth(orders(w, 0), `{"oauth2": {"token_url": "`+server.URL+`", `+c.auth+`}}`)
			connector := New()
			readOnce := func() {
				t.Helper()
				if err := connector.Source.Read(context.Background(), wire.ReadRequest{Call: call, Stream: "orders"}, &taker{}); err != nil {
					t.Fatal(err)
				}
			}
			accept(w, func() string { return twinToken + "1" })
			readOnce()
			readOnce()
			if *given != 1 {
				t.Errorf("%d tokens for two reads", *given)
			}
			accept(w, func() string { return twinToken + "2" }) // the first one ended early
			readOnce()
			if *given != 2 || len(w.requests()) != 4 {
				t.Errorf("%d tokens, %d requests", *given, len(w.requests()))
			}
		})
	}
	w := newTwin(t)
	server, _ := login(t, func(url.Values, string, string) string { return "secret s3cret-value is wrong" }, 60)
	_, err := read(t, withAuth(orders(w, 0), `{"oauth2": {"token_url": "`+server.URL+`", "client_id": "a", "client_secret": "s3cret-value"}}`), "orders")
	if f := failureOf(t, err); f.Kind != sdk.FailureAuth || strings.Contains(f.Message, "s3cret-value") || !strings.Contains(f.Message, "is wrong") {
		t.Errorf("%+v", f)
	}
}

func TestJWT(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, _ := x509.MarshalPKCS8PrivateKey(key)
	text, _ := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	var claims map[string]any
	server, given := login(t, func(form url.Values, _, _ string) string {
		if form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
			return "wrong grant"
		}
		parts := strings.Split(form.Get("assertion"), ".")
		body, _ := base64.RawURLEncoding.DecodeString(parts[1])
		json.Unmarshal(body, &claims)
		return ""
	}, 3600)
	w := newTwin(t)
	accept(w, func() string { return twinToken + "1" })
	mustRead(t, withAuth(orders(w, 0), `{"jwt": {"key": `+string(text)+`, "issuer": "me", "audience": "them", "scopes": ["x"], "token_url": "`+server.URL+`"}}`), "orders")
	if *given != 1 || claims["iss"] != "me" || claims["aud"] != "them" || claims["scope"] != "x" {
		t.Errorf("%d tokens, claims %v", *given, claims)
	}
	w.fault = func(_ int, r twinRequest) *twinFault {
		head, _, _ := strings.Cut(strings.TrimPrefix(r.header.Get("Authorization"), "Bearer "), ".")
		text, _ := base64.RawURLEncoding.DecodeString(head)
		if string(text) != `{"alg":"HS256","kid":"k1","typ":"JWT"}` {
			return &twinFault{status: 401}
		}
		return &twinFault{status: 200, body: `{"data": [], "meta": {}}`}
	}
	mustRead(t, withAuth(orders(w, 0), `{"jwt": {"key": "shared secret", "key_id": "k1"}}`), "orders")
}

// Credentials stay where they belong: not along a redirect to another host, not to a next page on another host.
func TestCredentialsStayHome(t *testing.T) {
	var leaked []string
	stranger := httptest.NewServer(nethttp.HandlerFunc(func(out nethttp.ResponseWriter, in *nethttp.Request) {
		leaked = append(leaked, in.Header.Get("Authorization")+in.Header.Get("X-Api-Key")+in.URL.Query().Get("k"))
		answerJSON(out, 200, map[string]any{"data": items(5, 6)})
	}))
	defer stranger.Close()
	w := newTwin(t)
	w.serve("/items", func(_ *nethttp.Request, n int) (any, nethttp.Header) {
		return map[string]any{"data": items(0, 5), "next": stranger.URL + "/more"}, nil
	})
	w.handle["GET /moved"] = func(out nethttp.ResponseWriter, in *nethttp.Request) {
		nethttp.Redirect(out, in, stranger.URL, nethttp.StatusFound)
	}
	account := `'headers': {'X-Api-Key': 'other secret'}`
	k := mustRead(t, sourceCall(w, account, streamOf("items", `'path': '/items', 'records': '.data[]', 'paginate': {'next_url': '.next'}`)), "items")
	if len(k.rows) != 6 {
		t.Errorf("%d rows", len(k.rows))
	}
	mustRead(t, sourceCall(w, account, streamOf("items", `'path': '/moved', 'records': '.data[]'`)), "items")
	mustRead(t, withAuth(sourceCall(w, account, streamOf("items", `'path': '/moved', 'records': '.data[]'`)), `{"query": {"name": "k", "value": "canary"}}`), "items")
	if strings.Join(leaked, "") != "" || len(leaked) != 3 {
		t.Errorf("the other host was told %q", leaked)
	}
}
