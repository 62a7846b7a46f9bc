package host

import (
	"bufio"
	"io"
	"strings"
	"sync"
	"time"
)

// Caps on what a connector prints.
const (
	maxLine        = 64 << 10 // read; the rest of the line is dropped
	shownLine      = 1 << 10  // shown
	tailLines      = 20
	maxShown       = 1 << 20 // bytes shown in all
	linesPerSecond = 100
)

// output is what a connector prints: redacted, escaped, capped. It is always read on, so that a connector never blocks on
// it; a flood is slowed down instead.
type output struct {
	name    string
	secrets *redactor
	show    func(connector, line string)

	mu     sync.Mutex
	last   []string
	shown  int
	second time.Time
	lines  int
	muted  bool
}

func newOutput(name string, secrets *redactor, show func(string, string)) *output {
	return &output{name: name, secrets: secrets, show: show}
}

// follow reads lines until the end.
func (o *output) follow(r io.Reader) {
	reader := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := reader.ReadSlice('\n')
		if len(line) > 0 {
			o.line(string(line))
		}
		if err == bufio.ErrBufferFull {
			err = dropLine(reader)
		}
		if err != nil {
			return
		}
	}
}

// dropLine skips the rest of a line that is too long, not faster than a sane connector would write.
func dropLine(r *bufio.Reader) error {
	for {
		time.Sleep(time.Millisecond)
		if _, err := r.ReadSlice('\n'); err != bufio.ErrBufferFull {
			return err
		}
	}
}

func (o *output) line(raw string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if now.Sub(o.second) >= time.Second {
		o.second, o.lines, o.muted = now, 0, false
	}
	if o.lines++; o.lines > linesPerSecond {
		if !o.muted {
			o.muted = true
			o.emit("(more output than is shown)")
		}
		if o.lines%linesPerSecond == 0 {
			time.Sleep(time.Millisecond)
		}
		return
	}
	text := printable(o.secrets.clean(strings.TrimRight(raw, "\r\n")), shownLine)
	if text == "" {
		return
	}
	o.last = append(o.last, text)
	if len(o.last) > tailLines {
		o.last = o.last[1:]
	}
	o.emit(text)
}

func (o *output) emit(text string) {
	if o.show == nil || o.shown > maxShown {
		return
	}
	o.shown += len(text)
	o.show(o.name, text)
}

// tail are the last lines.
func (o *output) tail() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.last, "\n")
}
