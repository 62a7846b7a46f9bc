package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/zclconf/go-cty/cty"
)

// streamName is the one stream there is.
const streamName = "contacts"

// Connector is the connector: a source of one stream.
func Connector() sdk.Connector {
	return sdk.Connector{
		Spec: schema.Spec{
			Name: "vcard", Version: "1.0.0", Doc: "Reads contacts from vCard files (.vcf), versions 2.1 to 4.0.",
			Source: &schema.SourceSpec{
				Block: schema.Block{Args: []schema.Arg{{
					Name: "path", Type: cty.String, Required: true, Path: true,
					Doc: "A .vcf file, or a folder whose .vcf files are read.",
				}}},
				Stream: schema.Block{Doc: "The only stream is contacts."},
			},
		},
		Source: source{},
	}
}

// settings are the arguments of the source block.
type settings struct {
	Path string `json:"path"`
}

type source struct{}

// columns is what a card gives. Someone with two addresses has both, as JSON lists in the order of the card.
var columns = []schema.Column{
	{Name: "uid", Type: schema.Type{Kind: schema.String}},
	{Name: "full_name", Type: schema.Type{Kind: schema.String}},
	{Name: "given_name", Type: schema.Type{Kind: schema.String}},
	{Name: "family_name", Type: schema.Type{Kind: schema.String}},
	{Name: "organization", Type: schema.Type{Kind: schema.String}},
	{Name: "birthday", Type: schema.Type{Kind: schema.Date}},
	{Name: "emails", Type: schema.Type{Kind: schema.JSON}},
	{Name: "phones", Type: schema.Type{Kind: schema.JSON}},
	{Name: "note", Type: schema.Type{Kind: schema.String}},
}

func (source) Validate(_ context.Context, call sdk.Call) (v sdk.Validation) {
	var s settings
	if err := sdk.Decode(call.Settings, &s); err != nil {
		v.Problems = append(v.Problems, sdk.Problem{Path: []string{"path"}, Offset: -1, Summary: "Unusable path", Detail: "The path must be a string."})
	}
	for _, stream := range call.Streams {
		if stream.Name != streamName {
			v.Problems = append(v.Problems, sdk.Problem{Path: []string{"stream", stream.Name}, Offset: -1, Summary: "Unknown stream",
				Detail: fmt.Sprintf("A vCard source has one stream, %q.", streamName)})
			continue
		}
		v.Streams = append(v.Streams, schema.Stream{Name: streamName, Columns: columns, PrimaryKey: []string{"uid"}})
	}
	return v
}

func (source) Check(_ context.Context, call sdk.Call) error {
	_, err := files(call)
	return err
}

func (source) Discover(_ context.Context, call sdk.Call) ([]schema.Stream, error) {
	return []schema.Stream{{Name: streamName, Columns: columns, PrimaryKey: []string{"uid"}}}, nil
}

// Read reads all files. If they are what they were at the last committed checkpoint, it says so instead.
func (source) Read(ctx context.Context, req sdk.ReadRequest, out sdk.Emitter) error {
	paths, err := files(req.Call)
	if err != nil {
		return err
	}
	state, err := fingerprint(paths)
	if err != nil {
		return unreadable(err)
	}
	if !req.Full && string(req.State) == string(state) {
		return out.Unchanged()
	}
	if err := out.Schema(columns, false); err != nil {
		return err
	}
	for i, path := range paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := readFile(path, out); err != nil {
			return err
		}
		out.Progress(int64(i+1), int64(len(paths)), "files")
	}
	if err := out.Checkpoint(state); err != nil {
		return err
	}
	return out.Complete()
}

// readFile reads one file. A card that cannot be a row is set aside; the others still come.
func readFile(path string, out sdk.Emitter) error {
	f, err := os.Open(path)
	if err != nil {
		return unreadable(err)
	}
	defer f.Close()
	name := filepath.Base(path)
	if err := out.Scope(name); err != nil {
		return err
	}
	cards := newReader(f)
	for {
		card, err := cards.next()
		if errors.Is(err, io.EOF) {
			return out.ScopeComplete(name)
		}
		var bad *malformed
		if errors.As(err, &bad) {
			err = out.Reject(sdk.Reject{Position: fmt.Sprintf("%s:%d", name, bad.line), Code: "malformed", Reason: bad.reason, Record: bad.text})
		} else if err != nil {
			return unreadable(err)
		} else {
			err = emit(card, name, out)
		}
		if err != nil {
			return err
		}
	}
}

// emit sends a card as a row, or as a reject if a value does not fit its column.
func emit(c card, file string, out sdk.Emitter) error {
	err := out.Row(c.id(), text(c.first("FN")), text(c.part("N", 1)), text(c.part("N", 0)), text(c.part("ORG", 0)),
		birthday(c.first("BDAY")), c.all("EMAIL"), c.all("TEL"), text(c.first("NOTE")))
	var misfit *sdk.ValueError
	if errors.As(err, &misfit) {
		return out.Reject(sdk.Reject{Position: fmt.Sprintf("%s:%d", file, c.line), Column: misfit.Column, Code: "type",
			Reason: misfit.Error(), Record: c.text, Key: c.id()})
	}
	return err
}

// text is a value, or null where the card has none.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// files are the files to read, sorted, so that each read gives the same rows in the same order.
func files(call sdk.Call) ([]string, error) {
	var s settings
	if err := sdk.Decode(call.Settings, &s); err != nil {
		return nil, err
	}
	info, err := os.Stat(s.Path)
	if err != nil {
		return nil, unreadable(err)
	}
	if !info.IsDir() {
		return []string{s.Path}, nil
	}
	paths, err := filepath.Glob(filepath.Join(s.Path, "*.vcf"))
	if err != nil {
		return nil, unreadable(err)
	}
	if len(paths) == 0 {
		return nil, &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"path"}, Message: "the folder has no .vcf file"}
	}
	sort.Strings(paths)
	return paths, nil
}

func unreadable(err error) error {
	kind := sdk.FailurePermanent
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		kind = sdk.FailureConfig
	}
	return &sdk.Failure{Kind: kind, Path: []string{"path"}, Message: "reading vCards: " + err.Error()}
}

// fingerprint is a hash of the files, as the state of a checkpoint.
func fingerprint(paths []string) (json.RawMessage, error) {
	h := sha256.New()
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(h, "%q ", filepath.Base(path))
		_, err = io.Copy(h, f)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return nil, err
		}
	}
	return json.Marshal(map[string]string{"sha256": hex.EncodeToString(h.Sum(nil))})
}
