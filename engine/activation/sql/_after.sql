{{define "kept"}}{{if eq .Mode "insert"}}o."held"{{else}}coalesce(o."wanted", o."held"){{end}}{{end}}
{{define "comes"}}({{ident . "action"}} = 'add' or ({{ident . "action"}} = 'update' and ({{ident . "prior"}} = 'removed' or {{ident . "other"}}))){{end}}
