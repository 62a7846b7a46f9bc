package http

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

// errIgnored is an answer that a rule says to take for an empty last page.
var errIgnored = errors.New("ignored")

// fetch makes a request that only reads, again and again within the budget, by the rules of the stream.
func (s *session) fetch(ctx context.Context, r *request, rules []rule, budget budget) (*answer, error) {
	began := time.Now()
	renewed := false
	for attempt := 1; ; attempt++ {
		if err := sleep(ctx, s.held()); err != nil {
			return nil, err
		}
		got, err := s.send(ctx, r)
		action, failure := s.judge(ctx, r, got, err, rules)
		if action == "" {
			return got, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var wait time.Duration
		switch action {
		case "ignore":
			return nil, errIgnored
		case "refresh_token":
			if renewed {
				return nil, failure
			}
			renewed = true
			if _, err := s.tokens.renew(ctx, s.tokens.held()); err != nil {
				return nil, err
			}
			continue
		case "retry":
			wait = max(sdk.Backoff(attempt), failure.After)
		case "rate_limit":
			wait = max(failure.After, sdk.Backoff(attempt))
			if failure.After > 0 {
				wait = failure.After
				s.hold(wait)
			}
		default:
			return nil, failure
		}
		if attempt >= budget.attempts || time.Since(began)+wait > budget.patience {
			failure.Detail = fmt.Sprintf("It was tried %d times in %s. Budget: retry = { attempts = %d, patience = \"%s\" }. The next run goes on from the last cursor.",
				attempt, time.Since(began).Round(time.Second), budget.attempts, budget.patience)
			if failure.After > 0 {
				failure.Detail = fmt.Sprintf("The tool asks to wait %s. ", failure.After) + failure.Detail
			}
			return nil, failure
		}
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// judge says what to do about an answer: nothing, or an action of on_error with the failure it is about.
func (s *session) judge(ctx context.Context, r *request, got *answer, err error, rules []rule) (string, *sdk.Failure) {
	if err != nil {
		failure := asFailure(err)
		switch failure.Kind {
		case sdk.FailureLost: // reading twice does no harm
			if failure.Code == "too_large" {
				failure.Kind = sdk.FailurePermanent
				return "fail", failure
			}
			failure.Kind = sdk.FailureTransient
			return "retry", failure
		case sdk.FailureTransient:
			return "retry", failure
		case sdk.FailureRateLimit:
			return "rate_limit", failure
		}
		return "fail", failure
	}
	failure := s.statusFailure(r, got)
	action, err := match(ctx, rules, got)
	if err != nil {
		return "fail", &sdk.Failure{Kind: sdk.FailurePermanent, Message: s.secrets.public("on_error: " + err.Error())}
	}
	if action != "" {
		if failure == nil {
			failure = s.unwanted(r, got)
		}
		return action, failure
	}
	if failure == nil {
		return "", nil
	}
	switch failure.Kind {
	case sdk.FailureRateLimit:
		return "rate_limit", failure
	case sdk.FailureTransient:
		return "retry", failure
	case sdk.FailureRejected: // of a request that reads: the request is wrong
		failure.Kind = sdk.FailureConfig
	}
	return "fail", failure
}

// match is the action of the first rule that matches; empty: none does.
func match(ctx context.Context, rules []rule, got *answer) (string, error) {
	for _, rule := range rules {
		switch {
		case len(rule.status) > 0 && !slices.Contains(rule.status, got.Status):
			continue
		case len(rule.status) == 0 && rule.when == nil && got.Status < 400:
			continue
		}
		if rule.when != nil {
			if got.body == nil {
				continue
			}
			holds, err := rule.when.holds(ctx, got.body)
			if err != nil && got.Status < 400 {
				return "", err
			}
			if !holds || err != nil {
				continue
			}
		}
		return rule.action, nil
	}
	return "", nil
}

// statusFailure is what an answer outside 2xx means, with the tool's words, fit to be printed; nil for 2xx.
func (s *session) statusFailure(r *request, got *answer) *sdk.Failure {
	f := sdk.StatusFailure(got.Status, got.Header, time.Now())
	if f == nil {
		return nil
	}
	f.Message = s.secrets.public(r.method + " " + r.shown + ": " + f.Message + colon(toolWords(got.body, got.Body)))
	f.RequestID = s.secrets.public(f.RequestID)
	switch f.Kind {
	case sdk.FailureAuth:
		f.Path, f.Detail = []string{"auth"}, "The tool did not accept the credentials, or they do not allow this request."
	case sdk.FailureConfig:
		f.Detail = "Look at base_url, path and method."
		if got.Status >= 300 && got.Status < 400 {
			f.Detail = "The tool redirects this request elsewhere. A redirected write would lose its body, so it is not followed; set base_url to where the API is."
		}
	}
	return f
}

// unwanted is an answer with a good status that a rule of on_error does not want.
func (s *session) unwanted(r *request, got *answer) *sdk.Failure {
	words := fmt.Sprintf("%s %s: answered %d, which on_error takes for an error", r.method, r.shown, got.Status)
	after, _ := sdk.RetryAfter(got.Header, time.Now())
	return &sdk.Failure{Kind: sdk.FailurePermanent, Code: fmt.Sprint(got.Status), After: after,
		Message: s.secrets.public(words + colon(toolWords(got.body, nil)))}
}

func asFailure(err error) *sdk.Failure {
	var failure *sdk.Failure
	if errors.As(err, &failure) {
		return failure
	}
	return &sdk.Failure{Kind: sdk.FailurePermanent, Message: err.Error()}
}
