package config

import (
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/zclconf/go-cty/cty"
)

var destinationSpec = &blockSpec{
	doc: "An account in a tool.", labels: []string{"connector", "name"}, open: true,
	args: []arg{
		{name: "purposes", typ: cty.List(cty.String), doc: "What data sent there is used for."},
		{name: "allow", typ: cty.List(cty.String), doc: "Tags of personal data that may be sent there."},
		tagsArg,
	},
}

func (l *loader) readDestination(in *instance) {
	b := l.block(in.syntax, in.context(l.full), destinationSpec, in.addr.String())
	if !b.labelled {
		return
	}
	d := &Destination{
		Block: b.base(in.addr), Connector: b.labels[0], ConnectorRange: *diag.FromHCL(in.syntax.LabelRanges[0]),
		Body: in.syntax.Body, Context: b.ctx, Purposes: b.strs("purposes"), Allow: b.strs("allow"), block: b,
	}
	l.checkConnector(b, d.Connector, &d.ConnectorRange)
	l.cfg.Destinations = append(l.cfg.Destinations, d)
}
