package wire

import (
	"fmt"

	pb "github.com/cdp-engine/cdp/plugins/proto/v1"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// mapped applies f to each element; nil stays nil.
func mapped[A, B any](in []A, f func(A) B) []B {
	if in == nil {
		return nil
	}
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

// mappedErr is mapped for conversions that can fail.
func mappedErr[A, B any](in []A, f func(A) (B, error)) ([]B, error) {
	if in == nil {
		return nil, nil
	}
	out := make([]B, len(in))
	for i, v := range in {
		var err error
		if out[i], err = f(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func typeToPB(t schema.Type) *pb.Type {
	return &pb.Type{Kind: pb.Type_Kind(t.Kind), Precision: int32(t.Precision), Scale: int32(t.Scale)}
}

func typeFromPB(t *pb.Type) (schema.Type, error) {
	out := schema.Type{Kind: schema.Kind(t.GetKind()), Precision: int(t.GetPrecision()), Scale: int(t.GetScale())}
	if t.GetKind() < 0 || t.GetKind() > pb.Type_JSON {
		return out, protocolf("type %d is not known", t.GetKind())
	}
	if out.Kind != schema.Decimal {
		return schema.Type{Kind: out.Kind}, nil
	}
	if out.Precision < 1 || out.Precision > 38 || out.Scale < 0 || out.Scale > out.Precision {
		return out, protocolf("%s is not a type", out)
	}
	return out, nil
}

func columnToPB(c schema.Column) *pb.Column {
	return &pb.Column{Name: c.Name, Type: typeToPB(c.Type)}
}

func columnFromPB(c *pb.Column) (schema.Column, error) {
	t, err := typeFromPB(c.GetType())
	return schema.Column{Name: c.GetName(), Type: t}, err
}

func columnsToPB(in []schema.Column) []*pb.Column { return mapped(in, columnToPB) }

func columnsFromPB(in []*pb.Column) ([]schema.Column, error) { return mappedErr(in, columnFromPB) }

func specToPB(s schema.Spec) (*pb.GetSpecResponse, error) {
	out := &pb.GetSpecResponse{Name: s.Name, Version: s.Version, Doc: s.Doc, Capabilities: capabilities}
	if s.Source != nil {
		block, err := blockToPB(s.Source.Block)
		if err != nil {
			return nil, err
		}
		stream, err := blockToPB(s.Source.Stream)
		if err != nil {
			return nil, err
		}
		out.Source = &pb.SourceSpec{Block: block, Stream: stream}
	}
	if s.Destination != nil {
		block, err := blockToPB(s.Destination.Block)
		if err != nil {
			return nil, err
		}
		out.Destination = &pb.DestinationSpec{Block: block}
	}
	return out, nil
}

func specFromPB(s *pb.GetSpecResponse) (schema.Spec, error) {
	out := schema.Spec{Name: s.GetName(), Version: s.GetVersion(), Doc: s.GetDoc()}
	if src := s.GetSource(); src != nil {
		out.Source = &schema.SourceSpec{}
		var err error
		if out.Source.Block, err = blockFromPB(src.GetBlock()); err != nil {
			return out, err
		}
		if out.Source.Stream, err = blockFromPB(src.GetStream()); err != nil {
			return out, err
		}
	}
	if dst := s.GetDestination(); dst != nil {
		block, err := blockFromPB(dst.GetBlock())
		if err != nil {
			return out, err
		}
		out.Destination = &schema.DestinationSpec{Block: block}
	}
	return out, nil
}

func blockToPB(b schema.Block) (*pb.Block, error) {
	args, err := mappedErr(b.Args, argToPB)
	if err != nil {
		return nil, err
	}
	blocks, err := mappedErr(b.Blocks, func(n schema.NestedBlock) (*pb.NestedBlock, error) {
		inner, err := blockToPB(n.Block)
		return &pb.NestedBlock{Name: n.Name, Labels: n.Labels, Min: int32(n.Min), Max: int32(n.Max), Block: inner}, err
	})
	return &pb.Block{Doc: b.Doc, Args: args, Blocks: blocks}, err
}

func blockFromPB(b *pb.Block) (schema.Block, error) {
	args, err := mappedErr(b.GetArgs(), argFromPB)
	if err != nil {
		return schema.Block{}, err
	}
	blocks, err := mappedErr(b.GetBlocks(), func(n *pb.NestedBlock) (schema.NestedBlock, error) {
		inner, err := blockFromPB(n.GetBlock())
		return schema.NestedBlock{Name: n.GetName(), Labels: n.GetLabels(), Min: int(n.GetMin()), Max: int(n.GetMax()), Block: inner}, err
	})
	return schema.Block{Doc: b.GetDoc(), Args: args, Blocks: blocks}, err
}

func argToPB(a schema.Arg) (*pb.Arg, error) {
	t, err := schema.MarshalCty(a.Type)
	if err != nil {
		return nil, fmt.Errorf("encoding the type of argument %q: %w", a.Name, err)
	}
	def, err := schema.MarshalDefault(a.Default)
	if err != nil {
		return nil, fmt.Errorf("encoding the default of argument %q: %w", a.Name, err)
	}
	return &pb.Arg{
		Name: a.Name, Type: t, Required: a.Required, Sensitive: a.Sensitive, Default: def,
		Deprecated: a.Deprecated, Doc: a.Doc, Path: a.Path, OneOf: a.OneOf, Jq: a.Jq, Place: a.Place,
	}, nil
}

func argFromPB(a *pb.Arg) (schema.Arg, error) {
	t, err := schema.UnmarshalCty(a.GetType())
	if err != nil {
		return schema.Arg{}, protocolf("argument %q has no readable type", a.GetName())
	}
	def, err := schema.UnmarshalDefault(a.GetDefault())
	if err != nil {
		return schema.Arg{}, protocolf("argument %q has no readable default", a.GetName())
	}
	return schema.Arg{
		Name: a.GetName(), Type: t, Required: a.GetRequired(), Sensitive: a.GetSensitive(), Default: def,
		Deprecated: a.GetDeprecated(), Doc: a.GetDoc(), Path: a.GetPath(), OneOf: a.GetOneOf(), Jq: a.GetJq(), Place: a.GetPlace(),
	}, nil
}
