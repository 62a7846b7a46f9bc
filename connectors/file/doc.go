// Package file reads CSV, JSON and Parquet files into streams and writes whole sets of rows into such files.
//
// It parses in Go, block by block on all cores: line numbers, types and set-aside records are then exactly what this
// project promises, and a hostile file meets depth and size limits before it meets anybody's parser. It is not a copy
// tool and knows nothing of the engine. The plugin process of the `file` connector calls it through sdk.Connector.
//
// Invariant: every record of a file becomes one row or one reject, whatever block boundaries, cores or batch limits do.
package file
