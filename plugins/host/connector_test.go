package host

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The connector's side may find the deadline past a moment before ours does: it is silence all the same.
func TestDeadlineFoundPastByTheOtherSide(t *testing.T) {
	c := &connector{name: "slow", host: New(Options{})}
	defer c.host.Close()
	err := c.call(t.Context(), 50*time.Millisecond, func(context.Context) error {
		return status.Error(codes.DeadlineExceeded, "context deadline exceeded")
	})
	var death *Death
	if !errors.As(err, &death) || death.Cause != "did not answer for 50 ms" {
		t.Errorf("%v, want a death for silence", err)
	}
}
