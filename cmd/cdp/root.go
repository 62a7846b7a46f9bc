package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// app is what every command shares: streams, global flags, and how to end.
type app struct {
	ctx    context.Context
	stdout *output
	stderr io.Writer
	stdin  *os.File
	began  time.Time
	bars   atomic.Pointer[render.Progress] // what shows progress now

	dir         string
	json        bool
	noColor     bool
	vars        []string
	varFiles    []string
	asOf        string
	secretless  bool // see look
	parallelism int
	lockTimeout time.Duration
	logLevel    string
	allow       []string
	planFile    string         // saved plan to carry out
	called      string         // the command line, see called
	flags       *pflag.FlagSet // those of every command

	events *render.Events
}

func newRoot(a *app) *cobra.Command {
	asVersion := false
	root := &cobra.Command{
		Use:           "cdp",
		Short:         "Customer data as code",
		Long:          "cdp plans and carries out what the HCL of a folder says: sources, identity, traits, segments, destinations.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		PersistentPreRun: func(cmd *cobra.Command, args []string) {
			a.called = called(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args)
			}
			if asVersion {
				return a.tellVersion()
			}
			return a.whichCommand(cmd)
		},
		Example:                    "  cdp init --example shop\n  cdp plan\n  cdp apply\n  cdp query \"select * from customer.profiles limit 5\"",
		SuggestionsMinimumDistance: 2,
		CompletionOptions:          cobra.CompletionOptions{DisableDefaultCmd: true}, // ours is newCompletion
	}
	root.SetFlagErrorFunc(flagError)
	root.Flags().BoolVar(&asVersion, "version", false, "the same as cdp version")
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetHelpFunc(a.help)
	root.SetHelpCommand(newHelp(a))
	f := root.PersistentFlags()
	f.StringVar(&a.dir, "chdir", ".", "the project's folder")
	f.BoolVar(&a.json, "json", false, "one JSON object a line on stdout")
	f.BoolVar(&a.noColor, "no-color", false, "no colours (also NO_COLOR)")
	f.StringArrayVar(&a.vars, "var", nil, "value of a variable, `name=value` (also CDP_VAR_name)")
	f.StringArrayVar(&a.varFiles, "var-file", nil, "`file` with values of variables")
	f.StringVar(&a.asOf, "as-of", "", "the run's clock, RFC 3339 (also CDP_AS_OF; default now)")
	f.IntVar(&a.parallelism, "parallelism", 0, "how much runs side by side (default: the cores)")
	f.Var(duration{&a.lockTimeout}, "lock-timeout", "how long to wait for the warehouse: 30s, 5 minutes")
	f.StringVar(&a.logLevel, "log-level", "", "debug, info, warn or error: JSON lines on stderr (also CDP_LOG)")
	root.AddCommand(
		newInit(a), newValidate(a), newFmt(a), newPlan(a), newApply(a), newRun(a), newRollback(a), newShow(a), newQuery(a), newStatus(a), newExplain(a), newGraph(a),
		newConnector(a), newCompletion(a), newVersion(a), newServeConnector(a), newReference(a),
	)
	a.flags = f
	return root
}

// unknownCommand tells of a word that is no command of cmd.
func unknownCommand(cmd *cobra.Command, words []string) error {
	if cmd.HasParent() {
		return fmt.Errorf("`%s` has no command %q%s", cmd.CommandPath(), words[0], suggestion(cmd, words[0]))
	}
	return fmt.Errorf("there is no command %q%s", words[0], suggestion(cmd, words[0]))
}

func suggestion(cmd *cobra.Command, word string) string {
	if near := cmd.SuggestionsFor(word); len(near) > 0 {
		return fmt.Sprintf("; did you mean %q?", near[0])
	}
	return ""
}

