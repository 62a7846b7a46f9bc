package identity

import "regexp/syntax"

// digits is a finite automaton over the ten digits, made from one of the telephone library's patterns. The library runs
// the same patterns as regular expressions, a thousand times slower.
type digits struct {
	next   [][10]uint16 // state 0 is a dead end, 1 the start
	accept []bool
}

// maxStates bounds an automaton; no pattern of the library comes near.
const maxStates = 20000

// compileDigits makes the automaton of a pattern; nil for a pattern it cannot follow (anchors, look-around).
func compileDigits(pattern string) *digits {
	if pattern == "" {
		return nil
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil
	}
	for _, in := range prog.Inst {
		if in.Op == syntax.InstEmptyWidth {
			return nil
		}
	}
	d := &digits{next: make([][10]uint16, 1), accept: make([]bool, 1)}
	known := map[string]uint16{}
	var sets [][]uint32
	add := func(from []uint32) (uint16, bool) {
		set, final := closure(prog, from)
		if len(set) == 0 && !final {
			return 0, true
		}
		key := setKey(set, final)
		if state, ok := known[key]; ok {
			return state, true
		}
		if len(d.next) >= maxStates {
			return 0, false
		}
		state := uint16(len(d.next))
		known[key] = state
		d.next, d.accept, sets = append(d.next, [10]uint16{}), append(d.accept, final), append(sets, set)
		return state, true
	}
	if _, ok := add([]uint32{uint32(prog.Start)}); !ok {
		return nil
	}
	for done := 0; done < len(sets); done++ {
		for c := range 10 {
			var to []uint32
			for _, pc := range sets[done] {
				if prog.Inst[pc].MatchRune(rune('0' + c)) {
					to = append(to, prog.Inst[pc].Out)
				}
			}
			state, ok := add(to)
			if !ok {
				return nil
			}
			d.next[done+1][c] = state
		}
	}
	return d
}

// closure follows what needs no digit and gives the instructions that wait for one, in order.
func closure(prog *syntax.Prog, from []uint32) (waiting []uint32, final bool) {
	seen := make([]bool, len(prog.Inst))
	stack := append([]uint32{}, from...)
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch in := prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			stack = append(stack, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			stack = append(stack, in.Out)
		case syntax.InstMatch:
			final = true
		}
	}
	for pc, ok := range seen {
		switch prog.Inst[pc].Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if ok {
				waiting = append(waiting, uint32(pc))
			}
		}
	}
	return waiting, final
}

func setKey(set []uint32, final bool) string {
	key := make([]byte, 0, 4*len(set)+1)
	for _, pc := range set {
		key = append(key, byte(pc), byte(pc>>8), byte(pc>>16), byte(pc>>24))
	}
	if final {
		key = append(key, 1)
	}
	return string(key)
}

// whole reports whether all of the text matches.
func (d *digits) whole(text []byte) bool {
	state := uint16(1)
	for _, c := range text {
		if state = d.next[state][c-'0']; state == 0 {
			return false
		}
	}
	return d.accept[state]
}

// begins reports whether the text begins with a match.
func (d *digits) begins(text []byte) bool {
	state := uint16(1)
	if d.accept[state] {
		return true
	}
	for _, c := range text {
		if state = d.next[state][c-'0']; state == 0 {
			return false
		}
		if d.accept[state] {
			return true
		}
	}
	return false
}
