package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// credential finds a literal under a name that says it is a secret, where no connector's spec says so: a header, a parameter
// of a query.
var credential = regexp.MustCompile(`(?i)["\w-]*(` + config.CredentialWords + `)["\w-]*\s*[=:]\s*"[^"$]{4,}"`)

// variables are the values that a config was in force with: of the command line, and of the folder's *.cdpvars.hcl files.
type variables struct {
	config.Kept
	Folder map[string]json.RawMessage `json:"folder,omitempty"`
}

// wayBack is the record of the config that a command brings into force, so that there is a way back. A text with a secret
// in it is not kept: the warehouse holds none.
func (p *Project) wayBack(run state.Run) []warehouse.Delta {
	if run.Command != "apply" {
		return nil
	}
	c := state.Config{Digest: p.config.Digest(), Files: map[string]string{}, RunID: run.ID, AppliedAt: run.StartedAt}
	for name, text := range p.config.Files {
		c.Files[name] = string(text)
		for _, secret := range p.config.Secrets {
			if strings.Contains(string(text), secret) {
				c.Files, c.Withheld = nil, "a secret is written into "+name
				return state.KeepConfig(c)
			}
		}
		if credential.Match(text) {
			c.Files, c.Withheld = nil, "something that looks like a secret is written into "+name
			return state.KeepConfig(c)
		}
	}
	given := variables{Kept: p.config.Given, Folder: p.config.Folder.Values}
	if len(given.Values)+len(given.Secrets)+len(given.Folder) > 0 {
		c.Variables, _ = json.Marshal(given) // JSON texts and names always marshal
	}
	return state.KeepConfig(c)
}

// Previous finds the config that was in force before the one that is, and gives the options to open it with in place of the
// folder's code. What it is called is for people.
func (p *Project) Previous(ctx context.Context) (Options, string, diag.Diagnostics) {
	s, done, err := p.shared(ctx, p.session)
	if err != nil {
		return Options{}, "", p.Explain(err)
	}
	defer done()
	configs, err := state.Configs(ctx, s.store)
	if err != nil {
		return Options{}, "", p.Explain(err)
	}
	none := func(why string) (Options, string, diag.Diagnostics) {
		return Options{}, "", one(diag.NewError("rollback.none", "Nothing to go back to", why, nil))
	}
	switch {
	case len(configs) == 0:
		return none("Nothing has been applied. Begin with `cdp apply`.")
	case len(configs) == 1:
		return none("Only one config has ever been applied here.")
	case configs[1].Withheld != "":
		return none(fmt.Sprintf("The text of the config before, %s, was not kept: %s. Go back in git, and apply that.", brief(configs[1].Digest), configs[1].Withheld))
	}
	opts, before := p.opts, configs[1]
	opts.Files = map[string][]byte{}
	for name, text := range before.Files {
		if strings.HasSuffix(name, config.Extension) { // earlier versions kept files of variables as well
			opts.Files[name] = []byte(text)
		}
	}
	p.backwards(ctx, configs[0], opts)
	var given variables
	if before.Variables != nil {
		if err := json.Unmarshal(before.Variables, &given); err != nil {
			return Options{}, "", p.Explain(fmt.Errorf("reading the variables of config %s: %w", before.Digest, err))
		}
	}
	opts.Kept, opts.Folder = &given.Kept, config.Kept{Values: given.Folder}
	return opts, fmt.Sprintf("config %s, applied at %sZ", brief(before.Digest), before.AppliedAt.UTC().Format(time.DateTime)), nil
}

func brief(digest string) string {
	if len(digest) > 8 {
		return digest[:8] + "…"
	}
	return digest
}

// backwards has the renames that brought the config in force carried out the other way round: going back must not take people
// for others because a block had another name.
func (p *Project) backwards(ctx context.Context, now state.Config, opts Options) {
	if now.Withheld != "" {
		return
	}
	load := func(files map[string][]byte) *config.Config {
		c, _ := config.Load(ctx, p.dir, config.LoadOptions{Secretless: true, Files: files, Environ: opts.Environ, Vars: opts.Vars, VarFiles: opts.VarFiles, KnownConnectors: p.known()})
		return c // what is wrong with it is told when it is opened
	}
	inForce := map[string][]byte{}
	for name, text := range now.Files {
		inForce[name] = []byte(text)
	}
	before := load(opts.Files)
	var text strings.Builder
	for _, m := range load(inForce).Moves {
		_, had := before.Block(m.From)
		if _, has := before.Block(m.To); had && !has {
			fmt.Fprintf(&text, "moved {\n  from = %s\n  to   = %s\n}\n", m.To, m.From)
		}
	}
	if text.Len() > 0 {
		opts.Files["going-back.cdp.hcl"] = []byte(text.String())
	}
}
