package render

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
)

// quiet is how long something must take before anybody hears of it.
const quiet = 2 * time.Second

// Progress shows what is under way: a few lines that are drawn over and over on a terminal, a plain line every few seconds
// elsewhere. It is safe for use from several goroutines. A nil Progress shows nothing.
type Progress struct {
	mu     sync.Mutex
	w      io.Writer
	screen *screen // nil: plain lines
	events *Events // not nil: events as well
	began  time.Time
	tasks  map[string]*task
	order  []string // tasks as they came
	phase  string
	told   string // phase told last, as a plain line
	remark string // stands below all else on a terminal
}

// task is how far one block is. Whoever reports only stores numbers; they are read by the one who draws.
type task struct {
	began, said time.Time
	done, total int64
	unit        string
}

// NewProgress begins; terminal says whether w is one to draw on. events may be nil.
func NewProgress(w io.Writer, terminal bool, events *Events) *Progress {
	p := &Progress{w: w, events: events, began: time.Now(), tasks: map[string]*task{}}
	if terminal && events == nil {
		p.screen = newScreen(w, p.lines)
	}
	return p
}

// Phase says what begins. On a terminal it stands there until the next; elsewhere it is told once something has taken
// long enough to wonder.
func (p *Progress) Phase(name string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase != name {
		p.phase, p.tasks, p.order = name, map[string]*task{}, nil
	}
	switch {
	case p.screen != nil:
		p.screen.start()
	case p.events == nil:
		if wait := quiet - time.Since(p.began); wait > 0 {
			time.AfterFunc(wait, func() { p.tell(name) })
			return
		}
		p.say(name)
	}
}

// tell says a phase that still lasts.
func (p *Progress) tell(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase == name {
		p.say(name)
	}
}

// say writes a phase as a plain line, once.
func (p *Progress) say(name string) {
	if p.told != name {
		p.told = name
		fmt.Fprintf(p.w, "%s…\n", name)
	}
}

// Remark adds a line below what is drawn, and reports whether anything is.
func (p *Progress) Remark(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remark = text
	return p.screen != nil && p.phase != ""
}

// Progress tells how far one block is.
func (p *Progress) Progress(address string, done, total int64, unit string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tasks[address]
	if t == nil {
		t = &task{began: time.Now(), said: time.Now()}
		p.tasks[address] = t
		p.order = append(p.order, address)
	}
	t.done, t.total, t.unit = max(t.done, done), total, unit // reports of several goroutines may overtake each other
	if p.screen != nil {
		p.screen.start()
		return
	}
	if time.Since(t.said) < quiet {
		return
	}
	t.said = time.Now()
	if p.events != nil {
		p.events.Emit(newProgressEvent(address, t.done, total, unit))
		return
	}
	fmt.Fprintln(p.w, line(address, t))
}

// Stop takes what is drawn off the screen, until something begins anew.
func (p *Progress) Stop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.phase, p.tasks, p.order = "", map[string]*task{}, nil
	p.mu.Unlock()
	if p.screen != nil {
		p.screen.stop()
	}
}

// mostTasks is how many blocks are drawn at once.
const mostTasks = 8

// lines are what stands on the terminal now: a bar for every block that is not done, below them the phase.
func (p *Progress) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, address := range p.order {
		t := p.tasks[address]
		if t.total > 0 && t.done >= t.total || time.Since(t.began) < quiet/4 || len(out) == mostTasks {
			continue
		}
		out = append(out, "  "+pad(clipTo(address, 28), 28)+" "+bar(t.done, t.total)+state(t))
	}
	if p.phase != "" {
		out = append(out, p.phase+"…")
	}
	if p.remark != "" {
		out = append(out, p.remark)
	}
	return out
}

// bar draws how much of a known total is done.
func bar(done, total int64) string {
	const wide = 16
	if total <= 0 {
		return ""
	}
	full := int(min(done, total) * wide / total)
	out := make([]rune, wide)
	for i := range out {
		out[i] = '░'
		if i < full {
			out[i] = '█'
		}
	}
	return string(out)
}

func state(t *task) string {
	spent := time.Since(t.began).Seconds()
	rate := float64(t.done) / max(spent, 0.001)
	out := " " + amount(t.done, t.unit) + "  " + amount(int64(rate), t.unit) + "/s"
	if t.total > t.done && rate > 0 {
		out += "  " + seconds(float64(t.total-t.done)/rate) + " left"
	}
	return out
}

func line(address string, t *task) string {
	out := "  " + address + state(t)
	if t.total > 0 {
		out += "  of " + amount(t.total, t.unit)
	}
	return out
}

func amount(n int64, unit string) string {
	if unit == "bytes" {
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return number(n) + " " + counted(n, unit)
}

func clipTo(text string, n int) string {
	return runewidth.Truncate(text, n, "…")
}

type progressEvent struct {
	Type    string `json:"type"`
	Address string `json:"address"`
	Done    int64  `json:"done"`
	Total   *int64 `json:"total"` // null: not known
	Unit    string `json:"unit"`
}

func newProgressEvent(address string, done, total int64, unit string) progressEvent {
	e := progressEvent{Type: "progress", Address: address, Done: done, Unit: unit}
	if total > 0 {
		e.Total = &total
	}
	return e
}
