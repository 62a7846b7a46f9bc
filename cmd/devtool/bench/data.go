package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// epoch is when the first order was made.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// ordersHeader names the columns that orders writes.
const ordersHeader = "order_id,customer_id,email,status,total,ordered_at,updated_at,note\n"

// orderColumns are their types, as a project pins them.
const orderColumns = `{
      order_id = "bigint", customer_id = "bigint", email = "varchar", status = "varchar", total = "decimal(12,2)",
      ordered_at = "timestamp", updated_at = "timestamp", note = "varchar"
    }`

// orders generates n orders once, about 95 bytes each, and gives the file's path.
func (r *room) orders(n int) (string, error) {
	path := filepath.Join(r.cache, fmt.Sprintf("orders-v1-%d.csv", n))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	part := filepath.Join(r.dir, "orders.part")
	if err := writeOrders(part, n, 0, n, 0); err != nil {
		return "", err
	}
	return path, os.Rename(part, path)
}

// writeOrders writes orders with ids from first to last, every step-th if step > 0. later shifts updated_at: a changed order.
func writeOrders(path string, last, first, n int, later time.Duration) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	w := bufio.NewWriterSize(f, 1<<20)
	if _, err := w.WriteString(ordersHeader); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(7, uint64(later)))
	states := []string{"paid", "paid", "paid", "refunded", "open", "cancelled"}
	notes := []string{"leave at the door", "gift wrapped", "ring twice", "", "none", "call before delivery"}
	every := max(1, (last-first)/max(n, 1))
	line := make([]byte, 0, 256)
	for i := range n {
		id := first + i*every
		customer := random.IntN(last/10 + 1)
		at := epoch.Add(time.Duration(id) * 6 * time.Second)
		line = strconv.AppendInt(line[:0], int64(id), 10)
		line = append(line, ',')
		line = strconv.AppendInt(line, int64(customer), 10)
		line = append(line, ",user"...)
		line = strconv.AppendInt(line, int64(customer), 10)
		line = append(line, "@mail.example,"...)
		line = append(line, states[random.IntN(len(states))]...)
		line = append(line, ',')
		line = strconv.AppendInt(line, int64(random.IntN(900)+1), 10)
		line = append(line, '.', byte('0'+random.IntN(10)), byte('0'+random.IntN(10)), ',')
		line = at.AppendFormat(line, "2006-01-02 15:04:05")
		line = append(line, ',')
		line = at.Add(time.Hour+later).AppendFormat(line, "2006-01-02 15:04:05")
		line = append(line, ',')
		line = append(line, notes[random.IntN(len(notes))]...)
		line = append(line, '\n')
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
