package file

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
)

const (
	maxValue    = 16 << 20 // a single value
	maxRecord   = 64 << 20 // a record
	keptOfHuge  = 1 << 10  // what is shown of a record over maxRecord
	maxBlock    = maxRecord + 4<<20
	firstGlance = 64 << 10
)

// blockSize is how much is parsed at a time. Tests make it small.
var blockSize = 4 << 20

// spare are buffers of blocks that were parsed: what is made of a block never points into it.
var spare = sync.Pool{New: func() any { return new([]byte) }}

// block is a run of whole physical lines.
type block struct {
	data  []byte
	last  bool
	spans []span // JSON: where the records are, if not a line each
	huge  bool   // data is the start of one line over maxRecord; the rest of the line was skipped
}

// lineReader cuts a file into blocks at line ends, where it can at one that stands outside quotes.
type lineReader struct {
	in    io.Reader
	quote byte // 0: quotes mean nothing
	tail  []byte
	done  bool
}

// next returns the next block, or io.EOF.
func (r *lineReader) next() (block, error) {
	if r.done {
		return block{}, io.EOF
	}
	buf := append((*spare.Get().(*[]byte))[:0], r.tail...)
	r.tail = r.tail[:0]
	want := len(buf) + blockSize
	for {
		if cap(buf) < want {
			buf = append(make([]byte, 0, want+want/4), buf...)
		}
		n, err := io.ReadFull(r.in, buf[len(buf):want])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			r.done = true
			return block{data: buf, last: true}, nil
		}
		if err != nil {
			return block{}, err
		}
		if cut := r.cut(buf); cut > 0 {
			r.tail = append(r.tail[:0], buf[cut:]...)
			return block{data: buf[:cut]}, nil
		}
		if len(buf) >= maxBlock {
			return r.skipLine(buf)
		}
		want = min(len(buf)*2, maxBlock)
	}
}

// cut finds where a block ends: after the last line end outside quotes as far as counting quotes tells, else after the
// last line end. Whoever parses the block finds out if that was inside a value after all.
func (r *lineReader) cut(buf []byte) int {
	end := bytes.LastIndexByte(buf, '\n') + 1
	if end == 0 || r.quote == 0 || bytes.Count(buf[:end], []byte{r.quote})%2 == 0 {
		return end
	}
	// The block starts outside quotes, so an odd count means that the cut is inside: go back to an even one.
	for at := end; ; {
		prev := bytes.LastIndexByte(buf[:at-1], '\n') + 1
		if prev == 0 {
			return end
		}
		if bytes.Count(buf[prev:at], []byte{r.quote})%2 != 0 {
			return prev
		}
		at = prev
	}
}

func (r *lineReader) skipLine(buf []byte) (block, error) {
	head := append([]byte(nil), buf[:keptOfHuge]...)
	chunk := buf[:blockSize]
	for {
		n, err := r.in.Read(chunk)
		if i := bytes.IndexByte(chunk[:n], '\n'); i >= 0 {
			r.tail = append(r.tail[:0], chunk[i+1:n]...)
			return block{data: head, huge: true}, nil
		}
		if errors.Is(err, io.EOF) {
			r.done = true
			return block{data: head, huge: true, last: true}, nil
		}
		if err != nil {
			return block{}, err
		}
	}
}

// task is a block on its way through a worker.
type task[T any] struct {
	block block
	done  chan struct{}
	out   T
	rest  int // bytes from here on belong to a record that goes on in the next block
}

// eachBlock parses blocks on all cores and takes the results in order. parse returns what it made of whole records and how
// many bytes those were; what is left is parsed again in front of the next block. take also gets the number of lines before.
func eachBlock[T any](ctx context.Context, in blockReader, parse func(b block) (T, int), take func(out T, before int64) error) error {
	ctx, cancel := context.WithCancel(ctx)
	workers := max(1, runtime.GOMAXPROCS(0))
	work := make(chan *task[T])
	queue := make(chan *task[T], workers+1)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	for range workers {
		group.Go(func() {
			for t := range work {
				t.out, t.rest = parse(t.block)
				close(t.done)
			}
		})
	}
	var readErr error
	group.Go(func() {
		defer close(work)
		defer close(queue)
		for {
			b, err := in.next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					readErr = err
				}
				return
			}
			t := &task[T]{block: b, done: make(chan struct{})}
			for _, to := range []chan *task[T]{queue, work} {
				select {
				case to <- t:
				case <-ctx.Done():
					return
				}
			}
		}
	})
	if err := inOrder(ctx, queue, parse, take); err != nil {
		return err
	}
	return readErr
}

func inOrder[T any](ctx context.Context, queue chan *task[T], parse func(b block) (T, int), take func(out T, before int64) error) error {
	var lines int64
	var carry []byte
	give := func(out T, data []byte) error {
		err := take(out, lines)
		lines += int64(bytes.Count(data, []byte{'\n'}))
		return err
	}
	for {
		var t *task[T]
		var open bool
		select {
		case t, open = <-queue:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !open {
			return ctx.Err()
		}
		select {
		case <-t.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		data, out, rest := t.block.data, t.out, t.rest
		if len(carry) > 0 {
			if t.block.huge {
				before, _ := parse(block{data: carry, last: true})
				if err := give(before, carry); err != nil {
					return err
				}
			} else {
				data = append(carry, data...)
				out, rest = parse(block{data: data, last: t.block.last})
			}
		}
		if err := give(out, data[:rest]); err != nil {
			return err
		}
		if t.block.huge {
			lines++
		}
		carry = append(carry[:0:0], data[rest:]...)
		spare.Put(&t.block.data)
	}
}
