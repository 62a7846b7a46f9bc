package schema

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
)

// typeKey is the field metadata that tells JSON from text: Arrow has one type for both.
const typeKey = "cdp.type"

// Arrow is the one Arrow type in which values of t travel.
func (t Type) Arrow() arrow.DataType {
	switch t.Kind {
	case Bool:
		return arrow.FixedWidthTypes.Boolean
	case Int64:
		return arrow.PrimitiveTypes.Int64
	case Decimal:
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}
	case Double:
		return arrow.PrimitiveTypes.Float64
	case String, JSON:
		return arrow.BinaryTypes.String
	case Bytes:
		return arrow.BinaryTypes.Binary
	case Date:
		return arrow.FixedWidthTypes.Date32
	case Time:
		return arrow.FixedWidthTypes.Time64us
	case Timestamp:
		return &arrow.TimestampType{Unit: arrow.Microsecond}
	case TimestampTZ:
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	default:
		return arrow.Null
	}
}

// ArrowField is the column as an Arrow field. FromArrowField reads it back.
func ArrowField(c Column) arrow.Field {
	f := arrow.Field{Name: c.Name, Type: c.Type.Arrow(), Nullable: true}
	if c.Type.Kind == JSON {
		f.Metadata = arrow.NewMetadata([]string{typeKey}, []string{JSON.String()})
	}
	return f
}

// ArrowSchema are the columns as an Arrow schema.
func ArrowSchema(columns []Column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = ArrowField(c)
	}
	return arrow.NewSchema(fields, nil)
}

// FromArrow is the type that holds every value of an Arrow type, if there is one: an int32 is a BIGINT, an enum is text.
// Arrow values of such a type still have to be cast before they travel.
func FromArrow(dt arrow.DataType) (Type, bool) {
	switch dt := dt.(type) {
	case *arrow.NullType:
		return Type{Kind: Null}, true
	case *arrow.BooleanType:
		return Type{Kind: Bool}, true
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type,
		*arrow.Uint8Type, *arrow.Uint16Type, *arrow.Uint32Type:
		return Type{Kind: Int64}, true
	case *arrow.Uint64Type:
		return Type{Kind: Decimal, Precision: 20}, true
	case *arrow.Float16Type, *arrow.Float32Type, *arrow.Float64Type:
		return Type{Kind: Double}, true
	case arrow.DecimalType:
		p, s := int(dt.GetPrecision()), int(dt.GetScale())
		return Type{Kind: Decimal, Precision: p, Scale: s}, p <= 38 && s >= 0 && s <= p
	case *arrow.StringType, *arrow.LargeStringType, *arrow.StringViewType:
		return Type{Kind: String}, true
	case *arrow.BinaryType, *arrow.LargeBinaryType, *arrow.BinaryViewType, *arrow.FixedSizeBinaryType:
		return Type{Kind: Bytes}, true
	case *arrow.Date32Type, *arrow.Date64Type:
		return Type{Kind: Date}, true
	case *arrow.Time32Type, *arrow.Time64Type:
		return Type{Kind: Time}, true
	case *arrow.TimestampType:
		if dt.TimeZone != "" {
			return Type{Kind: TimestampTZ}, true
		}
		return Type{Kind: Timestamp}, true
	case *arrow.DictionaryType:
		return FromArrow(dt.ValueType)
	case arrow.ExtensionType:
		if dt.ExtensionName() == "arrow.json" {
			return Type{Kind: JSON}, true
		}
		return FromArrow(dt.StorageType())
	case arrow.NestedType:
		return Type{Kind: JSON}, true
	}
	return Type{}, false
}

// FromArrowField is FromArrow that also knows JSON columns by their metadata, ours and that of DuckDB.
func FromArrowField(f arrow.Field) (Column, bool) {
	t, ok := FromArrow(f.Type)
	if t.Kind == String {
		if name, has := f.Metadata.GetValue(typeKey); has && name == JSON.String() {
			t = Type{Kind: JSON}
		}
		if name, has := f.Metadata.GetValue("ARROW:extension:name"); has && name == "arrow.json" {
			t = Type{Kind: JSON}
		}
	}
	return Column{Name: f.Name, Type: t}, ok
}

// FromArrowSchema are the columns of an Arrow schema.
func FromArrowSchema(s *arrow.Schema) ([]Column, error) {
	columns := make([]Column, s.NumFields())
	for i, f := range s.Fields() {
		c, ok := FromArrowField(f)
		if !ok {
			return nil, fmt.Errorf("column %q has Arrow type %s, which no column type holds", f.Name, f.Type)
		}
		columns[i] = c
	}
	return columns, nil
}

// String is the canonical name of the kind, as in Type.String without digits.
func (k Kind) String() string { return kindNames[k] }
