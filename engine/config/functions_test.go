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
		`file("x.txt")`: "text", `templatefile("t.txt", { name = "Ann", list = ["a", "b"] })`: "Ann: a b ", `join(",", fileset(".", "*.txt"))`: "t.txt,x.txt",
		`formatdate("YYYY", "2026-01-02T03:04:05Z")`: "2026", `base64decode(base64encode("é"))`: "é", `urlencode("a b&c")`: "a+b%26c",
		`join(",", [for k, v in { a = 1, b = 2 } : "${k}${v}" if v > 1])`: "b2", `lookup({ a = 1 }, "z", 9)`: "9", `startswith("abc", "ab")`: "true",
		`alltrue([true, false])`: "false", `anytrue([true, false])`: "true", `fileexists("none")`: "false", `path.root`: ".", `element(["a", "b"], 3)`: "b",
		`join("", flatten([["a"], [["b"]]]))`: "ab", `nonsensitive(sensitive("s"))`: "s", `substr("hello", 1, 3)`: "ell", `max(1, 5, 3)`: "5", `"${1 + 2}"`: "3",
	}
	dir := t.TempDir()
	write(t, dir, "x.txt", "text")
	write(t, dir, "t.txt", "${name}: %{ for x in list }${x} %{ endfor }")
	for expr, want := range tests {
		write(t, dir, "main.cdp.hcl", head+"locals {\n  obj = { a = 1 }\n  out = "+expr+"\n}\nmodel \"m\" { sql = \"<${local.out}>\" }\n")
		c, ds := Load(dir, LoadOptions{})
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
	} {
		write(t, dir, "main.cdp.hcl", head+"locals {\n  out = "+expr+"\n}\n")
		_, ds := Load(dir, LoadOptions{})
		if len(ds) != 1 || !strings.Contains(ds[0].Summary+ds[0].Detail, words) || ds[0].Range.Start.Line != strings.Count(head, "\n")+2 {
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
