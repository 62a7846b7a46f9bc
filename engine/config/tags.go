package config

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// tagsArg is the argument `tags`, which every block that is applied takes.
var tagsArg = arg{name: "tags", typ: cty.List(cty.String), doc: "Words that policies tell blocks by: tags = [\"finance\"]. Their order means nothing."}

var tagPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:/-]*$`)

// readTags reads `tags`, beside those that the block has from the one it stands in.
func (b *block) readTags() {
	if b.spec.arg(tagsArg.name) == nil {
		return
	}
	out := slices.Clone(b.tags)
	for _, tag := range b.strs(tagsArg.name) {
		if !tagPattern.MatchString(tag) {
			b.err("config.invalid_tag", "Invalid tag", fmt.Sprintf("A tag is one word of letters, digits, _ . : / and -, not %q.", tag), b.at(tagsArg.name))
			continue
		}
		out = append(out, tag)
	}
	slices.Sort(out)
	b.tags = slices.Compact(out)
}

// tagged is a definition with the block's tags in their normal form. A source's are those of its streams.
func (b *block) tagged(definition map[string]any) map[string]any {
	if delete(definition, tagsArg.name); len(b.tags) > 0 && b.spec != sourceSpec {
		definition[tagsArg.name] = b.tags
	}
	return definition
}
