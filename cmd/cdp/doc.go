// Command cdp is customer data as code: it plans and carries out what the HCL of a folder says.
//
// Each command is one small file: flags in, a call of package engine, output by package render, an exit code. No command
// decides anything itself.
package main
