package host

import (
	"os"
	"sync"
	"testing"
)

// Hosts start and sweep side by side, as commands of several projects do: none loses the directory it has just made.
func TestDirsAreNotSweptWhileTheyAreMade(t *testing.T) {
	parent, err := os.MkdirTemp("/tmp", "cdp-dirs-") // short enough for sockets
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(parent)
	stop := make(chan struct{})
	var sweepers, makers sync.WaitGroup
	for range 2 {
		sweepers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					sweepPrivateDirs(parent)
				}
			}
		})
	}
	for range 4 {
		makers.Go(func() {
			for range 200 {
				d, err := newPrivateDir(parent)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := os.Stat(d.path); err != nil {
					t.Error(err)
				}
				d.remove()
			}
		})
	}
	makers.Wait()
	close(stop)
	sweepers.Wait()
	sweepPrivateDirs(parent)
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
