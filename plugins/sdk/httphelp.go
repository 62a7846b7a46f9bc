package sdk

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// RedactURL is the URL without user, password, query and fragment: the form in which it may be shown.
func RedactURL(u *url.URL) string {
	if u == nil {
		return ""
	}
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return bare.String()
}

// RetryAfter reads a Retry-After header, seconds or a date. A date gone by is zero seconds.
func RetryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds >= 0) || seconds > float64(365*24*3600) {
			return 0, false
		}
		return time.Duration(seconds * float64(time.Second)), true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return max(at.Sub(now), 0), true
}

// Backoff is how long to wait before attempt n+1 (n from 1): full jitter, doubling from 500 ms to a minute.
func Backoff(n int) time.Duration {
	ceiling := time.Minute
	if n < 8 {
		ceiling = min(500*time.Millisecond<<max(n-1, 0), time.Minute)
	}
	return rand.N(ceiling) + time.Millisecond
}

// CheckJSONDepth refuses JSON that nests deeper than max before a parser meets it. It does not check the syntax.
func CheckJSONDepth(text []byte, max int) error {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > max {
				return fmt.Errorf("the JSON nests deeper than %d levels", max)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// StatusFailure says what a status outside 2xx means for a batch or a page, by the rules all connectors share; nil for 2xx.
// The message names the status only; the caller adds the tool's own words.
func StatusFailure(status int, header http.Header, now time.Time) *Failure {
	if status >= 200 && status < 300 {
		return nil
	}
	f := &Failure{Code: strconv.Itoa(status), RequestID: requestID(header)}
	f.Message = "the server answered " + f.Code
	if text := http.StatusText(status); text != "" {
		f.Message += " " + text
	}
	after, said := RetryAfter(header, now)
	switch {
	case status == 401 || status == 403:
		f.Kind = FailureAuth
	case status == 404 || status == 405 || status >= 300 && status < 400:
		f.Kind = FailureConfig
	case status == 429 || status == 503 && said:
		f.Kind, f.After = FailureRateLimit, after
	case status == 408 || status == 425 || status >= 500:
		f.Kind, f.After = FailureTransient, after
	case status == 400 || status == 409 || status == 413 || status == 422:
		f.Kind = FailureRejected
	default:
		f.Kind = FailurePermanent
	}
	return f
}

// RequestFailure says what an error of HTTPClient means: transient if nothing was sent, lost if something was, permanent
// if the address is refused or the answer too large.
func RequestFailure(err error) *Failure {
	var failure *Failure
	var httpErr *HTTPError
	var large *TooLargeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failure):
		return failure
	case errors.As(err, &large):
		return &Failure{Kind: FailureLost, Code: "too_large", Message: large.Error()}
	case errors.As(err, &httpErr) && httpErr.Private:
		return &Failure{Kind: FailureConfig, Code: "private_address", Message: httpErr.Error(),
			Detail: "Addresses inside a private network are refused unless the block says allow_private = true."}
	case errors.As(err, &httpErr) && httpErr.Sent:
		return &Failure{Kind: FailureLost, Code: "no_answer", Message: httpErr.Error()}
	case errors.As(err, &httpErr):
		return &Failure{Kind: FailureTransient, Code: CodeNotSent, Message: httpErr.Error()}
	}
	return &Failure{Kind: FailurePermanent, Message: err.Error()}
}

func requestID(header http.Header) string {
	for _, name := range []string{"X-Request-Id", "Request-Id", "X-Correlation-Id"} {
		if id := header.Get(name); id != "" && len(id) <= 200 {
			return id
		}
	}
	return ""
}
