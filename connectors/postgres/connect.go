package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const connectTimeout = 15 * time.Second

// connect opens a session whose texts mean the same everywhere.
func connect(ctx context.Context, url string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		p := urlProblem(url)
		if p == nil {
			p = &sdk.Problem{Summary: "Not a PostgreSQL URL"}
		}
		return nil, &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"url"}, Message: p.Summary, Detail: p.Detail}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	for name, value := range map[string]string{"application_name": "cdp", "timezone": "UTC", "datestyle": "ISO, YMD", "intervalstyle": "postgres",
		"bytea_output": "hex", "standard_conforming_strings": "on", "client_encoding": "UTF8"} {
		if _, given := config.RuntimeParams[name]; !given || name != "application_name" {
			config.RuntimeParams[name] = value
		}
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, connectFailure(config, err)
	}
	return conn, nil
}

func connectFailure(config *pgx.ConnConfig, err error) error {
	at := fmt.Sprintf("%s:%d", config.Host, config.Port)
	var perr *pgconn.PgError
	if errors.As(err, &perr) {
		return serverFailure("Cannot connect to PostgreSQL at "+at, perr)
	}
	f := &sdk.Failure{Kind: sdk.FailureTransient, Message: "Cannot reach PostgreSQL at " + at, Detail: "Is it running, and does the network let this machine through?"}
	switch text := err.Error(); {
	case errors.Is(err, context.DeadlineExceeded):
		f.Detail = "It did not answer in time."
	case strings.Contains(text, "no such host"):
		f.Kind, f.Path, f.Detail = sdk.FailureConfig, []string{"url"}, "No machine has that name."
	case strings.Contains(text, "server refused TLS") || strings.Contains(text, "tls:") || strings.Contains(text, "x509:"):
		f.Kind, f.Path, f.Detail = sdk.FailureConfig, []string{"url"}, "The encrypted connection that `sslmode` asks for could not be made: the server offers none, or its certificate is not trusted here."
	case strings.Contains(text, "connection refused"):
		f.Detail = "The connection was refused. Is the server running there?"
	}
	return f
}

// failure says what kind of error a statement met. doing names what was being done.
func failure(doing string, err error) error {
	var f *sdk.Failure
	var perr *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &perr):
		return serverFailure(doing, perr)
	}
	return &sdk.Failure{Kind: sdk.FailureTransient, Message: doing + ": the connection to PostgreSQL broke", Detail: "What was not committed yet was not done."}
}

// serverFailure puts an answer of the server into words. Its detail may show values of rows and is left out.
func serverFailure(doing string, e *pgconn.PgError) *sdk.Failure {
	f := &sdk.Failure{Kind: sdk.FailurePermanent, Code: e.Code, Message: doing, Detail: "PostgreSQL says: " + e.Message + "."}
	if e.Hint != "" {
		f.Detail += " " + e.Hint
	}
	switch class := e.Code[:min(2, len(e.Code))]; {
	case class == "28", e.Code == "42501":
		f.Kind = sdk.FailureAuth
	case class == "08", class == "40", class == "53", class == "57", class == "58", e.Code == "55P03", e.Code == "25006":
		f.Kind = sdk.FailureTransient
	case class == "3D", class == "3F", class == "42":
		f.Kind = sdk.FailureConfig
	}
	if class := e.Code[:min(2, len(e.Code))]; class == "28" || class == "3D" {
		f.Path = []string{"url"}
	}
	return f
}

// ofRow says that an error is about the values of a row, not about the statement or the server.
func ofRow(err error) (*pgconn.PgError, bool) {
	var e *pgconn.PgError
	if !errors.As(err, &e) || len(e.Code) != 5 {
		return nil, false
	}
	switch e.Code[:2] {
	case "22", "23", "44", "P0":
		return e, true
	case "21": // a key that stands for several rows
		return e, true
	}
	return e, e.Code == "54000" // a value too large for an index
}
