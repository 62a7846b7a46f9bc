package duckdb_test

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// wide streams batches of 1,000 rows of a kilobyte that does not compress.
func wide(batches int) array.RecordReader {
	sch := arrow.NewSchema([]arrow.Field{{Name: "k", Type: arrow.PrimitiveTypes.Int64}, {Name: "v", Type: arrow.BinaryTypes.String}}, nil)
	seed := uint64(88172645463325252)
	return array.ReaderFromIter(sch, func(yield func(arrow.RecordBatch, error) bool) {
		for n := range batches {
			b := array.NewRecordBuilder(memory.DefaultAllocator, sch)
			for i := range 1000 {
				k := int64(n*1000 + i)
				b.Field(0).(*array.Int64Builder).Append(k)
				text := make([]byte, 1024)
				for at := range text {
					seed ^= seed << 13
					seed ^= seed >> 7
					seed ^= seed << 17
					text[at] = ' ' + byte(seed%90)
				}
				b.Field(1).(*array.StringBuilder).Append(string(text))
			}
			batch := b.NewRecordBatch()
			b.Release()
			if !yield(batch, nil) {
				return
			}
		}
	})
}
