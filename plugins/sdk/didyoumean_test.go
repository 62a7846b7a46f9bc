package sdk

import "testing"

func TestDidYouMean(t *testing.T) {
	known := []string{"email", "phone", "first_name", "id"}
	for word, want := range map[string]string{
		"emial": ` Did you mean "email"?`, "EMAIL": ` Did you mean "email"?`, "frist_nmae": ` Did you mean "first_name"?`,
		"email": "", "x": "", "telephone": "", "": "",
	} {
		if got := DidYouMean(word, known); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	if got := DidYouMean("ab", []string{"ac", "aa"}); got != ` Did you mean "aa"?` {
		t.Errorf("of two as near: %q", got)
	}
}

func TestEdits(t *testing.T) {
	for pair, want := range map[[2]string]int{{"", ""}: 0, {"", "abc"}: 3, {"abc", ""}: 3, {"kitten", "sitting"}: 3, {"flaw", "lawn"}: 2, {"zoë", "zoe"}: 1} {
		if got := edits([]rune(pair[0]), []rune(pair[1])); got != want {
			t.Errorf("%q: %d, want %d", pair, got, want)
		}
	}
}
