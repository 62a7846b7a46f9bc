package main

import (
	"io"
	"os"
	"testing"
)

// What a lock says of its holder names the command, and neither a secret nor a person.
func TestCalled(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"run"}, "run"},
		{[]string{"apply", "a.plan", "--json", "--lock-timeout", "5m", "--approved-by", "Ann"}, "apply --approved-by … --json --lock-timeout 5m0s a.plan"},
		{[]string{"run", "--var", "crm_token=hunter2", "--var=b=c=d", "--select", "sync.a", "--select", "sync.b"}, "run --select sync.a --select sync.b --var crm_token=… --var b=…"},
		{[]string{"query", "select * from p where email = 'ann@shop.example'", "--format", "csv"}, "query --format csv …"},
		{[]string{"explain", "email=ann@shop.example", "segment.vips"}, "explain …"},
		{[]string{"show", "segment.vips"}, "show segment.vips"},
	} {
		a := &app{stdout: &output{to: os.Stdout}, stderr: io.Discard, stdin: os.Stdin}
		root := newRoot(a)
		cmd, rest, err := root.Find(c.args)
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Fatal(err)
		}
		if got := called(cmd, cmd.Flags().Args()); got != c.want {
			t.Errorf("%q: got %q, want %q", c.args, got, c.want)
		}
	}
}
