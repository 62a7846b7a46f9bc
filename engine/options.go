package engine

import (
	"log/slog"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/apply"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/plugins/host"
)

// Words of other rooms that callers of the engine use.
type (
	Plan    = plan.Plan
	Drift   = plan.Drift
	Report  = apply.Report
	Command = host.Command
)

// UserMaskVariable tells connector processes the umask the user started cdp with (octal): files they write for people
// follow it.
const UserMaskVariable = "CDP_USER_UMASK"

// Options are what a command line says for every command.
type Options struct {
	Vars        map[string]string
	VarFiles    []string
	PlanFile    string            // a saved plan that is to be carried out: it brings variables
	Environ     []string          // for CDP_VAR_* and CDP_PLAN_KEY
	Secretless  bool              // for commands that reach neither a source nor a tool: secrets need no value
	Files       map[string][]byte // HCL instead of the folder's, see Previous; nil: the folder's
	Kept        *config.Kept      // variables that go with Files: of the command line
	Folder      config.Kept       // and those of the folder's *.cdpvars.hcl files
	AsOf        time.Time
	Began       time.Time // when the command began, wall clock; zero: when the project is opened
	Parallelism int       // 0: the cores
	LockTimeout time.Duration
	Version     string
	Builtins    map[string]Command // how to start each built-in connector
	Command     string             // the command line, for those who meet our lock
	UserMask    int
	Log         *slog.Logger
	Listener    Listener // hears which connectors are asked what they take; nil: nobody
}

// Listener hears of what is under way. Methods may be called from several goroutines.
type Listener interface {
	// Progress tells how far one block is. total 0: not known. unit: rows, bytes, operations.
	Progress(address string, done, total int64, unit string)
	// Phase tells what begins for people: "Planning", "Loading", "Sending".
	Phase(name string)
}

// PhaseDone is the phase after the last: a listener clears the screen.
const PhaseDone = ""

// PlanOptions are of `cdp plan`.
type PlanOptions struct {
	Refresh  string   // auto, all, none
	Out      string   // file to save to; empty: not saved
	Samples  bool     // a few operations of each sync, to look at
	Target   []string // addresses the plan is restricted to, with what they read; none: everything
	Listener Listener
}

// ApplyOptions are of `cdp apply`.
type ApplyOptions struct {
	File       string        // saved plan; empty: plan anew
	MaxAge     time.Duration // of the saved plan; 0: as the project says
	ApprovedBy string
	Target     []string // as PlanOptions; not with File
	Allow      []string
	Drifted    func([]plan.Drift)     // hears what moved since a saved plan was approved, before it is carried out; may be nil
	Warned     func(diag.Diagnostics) // hears what is doubtful about a plan before it is asked for; nil: it is told at the end
	Approve    func(*Plan) bool       // shows the plan and asks
	Listener   Listener
}

// RunOptions are of `cdp run`.
type RunOptions struct {
	Select   []string
	Allow    []string
	Listener Listener
}

// Outcome is how an apply or run ended.
type Outcome struct {
	Plan     *Plan
	Report   *Report
	ExitCode int
}

// Exit codes, as the documentation of plan and apply lists them.
const (
	ExitOK          = 0
	ExitError       = 1
	ExitBlocked     = 3
	ExitStale       = 4
	ExitLocked      = 5
	ExitPartial     = 6
	ExitRejected    = 7
	ExitInterrupted = 130
)

// ExitCode is the exit code of diagnostics: by their code where one has a meaning of its own, else otherwise.
func ExitCode(ds diag.Diagnostics, otherwise int) int {
	code := 0
	for _, d := range ds {
		if d.Severity != diag.Error {
			continue
		}
		switch {
		case d.Code == codeLocked:
			return ExitLocked
		case stale[d.Code] && code == 0:
			code = ExitStale
		case blocks(d.Code) && code == 0:
			code = ExitBlocked
		case !stale[d.Code] && !blocks(d.Code):
			code = ExitError
		}
	}
	if code == 0 {
		return otherwise
	}
	return code
}

const codeLocked = "state.locked"

var stale = map[string]bool{"plan.stale": true, "plan.damaged": true, "plan.foreign": true, "plan.consumed": true, "plan.expired": true, "run.not_applied": true}

// blocks reports whether a diagnostic is of a guard, a contract, a check or a policy.
func blocks(code string) bool {
	return strings.HasPrefix(code, "guard.") || code == "contract.broken" || code == "check.failed" || code == "policy.failed"
}

// ParseDuration reads a length of time as HCL has it: 30d, 12h, "5 minutes".
func ParseDuration(text string) (time.Duration, error) { return config.ParseDuration(text) }
