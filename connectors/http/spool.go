package http

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// spoolMemory is how much of a read is held in memory before it moves to a file.
const spoolMemory = 16 << 20

// spool keeps the records of a read until their types are known. Beyond spoolMemory they lie in a file that has no name
// from the start: a killed process leaves nothing behind.
type spool struct {
	memory bytes.Buffer
	file   *os.File
	out    *bufio.Writer
	count  int64
}

// add keeps one record with the place it came from.
func (s *spool) add(page, number int, record []byte) error {
	var head [3 * binary.MaxVarintLen64]byte
	n := binary.PutUvarint(head[:], uint64(page))
	n += binary.PutUvarint(head[n:], uint64(number))
	n += binary.PutUvarint(head[n:], uint64(len(record)))
	if s.file == nil && s.memory.Len()+n+len(record) > spoolMemory {
		if err := s.spill(); err != nil {
			return fmt.Errorf("keeping records in a temporary file: %w", err)
		}
	}
	s.count++
	if s.file == nil {
		s.memory.Write(head[:n])
		s.memory.Write(record)
		return nil
	}
	if _, err := s.out.Write(head[:n]); err != nil {
		return fmt.Errorf("keeping records in a temporary file: %w", err)
	}
	if _, err := s.out.Write(record); err != nil {
		return fmt.Errorf("keeping records in a temporary file: %w", err)
	}
	return nil
}

func (s *spool) spill() error {
	file, err := os.CreateTemp("", "cdp-http-*")
	if err != nil {
		return err
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return err
	}
	s.file, s.out = file, bufio.NewWriterSize(file, 1<<20)
	_, err = s.out.Write(s.memory.Bytes())
	s.memory = bytes.Buffer{}
	return err
}

// each gives the records back in order. The bytes are valid until the next.
func (s *spool) each(yield func(page, number int, record []byte) error) error {
	var in *bufio.Reader
	if s.file == nil {
		in = bufio.NewReader(bytes.NewReader(s.memory.Bytes()))
	} else {
		if err := s.out.Flush(); err != nil {
			return fmt.Errorf("keeping records in a temporary file: %w", err)
		}
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("reading records back: %w", err)
		}
		in = bufio.NewReaderSize(s.file, 1<<20)
	}
	var record []byte
	for range s.count {
		var head [3]uint64
		for i := range head {
			v, err := binary.ReadUvarint(in)
			if err != nil {
				return fmt.Errorf("reading records back: %w", err)
			}
			head[i] = v
		}
		if cap(record) < int(head[2]) {
			record = make([]byte, head[2])
		}
		record = record[:head[2]]
		if _, err := io.ReadFull(in, record); err != nil {
			return fmt.Errorf("reading records back: %w", err)
		}
		if err := yield(int(head[0]), int(head[1]), record); err != nil {
			return err
		}
	}
	return nil
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
	}
}
