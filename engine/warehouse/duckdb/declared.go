package duckdb

import "github.com/cdp-engine/cdp/engine/warehouse"

// Declared is a table as it was declared last, by "schema.table".
func (s *store) Declared(name string) (warehouse.Table, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[name]
	if t == nil {
		return warehouse.Table{}, false
	}
	return t.Table, true
}
