package sdktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/zclconf/go-cty/cty"
	"google.golang.org/grpc"
)

// rogue misbehaves as os.Args[2] says: the host must name what it did.
const rogueName = "rogue"

const rogueSecret = "s3cr3t-of-the-rogue"

var rogueSpec = schema.Spec{
	Name: rogueName, Version: "1.0.0", Doc: "Misbehaves.",
	Source:      &schema.SourceSpec{Block: schema.Block{Args: []schema.Arg{{Name: "token", Type: cty.String, Sensitive: true}}}},
	Destination: &schema.DestinationSpec{Block: schema.Block{Args: []schema.Arg{{Name: "token", Type: cty.String, Sensitive: true}}}},
}

// serveRogue runs instead of the tests when the host started this binary as the rogue.
func serveRogue() {
	mode := os.Args[2]
	switch mode {
	case "garbage-on-stdout":
		fmt.Println("Hello, I am a connector")
		time.Sleep(time.Hour)
	case "endless-line-on-stdout":
		for {
			fmt.Print(strings.Repeat("x", 1<<16))
		}
	case "exits-at-start":
		os.Exit(2)
	case "hangs-at-start":
		time.Sleep(time.Hour)
	case "speaks-version-9":
		fmt.Println("1|9|unix|" + os.Getenv("TMPDIR") + "/s|grpc|")
		time.Sleep(time.Hour)
	case "listens-elsewhere":
		fmt.Println("1|1|unix|/tmp/elsewhere.sock|grpc|")
		time.Sleep(time.Hour)
	case "nobody-listens":
		fmt.Println("1|1|unix|" + os.Getenv("TMPDIR") + "/s|grpc|")
		time.Sleep(time.Hour)
	}
	if _, lies := lies[mode]; lies {
		serveLiar(mode)
		return
	}
	sdk.Serve(sdk.Connector{Spec: rogueSpec, Source: rogue(mode), Destination: rogue(mode)})
}

// rogue is an author whose code misbehaves behind the SDK.
type rogue string

func (r rogue) Validate(context.Context, sdk.Call) sdk.Validation {
	switch r {
	case "hangs-in-validate":
		time.Sleep(time.Hour)
	case "panics-in-validate":
		panic("a secret value")
	}
	return sdk.Validation{}
}

func (r rogue) Check(context.Context, sdk.Call) error { return nil }

func (r rogue) Discover(context.Context, sdk.Call) ([]schema.Stream, error) { return nil, nil }

func (r rogue) Read(ctx context.Context, req sdk.ReadRequest, out sdk.Emitter) error {
	if err := out.Schema(numberColumns[:1], true); err != nil {
		return err
	}
	if err := errors.Join(out.Row(1), out.Checkpoint(nil)); err != nil {
		return err
	}
	r.misbehave()
	switch r {
	case "ignores-cancel":
		select {}
	case "returns-without-end":
		return nil
	case "goes-on-after-end":
		return errors.Join(out.Complete(), out.Row(2))
	case "checkpoint-after-error":
		return errors.New("it went wrong with " + rogueSecret)
	case "sends-other-columns":
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema.ArrowSchema(numberColumns))
		return out.Batch(b.NewRecordBatch())
	case "prints-the-secret":
		fmt.Fprintln(os.Stderr, "token is "+rogueSecret+"\x1b[31m red\x00")
		fmt.Println("on stdout: " + rogueSecret)
	case "floods-stderr":
		line := []byte(strings.Repeat("spam ", 200) + "\n")
		for range 20_000 {
			_, _ = os.Stderr.Write(line)
		}
	case "prints-one-endless-line":
		for range 200 {
			fmt.Fprint(os.Stderr, strings.Repeat("x", 1<<16))
		}
	}
	return out.Complete()
}

// misbehave ends or stops the process in the middle of things.
func (r rogue) misbehave() {
	switch r {
	case "exits":
		time.Sleep(50 * time.Millisecond)
		os.Exit(3)
	case "is-killed":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "freezes":
		time.Sleep(300 * time.Millisecond) // what was sent before is on its way
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		time.Sleep(time.Second)
	case "hangs":
		time.Sleep(time.Hour)
	case "panics":
		panic("a mistake of the author's")
	case "panics-elsewhere":
		go func() { panic("in a goroutine") }()
		time.Sleep(time.Hour)
	case "starts-children":
		child := exec.Command("/bin/sh", "-c", "sleep 1000 & sleep 1000")
		_ = child.Start()
		fmt.Fprintln(os.Stderr, "children started")
		time.Sleep(time.Hour)
	}
}

func (r rogue) Open(context.Context, sdk.WriteRequest) (sdk.Writer, error) {
	if r == "cannot-open" {
		return nil, &sdk.Failure{Kind: sdk.FailureAuth, Message: "the tool refused " + rogueSecret}
	}
	return rogueWriter{rogue: r}, nil
}

func (r rogue) Readback(ctx context.Context, _ sdk.ReadbackRequest, yield func(sdk.ReadbackRecord) error) error {
	if err := yield(sdk.ReadbackRecord{ID: `"a"`, Fields: json.RawMessage(`{}`)}); err != nil {
		return err
	}
	r.misbehave()
	return nil
}

type rogueWriter struct{ rogue rogue }

