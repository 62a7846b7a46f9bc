package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// explain turns an error of a load into what to tell the user.
func explain(env Env, s *Spec, err error) diag.Diagnostic {
	var failure *wire.Failure
	var death *host.Death
	at := &s.Range
	switch {
	case errors.As(err, &failure):
		if env.ArgRange != nil && len(failure.Path) > 0 {
			if r := env.ArgRange(s.Addr, failure.Path); r != nil {
				at = r
			}
		}
		detail := sentence(failure.Message)
		if failure.Detail != "" {
			detail += " " + failure.Detail
		}
		return diag.NewError("source."+string(failure.Kind), summaries[failure.Kind], detail, at).About(s.Address)
	case errors.As(err, &death):
		detail := fmt.Sprintf("The connector %s, reading %s, %s. Nothing of this load was kept.", death.Connector, s.Address, death.Cause)
		if death.Output != "" {
			detail += " Its last words:\n" + death.Output
		}
		return diag.NewError("source.connector_died", "Connector died", detail, at).About(s.Address)
	case errors.Is(err, errProtocol):
		return diag.NewError("source.protocol", "Connector broke the protocol",
			fmt.Sprintf("Reading %s: the connector %s. Nothing of this load was kept.", s.Address, err), at).About(s.Address)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return diag.NewError("command.interrupted", "Interrupted", fmt.Sprintf("Loading %s was interrupted. Nothing of this load was kept.", s.Address), at).About(s.Address)
	}
	if summary, detail, ok := warehouse.Explain(err); ok {
		return diag.NewError("warehouse.failed", summary, detail, at).About(s.Address)
	}
	return diag.NewError("ingest.internal", "Load failed",
		fmt.Sprintf("Loading %s: %s. This is a bug in cdp.", s.Address, err), at).About(s.Address)
}

var summaries = map[wire.FailureKind]string{
	wire.FailureConfig: "Source is configured wrongly", wire.FailureAuth: "Source refused the credentials",
	wire.FailureRateLimit: "Source asks to slow down", wire.FailureTransient: "Source cannot be reached",
	wire.FailureRejected: "Source refused the request", wire.FailureLost: "Source gave no answer", wire.FailurePermanent: "Source cannot be read",
}

func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") {
		return text
	}
	return text + "."
}

// rejectKinds says what was set aside, by kind, most frequent first, without values.
func (c *computing) rejectKinds() []string {
	var words []string
	for _, kind := range c.rejects.kinds() {
		n := c.rejects.byColumn[kind]
		text := fmt.Sprintf("%d × %s", n, kind.code)
		if kind.column != "" {
			text = fmt.Sprintf("%d × %s in column %s", n, kind.code, kind.column)
			if t, ok := schema.Find(c.agreed.own, kind.column); ok && kind.code == "type" {
				text = fmt.Sprintf("%d values of column %s are no %s (they would need VARCHAR)", n, kind.column, t.Type)
			}
		}
		if first := c.rejects.first[kind]; first != "" {
			text += ", first at " + first
		}
		words = append(words, text)
	}
	return words
}

func (c *computing) setAsideWords() string {
	words := c.rejectKinds()
	if len(words) > 3 {
		words = append(words[:3], "and others")
	}
	return fmt.Sprintf("%d of %d records set aside: %s", c.result.Counts.Rejected, c.result.Counts.Extracted, strings.Join(words, "; "))
}

// blockedWords explains guards that stand in the way.
func (c *computing) blockedWords() diag.Diagnostics {
	var ds diag.Diagnostics
	for _, v := range c.result.Verdicts {
		if v.Status != guard.Blocked || v.Name == "contract" {
			continue
		}
		detail, argument := sentence(v.Detail), "guard"
		switch v.Name {
		case "rebuild":
			argument = c.reshapedArgument()
			detail += fmt.Sprintf(" Nothing of the load was kept. Change the block back, or give the stream another name to load into a table of its own, "+
				"or let these rows go once with --allow guard:%s.", c.spec.Address)
		case "max_reject_ratio":
			detail += fmt.Sprintf(" That is %.3g %% of the records, the guard max_reject_ratio allows %.3g %%. Nothing of the load was kept. Mend the source, "+
				"or let it through once with --allow guard:%s.", v.Value*100, v.Limit*100, c.spec.Address)
		case "empty_result":
			detail += fmt.Sprintf(" The guard empty_result keeps the table as it was. If the source is meant to be empty, let it through once with --allow guard:%s.", c.spec.Address)
		case "max_age":
			detail += fmt.Sprintf(" The guard max_age allows %.0f seconds before as_of. Let it through once with --allow guard:%s.", v.Limit, c.spec.Address)
		}
		ds = append(ds, diag.NewError("guard."+v.Name, "Blocked by guard "+v.Name, detail, c.spec.argument(argument)).About(c.spec.Address))
	}
	return ds
}
