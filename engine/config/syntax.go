package config

import (
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// CheckSyntax reports what keeps one file from being HCL. It looks no further than the file.
func CheckSyntax(name string, source []byte) diag.Diagnostics {
	if tooDeep(source) {
		at := diag.Range{File: name, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
		return diag.Diagnostics{diag.NewError("config.syntax", "File nests too deep", tooDeepDetail(name), &at)}
	}
	_, found := hclsyntax.ParseConfig(source, name, hcl.Pos{Line: 1, Column: 1})
	var ds diag.Diagnostics
	for _, d := range causes(found) {
		ds = append(ds, fromHCL(d, "config.syntax"))
	}
	return ds
}
