package http

import (
	"encoding/json"
	"fmt"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

// account is what a source and a destination block have in common.
type account struct {
	BaseURL      string             `json:"base_url"`
	Auth         *auth              `json:"auth"`
	Headers      map[string]*string `json:"headers"`
	RateLimit    *rateLimit         `json:"rate_limit"`
	Timeout      string             `json:"timeout"`
	AllowPrivate bool               `json:"allow_private"`
	Retry        *retry             `json:"retry"`
}

type auth struct {
	Bearer *string    `json:"bearer"`
	Basic  *basicAuth `json:"basic"`
	Header *namedAuth `json:"header"`
	Query  *namedAuth `json:"query"`
	OAuth2 *oauth2    `json:"oauth2"`
	JWT    *jwtAuth   `json:"jwt"`
}

type basicAuth struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

type namedAuth struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type oauth2 struct {
	TokenURL     string   `json:"token_url"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	Scopes       []string `json:"scopes"`
	RefreshToken string   `json:"refresh_token"`
	Audience     string   `json:"audience"`
}

type jwtAuth struct {
	Key       string   `json:"key"`
	Algorithm string   `json:"algorithm"`
	KeyID     string   `json:"key_id"`
	Issuer    string   `json:"issuer"`
	Subject   string   `json:"subject"`
	Audience  string   `json:"audience"`
	Scopes    []string `json:"scopes"`
	TokenURL  string   `json:"token_url"`
	Lifetime  string   `json:"lifetime"`
}

type rateLimit struct {
	Requests float64 `json:"requests"`
	Per      string  `json:"per"`
}

type retry struct {
	Attempts *float64 `json:"attempts"`
	Patience string   `json:"patience"`
}

type onError struct {
	Status []int  `json:"status"`
	When   string `json:"when"`
	Action string `json:"action"`
}

type sourceSettings struct {
	account
	OnError []onError `json:"on_error"`
}

type streamSettings struct {
	Path     string             `json:"path"`
	Query    map[string]*string `json:"query"`
	Headers  map[string]*string `json:"headers"`
	Method   string             `json:"method"`
	Body     string             `json:"body"`
	Records  string             `json:"records"`
	Start    string             `json:"start"`
	Paginate *paginate          `json:"paginate"`
	Parent   string             `json:"parent"`
	OnError  []onError          `json:"on_error"`
}

type paginate struct {
	NextURL    string   `json:"next_url"`
	LinkHeader bool     `json:"link_header"`
	Cursor     string   `json:"cursor"`
	Param      string   `json:"param"`
	Page       string   `json:"page"`
	First      *float64 `json:"first"`
	Offset     string   `json:"offset"`
	Size       *float64 `json:"size"`
	Limit      string   `json:"limit"`
	Until      string   `json:"until"`
}

type destinationSettings struct {
	account
	Concurrency *float64        `json:"concurrency"`
	Objects     []objectSetting `json:"object"`
}

type objectSetting struct {
	Labels     []string           `json:"_labels"`
	Key        []string           `json:"key"`
	Partial    bool               `json:"partial"`
	Operations []operationSetting `json:"operation"`
	Readback   []readbackSetting  `json:"readback"`
}

type operationSetting struct {
	Labels      []string           `json:"_labels"`
	Method      string             `json:"method"`
	Path        string             `json:"path"`
	Batch       *batchSetting      `json:"batch"`
	Body        string             `json:"body"`
	ContentType string             `json:"content_type"`
	Headers     map[string]*string `json:"headers"`
	Query       map[string]*string `json:"query"`
	OK          []int              `json:"ok"`
	Noop        *[]int             `json:"noop"`
	Results     string             `json:"results"`
	Evidence    string             `json:"evidence"`
	Idempotent  *bool              `json:"idempotent"`
}

type batchSetting struct {
	MaxRecords float64 `json:"max_records"`
	MaxBytes   string  `json:"max_bytes"`
}

type readbackSetting struct {
	Path     string             `json:"path"`
	Query    map[string]*string `json:"query"`
	Headers  map[string]*string `json:"headers"`
	Records  string             `json:"records"`
	Paginate *paginate          `json:"paginate"`
}

func label(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	return labels[0]
}

// decode reads settings. They were checked against the spec, so a failure is a mismatch of ours; the message of the
// decoder may quote a value, and a value may be secret, so it is not passed on.
func decode(s sdk.Settings, into any) error {
	if len(s) == 0 {
		s = sdk.Settings("{}")
	}
	if err := json.Unmarshal(s, into); err != nil {
		if typeErr, ok := err.(*json.UnmarshalTypeError); ok {
			return fmt.Errorf("reading the argument %q: a %s does not fit", typeErr.Field, typeErr.Value)
		}
		return fmt.Errorf("reading the settings: they are not the JSON that the specification describes")
	}
	return nil
}
