package plan

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// A plan file is one line that names the format, the key's fingerprint, the seal, and when and from which commit it was
// written, then the plan as JSON. The seal covers all that follows it. The same plan, written at the same second and sealed
// with the same key, is the same bytes.
const (
	family = "cdp-plan "
	magic  = family + "1"
)

// ErrForeignKey is a plan sealed with a key that is not here.
var ErrForeignKey = errors.New("this plan was sealed with a key that is not here")

// Key is what seals plans.
type Key []byte

// KeyFor takes CDP_PLAN_KEY's value, else the project's own key, which it makes on first use (mode 0600).
func KeyFor(fromEnvironment, dir string) (Key, error) {
	if fromEnvironment != "" {
		return Key(fromEnvironment), nil
	}
	path := filepath.Join(dir, ".cdp", "plan.key")
	key, err := os.ReadFile(path)
	if err == nil && len(key) > 0 {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the plan key: %w", err)
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, fmt.Errorf("making a plan key: %w", err)
	}
	// Of two commands that need the first key at once, both take the key of whoever was first.
	if err := placePrivate(path, []byte(hex.EncodeToString(fresh)), linked); err != nil {
		return nil, fmt.Errorf("keeping the plan key: %w", err)
	}
	if key, err = os.ReadFile(path); err != nil {
		return nil, fmt.Errorf("reading the plan key: %w", err)
	}
	return key, nil
}

// KeyAt is the key that KeyFor would take, if there is one: in the environment, or in the first of the folders that is a
// project with a key, or inside of its .cdp. Nil: none is at hand.
func KeyAt(fromEnvironment string, folders ...string) Key {
	if fromEnvironment != "" {
		return Key(fromEnvironment)
	}
	for _, dir := range folders {
		for _, path := range []string{filepath.Join(dir, ".cdp", "plan.key"), filepath.Join(dir, "plan.key")} {
			if key, err := os.ReadFile(path); err == nil && len(key) > 0 {
				return key
			}
		}
	}
	return nil
}

func (k Key) fingerprint() string {
	sum := sha256.Sum256(append([]byte("cdp plan key\n"), k...))
	return hex.EncodeToString(sum[:8])
}

// Seal authenticates bytes with the key.
func (k Key) Seal(body []byte) string {
	mac := hmac.New(sha256.New, k)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Write saves a sealed plan, whole or not at all.
func Write(path string, p *Plan, key Key) error {
	body, err := p.content()
	if err != nil {
		return err
	}
	sealed := append([]byte(p.Made.String()+"\n"), body...)
	head := fmt.Sprintf("%s %s %s ", magic, key.fingerprint(), key.Seal(sealed))
	if err := writePrivate(path, append([]byte(head), sealed...)); err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	return nil
}

// IsPlan reports whether a file is a plan of any cdp, whole or not.
func IsPlan(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(family))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == family
}

// Read reads a plan file. With a key, its seal is checked too; without one (show), only that it is whole.
func Read(path string, key Key) (*Plan, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the plan: %w", err)
	}
	return open(data, key)
}

// open reads what a plan file holds.
func open(data []byte, key Key) (*Plan, error) {
	head, body, ok := bytes.Cut(data, []byte("\n"))
	fields := bytes.Split(head, []byte(" "))
	if newer(fields) {
		return nil, ErrNewer
	}
	if !ok || len(fields) != 6 || string(fields[0])+" "+string(fields[1]) != magic {
		return nil, ErrDamaged
	}
	made, err := parseStamp(string(fields[4]), string(fields[5]))
	if err != nil {
		return nil, ErrDamaged
	}
	if key != nil {
		if string(fields[2]) != key.fingerprint() {
			return nil, ErrForeignKey
		}
		sealed := data[len(data)-len(body)-1-len(fields[4])-1-len(fields[5]):]
		if !hmac.Equal(fields[3], []byte(key.Seal(sealed))) {
			return nil, ErrDamaged
		}
	}
	p, err := decode(body)
	if err != nil {
		return nil, err
	}
	p.Made = made
	return p, p.Seal()
}

// newer reports whether a first line names a later format than ours: nothing else of it can be relied on.
func newer(fields [][]byte) bool {
	if len(fields) < 2 || string(fields[0])+" " != family {
		return false
	}
	format, err := strconv.Atoi(string(fields[1]))
	return err == nil && format > 1
}

// String is the stamp as the file has it: two words.
func (s Stamp) String() string {
	commit := s.Commit
	if commit == "" {
		commit = "-"
	}
	return s.At.UTC().Format(time.RFC3339) + " " + commit
}

func parseStamp(at, commit string) (Stamp, error) {
	t, err := time.Parse(time.RFC3339, at)
	if commit == "-" {
		commit = ""
	}
	return Stamp{At: t, Commit: commit}, err
}

// writePrivate writes a file that only its owner may read, by way of a temporary name.
func writePrivate(path string, data []byte) error { return placePrivate(path, data, os.Rename) }

// linked gives a file its name unless another has it already. An empty one is nobody's.
func linked(from, to string) error {
	if info, err := os.Stat(to); err == nil && info.Size() == 0 {
		return os.Rename(from, to)
	}
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return os.Rename(from, to) // a file system without links
}

func placePrivate(path string, data []byte, place func(from, to string) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".cdp-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err = tmp.Chmod(0o600); err == nil {
		_, err = tmp.Write(data)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return place(tmp.Name(), path)
}
