package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// callBlocks are the blocks of the spec that a Call's settings belong to.
type callBlocks struct {
	block, stream schema.Block
}

// labelsKey holds the labels of a nested block among its settings.
const labelsKey = "_labels"

// checkCall holds the settings against the spec: names that are not there, names that are missing, values that are not
// allowed. The host did the same on the user's text; this is for hosts that did not.
func checkCall(blocks callBlocks, call Call) []Problem {
	problems := checkSettings(nil, blocks.block, call.Settings)
	for _, s := range call.Streams {
		problems = append(problems, checkSettings([]string{"stream", s.Name}, blocks.stream, s.Settings)...)
	}
	return problems
}

func checkSettings(path []string, block schema.Block, settings wire.Settings) []Problem {
	if len(settings) == 0 {
		settings = wire.Settings("{}")
	}
	return checkBlock(path, block, json.RawMessage(settings))
}

func checkBlock(path []string, block schema.Block, text json.RawMessage) []Problem {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil || values == nil {
		return []Problem{{Path: path, Offset: -1, Summary: "Malformed settings", Detail: "Settings must be one JSON object."}}
	}
	var problems []Problem
	known := map[string]bool{labelsKey: true}
	for _, arg := range block.Args {
		known[arg.Name] = true
		problems = append(problems, checkArg(path, arg, values[arg.Name])...)
	}
	for _, nested := range block.Blocks {
		known[nested.Name] = true
		problems = append(problems, checkNested(path, nested, values[nested.Name])...)
	}
	unknown := make([]string, 0)
	for name := range values {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	sort.Strings(unknown)
	for _, name := range unknown {
		problems = append(problems, Problem{Path: join(path, name), Offset: -1, Summary: "Unknown argument",
			Detail: fmt.Sprintf("There is no argument %q here.", name)})
	}
	return problems
}

func checkArg(path []string, arg schema.Arg, value json.RawMessage) []Problem {
	absent := value == nil || bytes.Equal(value, []byte("null"))
	if absent {
		if arg.Required {
			return []Problem{{Path: path, Offset: -1, Summary: "Missing argument",
				Detail: fmt.Sprintf("The argument %q is required.", arg.Name)}}
		}
		return nil
	}
	if arg.OneOf == nil {
		return nil
	}
	var text string
	if json.Unmarshal(value, &text) != nil || !slices.Contains(arg.OneOf, text) {
		return []Problem{{Path: join(path, arg.Name), Offset: -1, Summary: "Value not allowed",
			Detail: fmt.Sprintf("%s must be one of: %s.", arg.Name, strings.Join(arg.OneOf, ", "))}}
	}
	return nil
}

func checkNested(path []string, nested schema.NestedBlock, value json.RawMessage) []Problem {
	var blocks []json.RawMessage
	if value != nil && json.Unmarshal(value, &blocks) != nil {
		return []Problem{{Path: join(path, nested.Name), Offset: -1, Summary: "Malformed settings",
			Detail: fmt.Sprintf("%s is a block and must be a list of objects.", nested.Name)}}
	}
	if len(blocks) < nested.Min || nested.Max > 0 && len(blocks) > nested.Max {
		return []Problem{{Path: join(path, nested.Name), Offset: -1, Summary: "Wrong number of blocks",
			Detail: fmt.Sprintf("There are %d blocks %q here.", len(blocks), nested.Name)}}
	}
	var problems []Problem
	for _, b := range blocks {
		at := join(path, nested.Name)
		var labels struct {
			Labels []string `json:"_labels"`
		}
		if json.Unmarshal(b, &labels) == nil {
			at = append(at, labels.Labels...)
		}
		problems = append(problems, checkBlock(at, nested.Block, b)...)
	}
	return problems
}

// join is path with one more step, in memory of its own.
func join(path []string, step string) []string {
	return append(slices.Clone(path), step)
}
