package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// tool is an HTTP tool on this machine that takes whatever it is sent.
type tool struct {
	server   *http.Server
	url      string
	requests atomic.Int64
}

func newTool() (*tool, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &tool{url: "http://" + l.Addr().String()}
	t.server = &http.Server{Handler: t, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = t.server.Serve(l) }()
	return t, nil
}

func (t *tool) close() { _ = t.server.Close() }

var emailField = []byte(`"email":"`)

// ServeHTTP answers {"results": [{"email": …, "ok": true}, …]}, one for each e-mail of the body: a real answer by record,
// made without decoding, so that the tool takes little of the processors it shares with what is measured.
func (t *tool) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	t.requests.Add(1)
	body, err := io.ReadAll(req.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	out := append(make([]byte, 0, len(body)), `{"results":[`...)
	for n := 0; ; n++ {
		i := bytes.Index(body, emailField)
		if i < 0 {
			break
		}
		body = body[i+len(emailField):]
		end := bytes.IndexByte(body, '"')
		if end < 0 {
			break
		}
		if n > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, `{"email":"`...), body[:end]...), `","ok":true}`...)
		body = body[end:]
	}
	out = append(out, `]}`...)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(out)))
	_, _ = w.Write(out)
}

const toolProject = `
cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
source "file" "crm" {
  stream "people" {
    path        = "data/people.csv"
    primary_key = ["id"]
    columns     = { id = "bigint", email = "varchar", first_name = "varchar", city = "varchar", value = "decimal(12,2)" }
  }
}
model "people" {
  sql = "select * from ${source.crm.people}"
}
destination "http" "tool" {
  base_url      = "%s"
  allow_private = true
  object "contacts" {
    key = ["email"]
    operation "upsert" {
      method     = "POST"
      path       = "/contacts/batch"
      batch      = { max_records = %d }
      body       = "{contacts: [.records[] | .key + .fields]}"
      results    = ".results[] | {key: {email}, status: (if .ok then \"ok\" else \"rejected\" end)}"
      idempotent = true
    }
  }
}
sync "people" {
  from        = model.people
  destination = destination.tool
  object      = "contacts"
  mode        = "upsert"
  key         = { email = "email" }
  fields      = { first_name = "first_name", city = "city", value = "value" }
}
`
