package config

import (
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// BlockSource is a block as it is written, found by the range of its header; empty if it is not there. A block inside
// another one loses the indentation that stands for that.
func BlockSource(file []byte, header diag.Range) string {
	parsed, _ := hclsyntax.ParseConfig(file, header.File, hcl.InitialPos) // it was parsed before: what is wrong has been told
	if parsed == nil {
		return ""
	}
	body, ok := parsed.Body.(*hclsyntax.Body)
	if !ok {
		return ""
	}
	block := blockAt(body, header.Start.Byte)
	if block == nil {
		return ""
	}
	lines := strings.Split(string(file[block.TypeRange.Start.Byte:block.CloseBraceRange.End.Byte]), "\n")
	indent := strings.Repeat(" ", block.TypeRange.Start.Column-1)
	for i := range lines {
		lines[i] = strings.TrimRight(strings.TrimPrefix(lines[i], indent), "\r")
	}
	return strings.Join(lines, "\n")
}

func blockAt(body *hclsyntax.Body, start int) *hclsyntax.Block {
	for _, b := range body.Blocks {
		if b.TypeRange.Start.Byte == start {
			return b
		}
		if inner := blockAt(b.Body, start); inner != nil {
			return inner
		}
	}
	return nil
}
