package state

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Config is the text of a config that was in force, to go back to.
type Config struct {
	Digest    string
	Files     map[string]string // HCL by name; nil: withheld
	Variables json.RawMessage   // that the command line gave
	Withheld  string            // why the text was not kept
	RunID     string
	AppliedAt time.Time
}

// KeepConfig records the config that is in force from now on.
func KeepConfig(c Config) []warehouse.Delta {
	var files any
	if c.Withheld == "" {
		text, _ := json.Marshal(c.Files) // text by text always marshals
		files = string(text)
	}
	return []warehouse.Delta{row(configs, []any{c.Digest}, c.Digest, files, maybe(string(c.Variables)), maybe(c.Withheld), maybe(c.RunID), moment(c.AppliedAt))}
}

// Configs are the configs that were in force, the newest first.
func Configs(ctx context.Context, store warehouse.Store) ([]Config, error) {
	var out []Config
	err := statements.Each(ctx, store, "configs", map[string]any{"From": configs.Was()}, func(r warehouse.Row) error {
		f := fields(r)
		c := Config{Digest: f.text(0), Withheld: f.text(3), RunID: f.text(4), AppliedAt: f.time(5)}
		if text := f.text(1); text != "" {
			if err := json.Unmarshal([]byte(text), &c.Files); err != nil {
				return fmt.Errorf("reading config %s: %w", c.Digest, err)
			}
		}
		if text := f.text(2); text != "" {
			c.Variables = json.RawMessage(text)
		}
		out = append(out, c)
		return nil
	})
	return out, err
}