func (w rogueWriter) Write(ctx context.Context, b sdk.Batch) ([]sdk.Result, error) {
	w.rogue.misbehave()
	out := make([]sdk.Result, len(b.Records))
	for i, r := range b.Records {
		out[i] = sdk.Result{ID: r.ID, Outcome: sdk.OK}
	}
	switch w.rogue {
	case "answers-twice":
		return append(out, out[0]), nil
	case "answers-a-stranger":
		return append(out, sdk.Result{ID: `"nobody"`, Outcome: sdk.OK}), nil
	case "forgets-a-record":
		return out[1:], nil
	case "has-no-outcome":
		out[0].Outcome = ""
	case "fails-untyped":
		return nil, errors.New("the connection broke")
	case "defers", "fails-at-finish", "panics-at-finish":
		return nil, nil
	}
	return out, nil
}

func (w rogueWriter) Finish(context.Context) (string, error) {
	switch w.rogue {
	case "fails-at-finish":
		return "", errors.New("no space left")
	case "panics-at-finish":
		panic("at finish")
	}
	return "rename", nil
}

func (w rogueWriter) Abort() {
	if w.rogue == "panics-in-abort" {
		panic("in abort")
	}
}

// liar breaks the protocol itself, without the SDK.
type liar string

func serveLiar(mode string) {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: wire.ProtocolVersion, MagicCookieKey: wire.CookieKey, MagicCookieValue: wire.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{1: {wire.PluginName: liarPlugin{liar: liar(mode)}}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, wire.ServerOptions()...)...)
		},
		Logger: hclog.NewNullLogger(),
	})
}

type liarPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	liar liar
}

func (p liarPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	wire.Register(s, p.liar, p.liar, liarDestination{p.liar})
	return nil
}

func (p liarPlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("not here")
}

func (l liar) Spec(context.Context) (schema.Spec, error) {
	if l == "has-no-name" {
		return schema.Spec{}, nil
	}
	return rogueSpec, nil
}

func (l liar) Validate(context.Context, string, wire.Call) (wire.Validation, error) {
	return wire.Validation{}, nil
}
func (l liar) Check(context.Context, string, wire.Call) error               { return nil }
func (l liar) Discover(context.Context, wire.Call) ([]schema.Stream, error) { return nil, nil }
func (l liar) Estimate(context.Context, wire.ReadRequest) (wire.Estimate, error) {
	return wire.Estimate{}, nil
}

// lies are sequences of messages that the protocol forbids; for writings, what is done instead of answering.
var lies = map[string]func(*wire.ReadSession) error{
	"has-no-name": nil, "says-nothing": func(*wire.ReadSession) error { return nil },
	"sends-schema-twice":  sends(open(), open()),
	"sends-rows-first":    sends(batch(numberColumns[:1])),
	"sends-wrong-columns": sends(open(), batch(numberColumns)),
	"sends-wrong-types":   sends(open(), batch([]schema.Column{{Name: "id", Type: schema.Type{Kind: schema.String}}})),
	"checkpoints-fall":    sends(open(), &wire.Checkpoint{ID: 2}, &wire.Checkpoint{ID: 1}, &wire.Status{Complete: true}),
	"sends-after-end":     sends(open(), &wire.Status{Complete: true}, batch(numberColumns[:1])),
	"checkpoint-too-late": sends(open(), &wire.Status{Complete: true}, &wire.Checkpoint{ID: 1}),
	"unchanged-with-rows": sends(open(), batch(numberColumns[:1]), &wire.Status{Unchanged: true}),
	"completes-nothing":   sends(&wire.Status{Complete: true}),
	"reopens-a-scope":     sends(open(), &wire.Status{Scope: "f", Complete: true}, &wire.Batch{Scope: "f", Record: record(numberColumns[:1])}),
	"sends-too-many-rows": sends(open(), &wire.Batch{Record: manyRows()}),
	"answers-no-batch":    nil, "answers-a-batch-twice": nil, "answers-a-strange-batch": nil,
	"finishes-early": nil, "exits-after-taking": nil,
}

func open() wire.Message { return &wire.Schema{Columns: numberColumns[:1]} }

func record(columns []schema.Column) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema.ArrowSchema(columns))
	for i := range columns {
		b.Field(i).AppendNull()
	}
	return b.NewRecordBatch()
}

func manyRows() arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema.ArrowSchema(numberColumns[:1]))
	for range wire.MaxBatchRows + 1 {
		b.Field(0).AppendNull()
	}
	return b.NewRecordBatch()
}

func batch(columns []schema.Column) wire.Message { return &wire.Batch{Record: record(columns)} }

func sends(messages ...wire.Message) func(*wire.ReadSession) error {
	return func(s *wire.ReadSession) error {
		for _, m := range messages {
			if err := s.Send(m); err != nil {
				return err
			}
		}
		return nil
	}
}

func (l liar) Read(_ context.Context, _ wire.ReadRequest, s *wire.ReadSession) error {
	return lies[string(l)](s)
}

type liarDestination struct{ liar }

func (l liarDestination) Discover(context.Context, wire.Call) ([]schema.Object, error) {
	return nil, nil
}

func (l liarDestination) Write(_ context.Context, _ wire.WriteRequest, s *wire.WriteSession) error {
	if l.liar == "finishes-early" {
		return nil
	}
	b, err := s.Next()
	if err != nil {
		return err
	}
	switch l.liar {
	case "exits-after-taking":
		os.Exit(4)
	case "answers-a-batch-twice":
		_ = s.Answer(wire.BatchResult{BatchID: b.ID})
		_ = s.Answer(wire.BatchResult{BatchID: b.ID})
	case "answers-a-strange-batch":
		_ = s.Answer(wire.BatchResult{BatchID: "strange"})
	}
	for {
		if _, err := s.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (l liarDestination) Readback(context.Context, wire.ReadbackRequest, func(wire.ReadbackRecord) error) error {
	return nil
}
