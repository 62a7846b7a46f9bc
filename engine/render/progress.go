package render

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// quiet is how long something must take before anybody hears of it.
const quiet = 2 * time.Second

// Progress shows how far blocks are: a bar each on a terminal, a plain line every few seconds elsewhere. It is safe for use
// from several goroutines. A nil Progress shows nothing.
type Progress struct {
	mu      sync.Mutex
	w       io.Writer
	draw    *mpb.Progress // nil: plain lines
	events  *Events       // not nil: events as well
	began   time.Time
	tasks   map[string]*task
	phase   string // told last
	stopped bool
}

type task struct {
	bar         *mpb.Bar
	began, said time.Time
	done, total int64
}

// NewProgress begins; terminal says whether w is one. events may be nil.
func NewProgress(w io.Writer, terminal bool, events *Events) *Progress {
	p := &Progress{w: w, events: events, began: time.Now(), tasks: map[string]*task{}}
	if terminal && events == nil {
		p.draw = mpb.New(mpb.WithOutput(w), mpb.WithWidth(32), mpb.WithRefreshRate(150*time.Millisecond))
	}
	return p
}

// Phase says what begins, once it has taken long enough to wonder.
func (p *Progress) Phase(name string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped || p.phase == name || p.draw != nil || p.events != nil || time.Since(p.began) < quiet {
		return
	}
	p.phase = name
	fmt.Fprintf(p.w, "%s…\n", name)
}

// Progress tells how far one block is.
func (p *Progress) Progress(address string, done, total int64, unit string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return
	}
	t := p.tasks[address]
	if t == nil {
		t = &task{began: time.Now(), said: time.Now()}
		p.tasks[address] = t
	}
	t.done, t.total = done, total
	if p.draw != nil {
		p.bar(address, t, unit)
		return
	}
	if time.Since(t.said) < quiet {
		return
	}
	t.said = time.Now()
	if p.events != nil {
		p.events.Emit(progressEvent(address, done, total, unit))
		return
	}
	fmt.Fprintln(p.w, line(address, t, unit))
}

func (p *Progress) bar(address string, t *task, unit string) {
	if t.bar == nil {
		if time.Since(t.began) < quiet/4 {
			return
		}
		t.bar = p.draw.AddBar(max(t.total, 1), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(clipTo(address, 28), decor.WC{W: 29, C: decor.DindentRight})),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
				p.mu.Lock()
				defer p.mu.Unlock()
				return state(t, unit)
			})))
	}
	// The bar's own lock is taken by its drawing, which asks for ours: never hold both.
	bar, done, total := t.bar, t.done, t.total
	go func() {
		if total > 0 {
			bar.SetTotal(total, false)
		}
		bar.SetCurrent(done)
	}()
}

func state(t *task, unit string) string {
	spent := time.Since(t.began).Seconds()
	rate := float64(t.done) / max(spent, 0.001)
	out := " " + amount(t.done, unit) + "  " + amount(int64(rate), unit) + "/s"
	if t.total > t.done && rate > 0 {
		out += "  " + seconds(float64(t.total-t.done)/rate) + " left"
	}
	return out
}

func line(address string, t *task, unit string) string {
	out := "  " + address + state(t, unit)
	if t.total > 0 {
		out += "  of " + amount(t.total, unit)
	}
	return out
}

func amount(n int64, unit string) string {
	if unit == "bytes" {
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return number(n) + " " + unit
}

func clipTo(text string, n int) string {
	return runewidth.Truncate(text, n, "…")
}

// Stop takes the bars off the screen.
func (p *Progress) Stop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.stopped = true
	var bars []*mpb.Bar
	for _, t := range p.tasks {
		if t.bar != nil {
			bars = append(bars, t.bar)
		}
	}
	draw := p.draw
	p.mu.Unlock()
	for _, b := range bars {
		b.Abort(true)
	}
	if draw != nil {
		draw.Shutdown()
	}
}

func progressEvent(address string, done, total int64, unit string) any {
	var of any
	if total > 0 {
		of = total
	}
	return struct {
		Type    string `json:"type"`
		Address string `json:"address"`
		Done    int64  `json:"done"`
		Total   any    `json:"total"`
		Unit    string `json:"unit"`
	}{"progress", address, done, of, unit}
}
