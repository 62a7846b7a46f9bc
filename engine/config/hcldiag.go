package config

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// fromHCL turns a diagnostic of the HCL library into ours.
func fromHCL(d *hcl.Diagnostic, code string) diag.Diagnostic {
	out := diag.Diagnostic{Severity: diag.Error, Code: code, Summary: d.Summary, Detail: d.Detail}
	if d.Severity == hcl.DiagWarning {
		out.Severity = diag.Warning
	}
	if call, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallUnknownDiagExtra](d); ok {
		out.Detail = fmt.Sprintf("There is no function named %q.", call.CalledFunctionName()) + diag.Suggest(call.CalledFunctionName(), FunctionNames())
	}
	if d.Subject != nil {
		out.Range = diag.FromHCL(*d.Subject)
	} else if d.Context != nil {
		out.Range = diag.FromHCL(*d.Context)
	}
	return out
}

const redacted = "(sensitive)"

// redact takes secrets out of texts: a function's complaint may quote the value it got.
func redact(ds diag.Diagnostics, secrets []string) diag.Diagnostics {
	if len(secrets) == 0 {
		return ds
	}
	pairs := make([]string, 0, 2*len(secrets))
	for _, s := range secrets {
		pairs = append(pairs, s, redacted)
	}
	replacer := strings.NewReplacer(pairs...)
	for i := range ds {
		ds[i].Detail = replacer.Replace(ds[i].Detail)
	}
	return ds
}
