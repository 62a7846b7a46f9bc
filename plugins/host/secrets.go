package host

import (
	"context"
	"encoding/json"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// learn adds the values of sensitive arguments to what is redacted, before the connector sees them.
func (c *connector) learn(ctx context.Context, call wire.Call) error {
	spec, err := c.Spec(ctx)
	if err != nil {
		return err
	}
	var found []string
	if spec.Source != nil {
		found = secretsOf(found, spec.Source.Block, json.RawMessage(call.Settings))
		for _, s := range call.Streams {
			found = secretsOf(found, spec.Source.Stream, json.RawMessage(s.Settings))
		}
	}
	if spec.Destination != nil {
		found = secretsOf(found, spec.Destination.Block, json.RawMessage(call.Settings))
	}
	c.host.secrets.add(found...)
	return nil
}

func secretsOf(found []string, block schema.Block, settings json.RawMessage) []string {
	var values map[string]json.RawMessage
	if json.Unmarshal(settings, &values) != nil {
		return found
	}
	for _, arg := range block.Args {
		if arg.Sensitive {
			var v any
			if json.Unmarshal(values[arg.Name], &v) == nil {
				found = leaves(found, v)
			}
		}
	}
	for _, nested := range block.Blocks {
		var blocks []json.RawMessage
		if json.Unmarshal(values[nested.Name], &blocks) == nil {
			for _, b := range blocks {
				found = secretsOf(found, nested.Block, b)
			}
		}
	}
	return found
}

// leaves are all strings in a value.
func leaves(found []string, v any) []string {
	switch v := v.(type) {
	case string:
		found = append(found, v)
	case []any:
		for _, e := range v {
			found = leaves(found, e)
		}
	case map[string]any:
		for _, e := range v {
			found = leaves(found, e)
		}
	}
	return found
}
