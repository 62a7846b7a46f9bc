package schema

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is a family of column types. The set is small on purpose: what a warehouse, Arrow and a tool all know.
type Kind uint8

// The kinds. Null is a column whose values were all null so far: it has no type until its first value.
const (
	Null Kind = iota
	Bool
	Int64
	Decimal
	Double
	String
	Bytes
	Date
	Time
	Timestamp   // microseconds, no zone
	TimestampTZ // microseconds, an instant
	JSON        // any nested value, as JSON text
)

// Type is a column type. Precision and Scale are of Decimal only (1–38 digits).
type Type struct {
	Kind      Kind
	Precision int
	Scale     int
}

var kindNames = map[Kind]string{
	Null: "NULL", Bool: "BOOLEAN", Int64: "BIGINT", Decimal: "DECIMAL", Double: "DOUBLE", String: "VARCHAR", Bytes: "BLOB",
	Date: "DATE", Time: "TIME", Timestamp: "TIMESTAMP", TimestampTZ: "TIMESTAMPTZ", JSON: "JSON",
}

var typeAliases = map[string]Kind{
	"null": Null, "bool": Bool, "boolean": Bool,
	"int": Int64, "integer": Int64, "bigint": Int64, "int8": Int64, "int64": Int64, "smallint": Int64,
	"decimal": Decimal, "numeric": Decimal,
	"double": Double, "float": Double, "real": Double, "float8": Double, "double precision": Double,
	"varchar": String, "text": String, "string": String,
	"blob": Bytes, "bytea": Bytes, "bytes": Bytes,
	"date": Date, "time": Time, "timestamp": Timestamp, "datetime": Timestamp,
	"timestamptz": TimestampTZ, "timestamp with time zone": TimestampTZ,
	"json": JSON, "jsonb": JSON,
}

// String is the canonical spelling of the type: BIGINT, DECIMAL(18,2), VARCHAR. ParseType reads it back.
func (t Type) String() string {
	if t.Kind == Decimal {
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	}
	return kindNames[t.Kind]
}

// TypeNames are the spellings ParseType takes, for "did you mean".
func TypeNames() []string {
	names := make([]string, 0, len(typeAliases))
	for name := range typeAliases {
		names = append(names, name)
	}
	return names
}

// ParseType reads a type as a user writes it: varchar, decimal(18,2), timestamptz. Case does not matter.
// DECIMAL without digits is DECIMAL(18,3), as in SQL.
func ParseType(text string) (Type, error) {
	name := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	base, args, hasArgs := strings.Cut(name, "(")
	base = strings.TrimSpace(base)
	kind, ok := typeAliases[base]
	if !ok {
		return Type{}, fmt.Errorf("%q is not a type", text)
	}
	if kind != Decimal {
		if hasArgs {
			return Type{}, fmt.Errorf("%q: %s takes no digits", text, kindNames[kind])
		}
		return Type{Kind: kind}, nil
	}
	t := Type{Kind: Decimal, Precision: 18, Scale: 3}
	if hasArgs {
		p, s, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(args), ")"), ",")
		var err error
		if t.Precision, err = strconv.Atoi(strings.TrimSpace(p)); err != nil {
			return Type{}, fmt.Errorf("%q is not a type", text)
		}
		t.Scale = 0
		if s != "" {
			if t.Scale, err = strconv.Atoi(strings.TrimSpace(s)); err != nil {
				return Type{}, fmt.Errorf("%q is not a type", text)
			}
		}
	}
	if t.Precision < 1 || t.Precision > 38 || t.Scale < 0 || t.Scale > t.Precision {
		return Type{}, fmt.Errorf("%q: a decimal has 1 to 38 digits, of which at most all are decimals", text)
	}
	return t, nil
}
