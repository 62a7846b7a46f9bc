package postgres

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/jackc/pgx/v5"
)

type accountSettings struct {
	URL    string `json:"url"`
	Create bool   `json:"create"`
}

type streamSettings struct {
	Table string `json:"table"`
	Query string `json:"query"`
}

func account(call sdk.Call) (accountSettings, error) {
	var s accountSettings
	err := sdk.Decode(call.Settings, &s)
	return s, err
}

// accountValidation says what is wrong with the account's settings; false: they are not understood at all.
func accountValidation(call sdk.Call) (v sdk.Validation, ok bool) {
	a, err := account(call)
	if err != nil {
		v.Problems = append(v.Problems, sdk.Problem{Summary: "Settings not understood", Detail: err.Error(), Offset: -1})
		return v, false
	}
	if p := urlProblem(a.URL); p != nil {
		v.Problems = append(v.Problems, *p)
	}
	return v, true
}

// urlProblem looks at the URL without connecting. It never repeats it.
func urlProblem(url string) *sdk.Problem {
	p := &sdk.Problem{Path: []string{"url"}, Offset: -1, Summary: "Not a PostgreSQL URL"}
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		p.Detail = "It is written postgres://user:password@host:5432/database. It is not shown here, as it may hold a password."
		return p
	}
	if _, err := pgx.ParseConfig(url); err != nil {
		p.Detail = "A part of it is not understood: port, sslmode, or a character that has to be written as %XX. It is not shown here, as it may hold a password."
		return p
	}
	return nil
}

// tableName reads schema.table, table and "quoted".names.
func tableName(text string) (pgx.Identifier, error) {
	var parts pgx.Identifier
	for rest := text; ; {
		var part string
		if strings.HasPrefix(rest, `"`) {
			end := strings.Index(rest[1:], `"`)
			if end < 1 {
				return nil, fmt.Errorf("%q has a quote that is not closed", text)
			}
			part, rest = rest[1:end+1], rest[end+2:]
		} else {
			end := strings.IndexByte(rest, '.')
			if end < 0 {
				end = len(rest)
			}
			part, rest = rest[:end], rest[end:]
		}
		if part == "" || strings.ContainsRune(part, 0) {
			return nil, fmt.Errorf("%q has a part without a name", text)
		}
		parts = append(parts, part)
		if rest == "" {
			break
		}
		if rest[0] != '.' {
			return nil, fmt.Errorf("%q: parts are separated by dots", text)
		}
		rest = rest[1:]
	}
	if len(parts) == 1 {
		parts = append(pgx.Identifier{"public"}, parts...)
	}
	if len(parts) != 2 {
		return nil, fmt.Errorf("%q has %d parts", text, len(parts))
	}
	return parts, nil
}
