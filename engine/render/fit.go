package render

import "slices"

// A column of a table on a terminal is cut to no less than this, unless it is narrower anyway.
const narrowest = 10

// gap stands where columns were left out.
const gap = "…"

// fit makes a table fit a terminal: the widest columns are cut first; where that is not enough, columns in the middle are
// left out. hidden is how many are.
func fit(head []string, rows [][]string, room int) (fitHead []string, fitRows [][]string, hidden int) {
	widths := make([]int, len(head))
	for i, h := range head {
		widths[i] = width(h)
		for _, r := range rows {
			widths[i] = max(widths[i], width(r[i]))
		}
	}
	keep := kept(widths, room)
	hidden = len(head) - len(keep)
	var kept []int
	for _, i := range keep {
		kept = append(kept, widths[i])
	}
	space := room
	if hidden > 0 {
		space -= framed([]int{width(gap)}) - 1
	}
	level(kept, space)
	pick := func(row []string) []string {
		var out []string
		for at, i := range keep {
			if hidden > 0 && at > 0 && i > keep[at-1]+1 {
				out = append(out, gap)
			}
			out = append(out, clipTo(row[i], kept[at]))
		}
		if hidden > 0 && len(out) == len(keep) { // left out at the end
			out = append(out, gap)
		}
		return out
	}
	for _, r := range rows {
		fitRows = append(fitRows, pick(r))
	}
	return pick(head), fitRows, hidden
}

// framed is how wide a table of such columns is with its lines.
func framed(widths []int) int {
	n := 1
	for _, w := range widths {
		n += w + 3
	}
	return n
}

// kept chooses columns from both ends inwards until no more fit; the first always stays.
func kept(widths []int, room int) []int {
	least := make([]int, len(widths))
	for i, w := range widths {
		least[i] = min(w, narrowest)
	}
	if framed(least) <= room {
		all := make([]int, len(widths))
		for i := range all {
			all[i] = i
		}
		return all
	}
	keep := []int{0}
	used := framed([]int{least[0], width(gap)})
	left, right := 1, len(widths)-1
	for fromRight := true; left <= right; fromRight = !fromRight {
		at := left
		if fromRight {
			at = right
		}
		if used += least[at] + 3; used > room {
			break
		}
		keep = append(keep, at)
		if fromRight {
			right--
		} else {
			left++
		}
	}
	slices.Sort(keep)
	return keep
}

// level cuts the widest columns until all fit, none below the narrowest.
func level(widths []int, room int) {
	for framed(widths) > room {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			return
		}
		widths[widest]--
	}
}
