// Command bench does the product's heavy works on generated data, each beside DuckDB's own speed on the same data in the same
// run, and prints ratios: seconds differ between machines, ratios much less.
//
// It drives the built cdp as a user would; where the parts of one work are reported apart it calls the engine's rooms, in a
// process of their own so that their peak of memory can be told. It asserts no result of the product: that is for tests.
//
// make bench calls it. A slow machine never fails it: it exits with 0 unless something breaks. Results are kept as JSON in
// bench/results and compared with those before.
package main
