package render

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// How often a terminal is drawn, and how long something must take to be drawn at all.
const (
	redraw = 150 * time.Millisecond
	patent = 400 * time.Millisecond
)

// screen keeps some lines at the bottom of a terminal up to date. One goroutine draws: what it draws only goes forward.
type screen struct {
	w     io.Writer
	lines func() []string

	mu    sync.Mutex
	end   chan struct{} // not nil: being drawn
	ended chan struct{}
}

func newScreen(w io.Writer, lines func() []string) *screen { return &screen{w: w, lines: lines} }

// start begins to draw, if nobody does yet.
func (s *screen) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end != nil {
		return
	}
	s.end, s.ended = make(chan struct{}), make(chan struct{})
	go s.draw(s.end, s.ended)
}

// stop ends drawing and leaves nothing behind. Once it returns, others may write.
func (s *screen) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end == nil {
		return
	}
	close(s.end)
	<-s.ended
	s.end = nil
}

func (s *screen) draw(end, ended chan struct{}) {
	defer close(ended)
	drawn := 0
	for wait := patent; ; wait = redraw {
		select {
		case <-end:
			_, _ = io.WriteString(s.w, erase(drawn))
			return
		case <-time.After(wait):
		}
		lines := s.lines()
		wide := StyleOf(s.w, false).Width
		var out strings.Builder
		out.WriteString(erase(drawn))
		for _, l := range lines {
			out.WriteString(clipTo(l, wide-1) + "\n") // a line that wraps could not be erased
		}
		_, _ = io.WriteString(s.w, out.String()) // at once: half a picture flickers
		drawn = len(lines)
	}
}

// erase takes the last lines away.
func erase(lines int) string {
	if lines == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\x1b[J", lines)
}
