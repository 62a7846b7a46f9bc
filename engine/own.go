package engine

import (
	"os"
	"slices"

	"github.com/cdp-engine/cdp/engine/config"
)

// OwnConnectors are the connectors that a folder's project names by path, sorted. A project with mistakes names those that
// can be read: what is wrong, plan tells.
func OwnConnectors(dir string) []string {
	c, _ := config.Load(dir, config.LoadOptions{Environ: os.Environ()})
	var names []string
	for name, own := range c.Settings.Connectors {
		if own.Path != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
