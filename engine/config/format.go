package config

import "github.com/hashicorp/hcl/v2/hclwrite"

// Format gives a file of HCL its canonical form. A file with broken syntax is spaced as well as can be.
func Format(src []byte) []byte { return hclwrite.Format(src) }
