package file

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// destination writes files under a folder.
type destination struct{}

func (destination) Validate(_ context.Context, call sdk.Call) sdk.Validation {
	var v sdk.Validation
	for _, o := range call.Objects {
		if summary, detail := objectProblem(o); summary != "" {
			v.Problems = append(v.Problems, sdk.Problem{Path: []string{"object", o.Name}, Summary: summary, Detail: detail, Offset: -1})
			continue
		}
		v.Objects = append(v.Objects, object(o.Name))
	}
	return v
}

// object is what a file can do: it is written whole, and a name of its own each run makes it one to append.
func object(name string) schema.Object {
	op := func(op schema.Op) schema.Operation {
		return schema.Operation{Op: op, Idempotent: true, Evidence: schema.EvidenceStatus}
	}
	o := schema.Object{Name: name, WholeSet: true, Operations: []schema.Operation{op(schema.OpReplace)},
		Doc: "A file, always written whole: under a temporary name, then renamed. A name with {run} or {date} gives a new file each time."}
	if strings.Contains(name, "{run}") || strings.Contains(name, "{date}") {
		appends := op(schema.OpAppend)
		appends.Idempotent = strings.Contains(name, "{run}")
		o.Operations = append(o.Operations, appends)
	}
	return o
}

func objectProblem(o sdk.ObjectRequest) (summary, detail string) {
	e := encodingOf(fileName(o.Name, "run", "date"))
	switch {
	case o.Name == "":
		return "The object has no name", "Name a file, such as \"vips.csv\"."
	case !filepath.IsLocal(filepath.FromSlash(fileName(o.Name, "run", "date"))):
		return "The file is not under the destination's folder", fmt.Sprintf("%q leaves the folder that `dir` names. Write a path below it.", o.Name)
	case strings.HasSuffix(o.Name, "/") || strings.HasPrefix(path.Base(o.Name), "."):
		return "The object is not the name of a file", fmt.Sprintf("%q: name a file that is not hidden, such as \"vips.csv\".", o.Name)
	case strings.ContainsAny(fileName(o.Name, "run", "date"), "{}"):
		return "Placeholder not known", fmt.Sprintf("%q: a file name knows {run} and {date}.", o.Name)
	case e.format == "":
		return "File format not known", fmt.Sprintf("%q does not end in .csv, .tsv, .jsonl, .ndjson or .parquet.", o.Name)
	case e.format == "parquet" && e.compression != "":
		return "Parquet files are not compressed as a whole", fmt.Sprintf("%q: Parquet compresses its columns itself.", o.Name)
	}
	seen := map[string]string{}
	for _, name := range append(append([]string(nil), o.Key...), o.Fields...) {
		low := strings.ToLower(name)
		if other, ok := seen[low]; ok {
			return "A column would stand twice in the file", fmt.Sprintf("%q has %q and %q among its key and fields. A key is written already: leave it out of the fields.", o.Name, other, name)
		}
		seen[low] = name
	}
	return "", ""
}

// fileName puts values into a name.
func fileName(name, run, date string) string {
	return strings.NewReplacer("{run}", run, "{date}", date).Replace(name)
}

func (destination) Check(_ context.Context, call sdk.Call) error {
	root, err := openDir(call)
	if err != nil {
		return err
	}
	defer root.Close()
	const probe = ".cdp-check"
	f, err := root.OpenFile(probe, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return dirFailure(root.Name(), err)
	}
	f.Close()
	return root.Remove(probe)
}

func (destination) Readback(context.Context, sdk.ReadbackRequest, func(sdk.ReadbackRecord) error) error {
	return &sdk.Failure{Kind: sdk.FailurePermanent, Message: "Files are not read back", Detail: "A file is always written whole: there is nothing to settle."}
}

func openDir(call sdk.Call) (*os.Root, error) {
	var s destinationSettings
	if err := sdk.Decode(call.Settings, &s); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.Dir, 0o777); err != nil {
		return nil, dirFailure(s.Dir, err)
	}
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return nil, dirFailure(s.Dir, err)
	}
	return root, nil
}

func (destination) Open(_ context.Context, req sdk.WriteRequest) (sdk.Writer, error) {
	asked := sdk.ObjectRequest{Name: req.Object, Key: schema.Names(req.Key), Fields: schema.Names(req.Fields)}
	if summary, detail := objectProblem(asked); summary != "" {
		return nil, &sdk.Failure{Kind: sdk.FailureConfig, Message: summary, Detail: detail}
	}
	if req.Append && len(object(req.Object).Operations) < 2 {
		return nil, &sdk.Failure{Kind: sdk.FailureConfig, Message: "A file is not appended to", Detail: fmt.Sprintf("Put {run} or {date} into %q: then each run writes a file of its own.", req.Object)}
	}
	root, err := openDir(req.Call)
	if err != nil {
		return nil, err
	}
	w, err := newWriter(root, req)
	if err != nil {
		root.Close()
		return nil, err
	}
	return w, nil
}
