package http

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/itchyny/gojq"
)

// programTimeout bounds one run of a jq program: `repeat(.)` must not hang a load.
const programTimeout = 30 * time.Second

// program is a compiled jq program. It may be used by several goroutines.
type program struct {
	code *gojq.Code
}

// programError is a program that does not compile, and where (-1: not known).
type programError struct {
	offset  int
	message string
}

func (e *programError) Error() string { return e.message }

// compile reads a jq program that may use the given variables ("$parent").
func compile(text string, variables ...string) (*program, error) {
	query, err := gojq.Parse(text)
	if err != nil {
		return nil, parseProblem(text, err)
	}
	code, err := gojq.Compile(query, gojq.WithVariables(variables))
	if err != nil {
		return nil, &programError{offset: nameOffset(text, err.Error()), message: "The program does not compile: " + err.Error() + "."}
	}
	return &program{code: code}, nil
}

func parseProblem(text string, err error) error {
	var parse *gojq.ParseError
	if !errors.As(err, &parse) {
		return &programError{offset: -1, message: "The program cannot be read: " + err.Error() + "."}
	}
	offset := parse.Offset - len(parse.Token)
	if parse.Token == "" {
		offset = len(text)
	}
	return &programError{offset: min(max(offset, 0), len(text)), message: "The program cannot be read: " + err.Error() + "."}
}

// nameOffset finds what a compiler's message is about ("function not defined: maap/1") in the program.
func nameOffset(text, message string) int {
	_, name, found := strings.Cut(message, "not defined: ")
	if !found {
		return -1
	}
	name, _, _ = strings.Cut(name, "/")
	for from := 0; ; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			return -1
		}
		at += from
		end := at + len(name)
		if (at == 0 || !isWord(text[at-1])) && (end == len(text) || !isWord(text[end])) {
			return at
		}
		from = at + 1
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// run gives every value of the program over input to yield.
func (p *program) run(ctx context.Context, input any, yield func(any) error, variables ...any) error {
	ctx, cancel := context.WithTimeout(ctx, programTimeout)
	defer cancel()
	iter := p.code.RunWithContext(ctx, input, variables...)
	for {
		value, ok := iter.Next()
		if !ok {
			return nil
		}
		if err, failed := value.(error); failed {
			var halt *gojq.HaltError
			if errors.As(err, &halt) && halt.Value() == nil {
				return nil
			}
			if ctx.Err() != nil {
				return fmt.Errorf("%w than %s", errTooLong, programTimeout)
			}
			return fmt.Errorf("the program failed: %w", plain(err))
		}
		if err := yield(value); err != nil {
			return err
		}
	}
}

// errTooLong is a program that was stopped.
var errTooLong = errors.New("the program ran for more")

// plain leaves out of the program's own error(…) what is no sentence: an object that it threw may be a whole record.
func plain(err error) error {
	var thrown gojq.ValueError
	if errors.As(err, &thrown) {
		if _, sentence := thrown.Value().(string); !sentence {
			return errors.New("error(…) was called")
		}
	}
	return err
}

var errEnough = errors.New("enough")

// first is the first value of the program, nil if it gives none.
func (p *program) first(ctx context.Context, input any, variables ...any) (any, error) {
	var got any
	err := p.run(ctx, input, func(v any) error {
		got = v
		return errEnough
	}, variables...)
	if errors.Is(err, errEnough) {
		err = nil
	}
	return got, err
}

// holds reports whether the program gives something that is neither null nor false.
func (p *program) holds(ctx context.Context, input any, variables ...any) (bool, error) {
	got, err := p.first(ctx, input, variables...)
	return got != nil && got != false, err
}
