package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"slices"

	"github.com/cdp-engine/cdp/engine/config"
)

// OwnConnectors are the connectors that a folder's project names by path, sorted. A project with mistakes names those that
// can be read: what is wrong, plan tells. Nothing is run for it: nobody expects that of looking into a folder.
func OwnConnectors(dir string) []string {
	c, _ := config.Load(context.Background(), dir, config.LoadOptions{Environ: os.Environ(), Secretless: true})
	var names []string
	for name, own := range c.Settings.Connectors {
		if own.Path != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ownDigests names the executables of connectors that are no part of cdp: a plan is of what they were when it was made. What
// can't be read is told when it is started.
func (p *Project) ownDigests(m making) map[string]string {
	if !m.digest && m.saved == nil {
		return nil
	}
	var out map[string]string
	for name := range p.used() {
		own := p.config.Settings.Connectors[name]
		if own.Path == "" {
			continue
		}
		file, err := os.Open(own.Path)
		if err != nil {
			continue
		}
		sum := sha256.New()
		_, err = io.Copy(sum, file)
		_ = file.Close()
		if err != nil {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[name] = hex.EncodeToString(sum.Sum(nil))
	}
	return out
}
