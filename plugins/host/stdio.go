package host

import (
	"context"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// Methods of hashicorp/go-plugin's own services, whose types it keeps to itself. Both take an empty message.
const (
	methodStdio    = "/plugin.GRPCStdio/StreamStdio"
	methodShutdown = "/plugin.GRPCController/Shutdown"
)

// rawCodec passes messages as bytes.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	raw, ok := v.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("cannot send %T as bytes", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(*raw)}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	raw, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("cannot receive %T as bytes", v)
	}
	*raw = data.Materialize()
	return nil
}

// shutdown asks a connector to end.
func shutdown(ctx context.Context, conn *grpc.ClientConn) {
	var in, out []byte
	_ = conn.Invoke(ctx, methodShutdown, &in, &out, grpc.ForceCodecV2(rawCodec{}))
}

// followStdio reads go-plugin's stream of what the connector prints. Left unread it would block the connector.
func followStdio(conn *grpc.ClientConn, out *output) {
	stream, err := conn.NewStream(context.Background(), &grpc.StreamDesc{ServerStreams: true}, methodStdio, grpc.ForceCodecV2(rawCodec{}))
	if err != nil {
		return
	}
	var empty []byte
	if stream.SendMsg(&empty) != nil || stream.CloseSend() != nil {
		return
	}
	r, w := io.Pipe()
	defer w.Close()
	go out.follow(r)
	for {
		var raw []byte
		if stream.RecvMsg(&raw) != nil {
			return
		}
		if _, err := w.Write(stdioData(raw)); err != nil {
			return
		}
	}
}

// stdioData is field 2 of go-plugin's StdioData.
func stdioData(raw []byte) []byte {
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return nil
		}
		raw = raw[n:]
		if number == 2 && kind == protowire.BytesType {
			data, n := protowire.ConsumeBytes(raw)
			if n < 0 {
				return nil
			}
			return data
		}
		if n = protowire.ConsumeFieldValue(number, kind, raw); n < 0 {
			return nil
		}
		raw = raw[n:]
	}
	return nil
}
