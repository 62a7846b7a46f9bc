package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// secretFileFunc gives the text of a file as a secret, without the newline that editors put at its end.
func (l *loader) secretFileFunc() function.Function {
	return function.New(&function.Spec{
		Params: stringParams("path"), Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, err := l.readText(args[0].AsString())
			switch {
			case err != nil && l.opts.Secretless:
				return cty.UnknownVal(cty.String).Mark(secretMark("secret_file")), nil
			case err != nil:
				return cty.NilVal, err
			}
			text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
			v := cty.StringVal(text)
			l.secret(v)
			return v.Mark(secretMark("secret_file")), nil
		},
	})
}

const (
	commandLimit  = 30 * time.Second
	commandOutput = 1 << 20
)

// secretCommandFunc gives what a command prints as a secret: of a password manager. A command runs once, however often its
// value is asked for.
func (l *loader) secretCommandFunc() function.Function {
	type answer struct {
		text string
		err  error
	}
	said := map[string]answer{}
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "command", Type: cty.List(cty.String)}}, Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if !args[0].IsWhollyKnown() {
				return cty.UnknownVal(cty.String), nil
			}
			words, ok := stringList(args[0])
			if !ok || len(words) == 0 || words[0] == "" {
				return cty.NilVal, fmt.Errorf(`a command is a list of words: ["pass", "crm"]`)
			}
			if l.opts.Secretless {
				return cty.UnknownVal(cty.String).Mark(secretMark("secret_command")), nil
			}
			key := strings.Join(words, "\x00")
			a, known := said[key]
			if !known {
				a.text, a.err = l.runSecret(words)
				said[key] = a
			}
			if a.err != nil {
				return cty.NilVal, a.err
			}
			v := cty.StringVal(a.text)
			l.secret(v)
			return v.Mark(secretMark("secret_command")), nil
		},
	})
}

// runSecret runs a command that gets nothing of ours but where programs and the user's own files are. What it says is a
// secret, also when it fails.
func (l *loader) runSecret(words []string) (string, error) {
	ctx, cancel := context.WithTimeout(l.ctx, commandLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir, cmd.Env = l.cfg.Dir, []string{}
	for _, pair := range l.opts.Environ {
		if name, _, _ := strings.Cut(pair, "="); name == "PATH" || name == "HOME" {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	// What the command started ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	out := &limited{}
	cmd.Stdout = out
	err := cmd.Run()
	text := strings.TrimSpace(out.String())
	var exit *exec.ExitError
	switch {
	case l.ctx.Err() != nil:
		return "", fmt.Errorf("the command %s was interrupted", words[0])
	case ctx.Err() != nil:
		return "", fmt.Errorf("the command %s took longer than %d seconds", words[0], int(commandLimit.Seconds()))
	case out.full:
		return "", fmt.Errorf("the command %s printed more than %d bytes", words[0], commandOutput)
	case errors.As(err, &exit):
		return "", fmt.Errorf("the command %s failed (%s); what it printed is not shown, as it may be secret. Run it in a terminal", words[0], exit.ProcessState)
	case err != nil:
		return "", fmt.Errorf("the command %s could not be run: %s", words[0], reason(err))
	case text == "" || !utf8.ValidString(text):
		return "", fmt.Errorf("the command %s printed no text", words[0])
	}
	return text, nil
}

// reason is the innermost error: those around it repeat the command.
func reason(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// limited keeps what is written to it up to a limit.
type limited struct {
	bytes.Buffer
	full bool
}

func (l *limited) Write(b []byte) (int, error) {
	if l.Len()+len(b) > commandOutput {
		l.full = true
		return 0, errors.New("too much")
	}
	return l.Buffer.Write(b)
}
