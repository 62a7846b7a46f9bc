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

// causes leaves out what only follows from a mistake before it: after a quote that is not closed every line to the next quote
// is told to be wrong, and after a character that is no HCL the rest of its line.
func causes(problems hcl.Diagnostics) hcl.Diagnostics {
	var out hcl.Diagnostics
	open := false
	line := 0
	for _, p := range problems {
		if p.Severity != hcl.DiagError || p.Subject == nil {
			out = append(out, p)
			continue
		}
		quote := p.Summary == "Invalid multi-line string" || p.Summary == "Unterminated template string"
		follows := open && quote || p.Subject.Start.Line == line && p.Summary != "Attribute redefined"
		open, line = open || quote, p.Subject.Start.Line
		if !follows {
			out = append(out, p)
		}
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
