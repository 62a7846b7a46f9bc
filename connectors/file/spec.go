package file

import (
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/zclconf/go-cty/cty"
)

// New is the connector `file`.
func New() sdk.Connector {
	return sdk.Connector{Spec: spec(), Source: source{}, Destination: destination{}}
}

func spec() schema.Spec {
	return schema.Spec{
		Name:    "file",
		Version: "1.0.0",
		Doc:     "Reads CSV, JSON and Parquet files, and writes whole sets of rows into such files.",
		Source: &schema.SourceSpec{
			Block:  schema.Block{Doc: "Files on this machine. Each stream names its own."},
			Stream: streamBlock(),
		},
		Destination: &schema.DestinationSpec{Block: schema.Block{
			Doc: "A folder. Objects of syncs are paths under it: `.csv`, `.tsv`, `.jsonl` and `.parquet` say how they are written, `.gz` and `.zst` after it compress. " +
				"`{run}` and `{date}` in a path make a new file each run or day, for `mode = \"append\"`.",
			Args: []schema.Arg{{Name: "dir", Type: cty.String, Required: true, Path: true, Place: true, Doc: "Folder that files are written into; created if it is not there."}},
		}},
	}
}

func streamBlock() schema.Block {
	return schema.Block{
		Doc: "One file, or several of the same kind.",
		Args: []schema.Arg{
			{Name: "path", Type: cty.String, Required: true, Path: true,
				Doc: "File, or pattern: `*` and `?` stand for characters of a name, `[a-z]` for one of them, `**` for any number of folders. Files are read in the order of their names."},
			{Name: "format", Type: cty.String, OneOf: []string{"csv", "tsv", "jsonl", "ndjson", "json", "parquet"},
				Doc: "How the file is written. Default: by its extension, under `.gz` or `.zst` if it is compressed."},
			{Name: "delimiter", Type: cty.String, Doc: "Character between CSV values. Default: comma; tab for TSV; a semicolon, tab or bar if the header has one and no comma."},
			{Name: "quote", Type: cty.String, Default: cty.StringVal(`"`), Doc: "Character around CSV values; doubled inside them. Empty: none."},
			{Name: "header", Type: cty.Bool, Default: cty.True, Doc: "The first CSV record names the columns. If not, they are column0, column1 and so on."},
			{Name: "skip", Type: cty.Number, Default: cty.NumberIntVal(0), Doc: "Lines before the CSV header, or before the first record, that are left out."},
			{Name: "null", Type: cty.List(cty.String), Doc: "CSV texts, not quoted, that stand for no value. Default: the empty text."},
		},
	}
}
