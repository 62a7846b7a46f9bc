{{if .Filter.Value}}({{fragment .Filter}}) and {{end}}
{{- if .AsideMisfit}}"_cdp_misfit"{{range .Key}} and {{ident .}} is not null{{end}}
{{- else}}(false{{range .Key}} or {{ident .}} is null{{end}})
{{- end -}}