// usageError prints what is wrong with the command line.
func (a *app) usageError(err error) {
	d := diag.NewError("cli.usage", "This is not how cdp is called", sentence(err.Error())+" `cdp --help` lists commands, `cdp COMMAND --help` their flags.", nil)
	a.tell(diag.Diagnostics{d}, nil)
	a.summary(nil, 1)
}

// start begins the command's output.
func (a *app) start() {
	if a.json && a.events == nil {
		a.events = render.NewEvents(a.stdout, version)
	}
}

// tell prints diagnostics: for people on stderr, or as events.
func (a *app) tell(ds diag.Diagnostics, files map[string][]byte) {
	if len(ds) == 0 {
		return
	}
	if a.json {
		a.start()
		a.events.Diagnostics(ds)
	}
	// Errors are told to people on stderr in either mode: a log of a failed job must say why.
	render.Diagnostics(a.stderr, render.StyleOf(a.stderr, a.noColor), ds, files)
}

func (a *app) summary(p *engine.Plan, code int) {
	if a.json {
		a.start()
		a.events.Summary(p, code)
	}
}

// end turns diagnostics into an exit code, after the last line was written.
func (a *app) end(p *engine.Plan, code int) error {
	if cause := context.Cause(a.ctx); cause != nil {
		var sig interrupted
		if errors.As(cause, &sig) {
			code = int(sig)
		}
	}
	a.summary(p, code)
	if code != 0 {
		return exitError(code)
	}
	return nil
}

// options are the engine's options from the global flags.
func (a *app) options() (engine.Options, error) {
	out := engine.Options{
		VarFiles: a.varFiles, PlanFile: a.planFile, Vars: map[string]string{}, Environ: os.Environ(), Parallelism: a.parallelism, LockTimeout: a.lockTimeout,
		Version: version, Builtins: builtins(), Command: a.called, UserMask: userMask, Began: a.began, Secretless: a.secretless,
	}
	for _, v := range a.vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok {
			return out, fmt.Errorf("--var takes name=value, not %q", v)
		}
		out.Vars[name] = value
	}
	out.AsOf = time.Now().UTC().Truncate(time.Second)
	if asOf, by := given(a.asOf, "--as-of", "CDP_AS_OF"); asOf != "" {
		t, err := time.Parse(time.RFC3339, asOf)
		if err != nil {
			return out, fmt.Errorf("%s takes a time such as 2026-06-01T00:00:00Z, not %q", by, asOf)
		}
		out.AsOf = t.UTC().Truncate(time.Microsecond)
	}
	if a.parallelism < 0 || a.parallelism == 0 && a.flags.Changed("parallelism") || a.parallelism > 1024 {
		return out, fmt.Errorf("--parallelism takes a number from 1 to 1024, not %d", a.parallelism)
	}
	if a.lockTimeout < 0 {
		return out, fmt.Errorf("--lock-timeout takes a time such as 30s or 5m, not %s", a.lockTimeout)
	}
	level, err := logLevel(given(a.logLevel, "--log-level", "CDP_LOG"))
	if err != nil {
		return out, err
	}
	out.Log = newLogger(a.stderr, level)
	return out, nil
}

// look opens the project for a command that reaches neither a source nor a tool: secrets need no value.
func (a *app) look() (*engine.Project, error) {
	a.secretless = true
	return a.open()
}

// given is the value of a flag, or of the environment variable that stands for it; by says which of them gave it.
func given(value, flag, variable string) (text, by string) {
	if value != "" {
		return value, flag
	}
	return os.Getenv(variable), "the environment variable " + variable
}

// open opens the project of --chdir. On a mistake it has been told and the error is an exit code.
func (a *app) open() (*engine.Project, error) {
	a.start()
	opts, err := a.options()
	if err != nil {
		return nil, err
	}
	opts.Listener = a.listener(nil)
	p, ds := engine.Open(a.ctx, a.dir, opts)
	a.tell(ds, p.Files())
	if ds.HasErrors() {
		return nil, a.end(nil, 1)
	}
	return p, nil
}
