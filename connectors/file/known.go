package file

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"time"

	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/zeebo/xxh3"
)

const (
	settled   = 2 * time.Second // a file younger than this may still change without its time changing
	edgeBlock = 64 << 10
)

// state is what the connector remembers of a stream between reads: the host keeps it.
type state struct {
	Version int                    `json:"version"`
	Setup   string                 `json:"setup"` // digest of how the stream is read
	Files   map[string]fingerprint `json:"files"`
}

// fingerprint is what a file is known by.
type fingerprint struct {
	Size    int64  `json:"size"`
	Time    int64  `json:"time"` // nanoseconds
	Inode   uint64 `json:"inode"`
	Edges   string `json:"edges"`   // digest of the first and the last block
	Settled bool   `json:"settled"` // it was old enough when it was read
}

func (s *source) fingerprint(f found, now time.Time) (fingerprint, error) {
	edges, err := edgesOf(f.path, f.info.Size())
	if err != nil {
		return fingerprint{}, err
	}
	return fingerprint{
		Size: f.info.Size(), Time: f.info.ModTime().UnixNano(), Inode: inode(f.info), Edges: edges,
		Settled: now.Sub(f.info.ModTime()) >= settled,
	}, nil
}

// same says that the file is certainly as it was when it was read.
func (f fingerprint) same(was fingerprint) bool {
	return was.Settled && f.Size == was.Size && f.Time == was.Time && f.Inode == was.Inode && f.Edges == was.Edges
}

func edgesOf(path string, size int64) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	hash := xxh3.New()
	for _, from := range []int64{0, max(0, size-edgeBlock)} {
		if _, err := io.Copy(hash, io.NewSectionReader(in, from, edgeBlock)); err != nil {
			return "", err
		}
	}
	sum := hash.Sum128().Bytes()
	return hex.EncodeToString(sum[:]), nil
}

// setupOf is a digest of everything besides the files that decides what a read gives.
func setupOf(stream sdk.StreamRequest) string {
	text := encodeJSON([]any{json.RawMessage(stream.Settings), stream.PrimaryKey, stream.Cursor, stream.Pinned})
	sum := xxh3.Hash128(text).Bytes()
	return hex.EncodeToString(sum[:])
}

// readState is the state of the last read, or an empty one if there is none or the stream is read in another way now.
func readState(raw json.RawMessage, setup string) state {
	var s state
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil || s.Version != 1 || s.Setup != setup {
		return state{Version: 1, Setup: setup}
	}
	return s
}
