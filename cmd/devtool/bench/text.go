package main

import (
	"bytes"
	"os"
	"strings"
)

// cutFrom is the text before a word.
func cutFrom(text []byte, word string) []byte {
	before, _, _ := bytes.Cut(text, []byte(word))
	return bytes.Clone(before)
}

func replace(text, old, with string) string { return strings.Replace(text, old, with, 1) }

// size of a file; 0 if there is none.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
