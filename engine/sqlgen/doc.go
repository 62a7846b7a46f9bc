// Package sqlgen renders embedded .sql templates for a dialect and keeps the map from generated SQL back to the user's
// line.
//
// It runs nothing and knows no feature. Features embed their sql/ folder, parse it once with MustParse, and run what it
// renders by name: package warehouse's Statements.
//
// A file is one statement, with a header of three comment lines (step, inputs, outputs), written as a text/template with
// this vocabulary and no other output:
//
//	{{ident .Name}}  {{ident "t" .Name}}   a quoted name, parts joined by dots
//	{{rel .Orders}}                        a Relation as a quoted, dotted name
//	{{cols .Columns}}  {{cols .Names "t"}} a list of names, quoted, after an alias if given
//	{{same .Key "a" "b"}}                  a."k" IS NOT DISTINCT FROM b."k" AND …, over the columns of a key
//	{{key .PrimaryKey "t"}}                the record key of a row
//	{{type .Type}}                         a schema.Type
//	{{fragment .Where}}                    the user's SQL, a diag.Text as package warehouse's Analyzer gave it
//	{{as_of}}                              the clock: the AsOf of the data, as a TIMESTAMP constant
//	{{bind .Value}}                        a bound value
//	{{lit .Value}}                         a constant, only where no value can be bound (views)
//	{{sep $i ", "}}                        its text, but not before the first of a range
//
// if, range, with, and, or, not, eq, len, index are text/template's own. {{.Name}} alone does not parse: nothing enters
// the text without being quoted or bound. Files whose names begin with an underscore hold {{define}}s for the others.
// x.duckdb.sql wins over x.sql where the dialect is duckdb.
//
// Invariant: a value never becomes part of the text; it is bound. Names are quoted by the dialect.
package sqlgen
