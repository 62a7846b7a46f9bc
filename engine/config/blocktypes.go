package config

// blockType is a type of top-level block. A new one is an entry of blockTypes, and a file that has its spec and its reader.
type blockType struct {
	name string
	spec *blockSpec
	each bool                     // takes for_each
	read func(*loader, *instance) // reads one block, or one round of its for_each; such blocks are what expressions may name
	rest func(*loader)            // reads all blocks of the type, after those that may be named
}

// blockTypes are the types of top-level blocks, in the order of the chain. Those with neither read nor rest say what all others
// need: they are read first, see load. It is a function, for readers look at it.
func blockTypes() []blockType {
	return []blockType{
		{name: "cdp", spec: settingsSpec},
		{name: "variable", spec: variableSpec},
		{name: "locals", spec: localsSpec},
		{name: "source", spec: sourceSpec, each: true, read: (*loader).readSource},
		{name: "model", spec: modelSpec, each: true, read: (*loader).readModel},
		{name: "identity", spec: identitySpec, read: (*loader).readIdentity},
		{name: "trait", spec: traitSpec, each: true, read: (*loader).readTrait},
		{name: "segment", spec: segmentSpec, each: true, read: (*loader).readSegment},
		{name: "destination", spec: destinationSpec, each: true, read: (*loader).readDestination},
		{name: "sync", spec: syncSpec, each: true, read: (*loader).readSync},
		{name: "check", spec: checkSpec, rest: (*loader).readChecks},
		{name: "policy", spec: policySpec, rest: (*loader).readPolicies},
		{name: "moved", spec: movedSpec, rest: (*loader).readMoves},
		{name: "removed", spec: removedSpec, rest: (*loader).readRemoved},
		{name: "import", spec: importSpec, rest: (*loader).readImports},
	}
}

// later are block types that the design has and this version does not carry out.
var later = map[string]bool{
	"consent": true, "suppress": true, "test": true,
}

// typeOf is the type of that name; ok is false when there is none.
func typeOf(name string) (t blockType, ok bool) {
	for _, t := range blockTypes() {
		if t.name == name {
			return t, true
		}
	}
	return blockType{}, false
}

// namesOf are the names of the types for which is holds.
func namesOf(is func(blockType) bool) []string {
	var names []string
	for _, t := range blockTypes() {
		if is(t) {
			names = append(names, t.name)
		}
	}
	return names
}

// Referable reports whether expressions may name blocks of a type.
func Referable(name string) bool {
	t, _ := typeOf(name)
	return t.read != nil
}

func referable() []string {
	return namesOf(func(t blockType) bool { return t.read != nil })
}

func repeatable(name string) bool {
	t, _ := typeOf(name)
	return t.each
}
