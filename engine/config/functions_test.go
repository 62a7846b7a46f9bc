package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFunctions(t *testing.T) {
	tests := map[string]string{
		`upper("aé")`: "AÉ", `replace("a.b", ".", "-")`: "a-b", `replace("a1b22", "/[0-9]+/", "#")`: "a#b#", `length("é😈")`: "2", `length([1, 2])`: "2",
		`join(",", sort(keys(merge({ b = 1 }, { a = 2 }))))`: "a,b", `format("%03d %s", 7, "x")`: "007 x", `try(local.obj.nope, "none")`: "none",
		`can(tonumber("x")) ? "yes" : "no"`: "no", `coalesce("", "b")`: "b", `jsonencode({ a = [1, true, null] })`: `{"a":[1,true,null]}`,
		`jsondecode("{\"a\": 1.5}").a`: "1.5", `sha256("abc")`: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		`file("x.txt")`: "text", `templatefile("t.txt", { name = "Ann", list = ["a", "b"] })`: "Ann: a b ", `join(",", fileset(".", "?.txt"))`: "s.txt,t.txt,x.txt",
		`formatdate("YYYY", "2026-01-02T03:04:05Z")`: "2026", `base64decode(base64encode("é"))`: "é", `urlencode("a b&c")`: "a+b%26c",
		`join(",", [for k, v in { a = 1, b = 2 } : "${k}${v}" if v > 1])`: "b2", `lookup({ a = 1 }, "z", 9)`: "9", `startswith("abc", "ab")`: "true",
		`md5("abc")`: "900150983cd24fb0d6963f7d28e17f72", `sha1("abc")`: "a9993e364706816aba3e25717850c26c9cd0d89d",
		`substr(sha512("abc"), 0, 16)`: "ddaf35a193617aba", `base64sha256("abc")`: "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
		`sum([1, 2.5, "3"])`: "6.5", `one(["a"])`: "a", `one([]) == null ? "none" : "some"`: "none", `index(["a", "b"], "b")`: "1",
		`join(",", matchkeys(["a", "b", "c"], ["x", "y", "x"], ["x"]))`: "a,c", `join(",", transpose({ a = ["1", "2"], b = ["2"] })["2"])`: "a,b",
		`yamldecode("a: [1, two]").a[1]`: "two", `yamlencode({ a = 1 })`: "\"a\": 1\n", `timecmp("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00")`: "0",
		`abspath("/x/../y")`: "/y", `filebase64("x.txt")`: "dGV4dA==", `substr(filesha256("x.txt"), 0, 8)`: "982d9e3e",
		`issensitive(sensitive("s"))`: "true", `issensitive("s")`: "false", `lookup({ a = 1 }, "a")`: "1",
		`nonsensitive(secret_file("s.txt"))`: "hush hush", `nonsensitive(secret_command(["sh", "-c", "echo $HOME$TOKEN"]))`: "/home/ann",
		`issensitive("x${secret_command(["echo", "hush"])}")`: "true",
		`alltrue([true, false])`:                              "false", `anytrue([true, false])`: "true", `fileexists("none")`: "false", `path.root`: ".", `element(["a", "b"], 3)`: "b",
		`join("", flatten([["a"], [["b"]]]))`: "ab", `nonsensitive(sensitive("s"))`: "s", `substr("hello", 1, 3)`: "ell", `max(1, 5, 3)`: "5", `"${1 + 2}"`: "3",
	}
	dir := t.TempDir()
	write(t, dir, "x.txt", "text")
	write(t, dir, "s.txt", "hush hush\n")
	write(t, dir, "t.txt", "${name}: %{ for x in list }${x} %{ endfor }")
	for expr, want := range tests {
		write(t, dir, "main.cdp.hcl", head+"locals {\n  obj = { a = 1 }\n  out = "+expr+"\n}\nmodel \"m\" { sql = \"<${local.out}>\" }\n")
		c, ds := Load(t.Context(), dir, LoadOptions{Environ: []string{"HOME=/home/ann", "TOKEN=t", "PATH=" + os.Getenv("PATH")}})
		for _, d := range ds {
			t.Errorf("%s: %s %s", expr, d.Summary, d.Detail)
		}
		if len(ds) == 0 {
			if got := c.Models[0].SQL.Render(relation).Value; got != "<"+want+">" {
				t.Errorf("%s = %s, want %s", expr, got, want)
			}
		}
	}
}

func TestFunctionErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "bad.txt", "${")
	write(t, dir, "self.txt", `${templatefile("self.txt", {})}`)
	for expr, words := range map[string]string{
		`file("none.txt")`: "there is no file none.txt", `file(".")`: "there is no file", `templatefile("bad.txt", {})`: "bad.txt line 1",
		`templatefile("self.txt", {})`: "templatefile", `env("NOPE")`: "NOPE is not set", `now()`: "no function named", `base64decode("!")`: "not base64",
		`uper("x")`: `Did you mean "upper"?`, `sum([])`: "at least one number", `one([1, 2])`: "at most one", `index(["a"], "b")`: "does not have that value",
		`lookup({ a = 1 }, "b")`: "no key \"b\"", `timecmp("now", "now")`: "is not a time", `filesha256("none")`: "there is no file none",
		`secret_file("none")`: "there is no file none", `secret_command([])`: "a list of words", `secret_command(["no-such-command"])`: "could not be run",
		`secret_command(["sh", "-c", "echo canary >&2; echo canary; exit 3"])`: "failed (exit status 3)", `secret_command(["true"])`: "printed no text",
	} {
		write(t, dir, "main.cdp.hcl", head+"locals {\n  out = "+expr+"\n}\n")
		_, ds := Load(t.Context(), dir, LoadOptions{})
		if len(ds) != 1 || strings.Contains(fmt.Sprint(ds), "canary") || !strings.Contains(ds[0].Summary+ds[0].Detail, words) || ds[0].Range.Start.Line != strings.Count(head, "\n")+2 {
			t.Errorf("%s: %+v", expr, ds)
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFunctionNames(t *testing.T) {
	names := fmt.Sprint(FunctionNames())
	for _, clock := range []string{"timestamp", "uuid", "plantimestamp", "bcrypt"} {
		if strings.Contains(names, " "+clock+" ") {
			t.Errorf("%s gives another answer each time", clock)
		}
	}
}
