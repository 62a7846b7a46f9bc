package http

import (
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/zclconf/go-cty/cty"
)

// Spec is what the connector says of itself.
func Spec() schema.Spec {
	return schema.Spec{
		Name:    "http",
		Version: "1.0.0",
		Doc:     "Reads from and writes to any JSON API, described in HCL with jq programs and templates.",
		Source: &schema.SourceSpec{
			Block:  schema.Block{Doc: "An account of an API to read from.", Args: accountArgs("Budget of each request."), Blocks: []schema.NestedBlock{onErrorBlock()}},
			Stream: streamBlock(),
		},
		Destination: &schema.DestinationSpec{Block: schema.Block{
			Doc:    "An account of an API to write to.",
			Args:   append(accountArgs("Budget of this destination in one run."), arg("concurrency", cty.Number, "How many requests may be under way at once. Default 1: one after another.")),
			Blocks: []schema.NestedBlock{objectBlock()},
		}},
	}
}

func arg(name string, typ cty.Type, doc string) schema.Arg {
	return schema.Arg{Name: name, Type: typ, Doc: doc}
}

func required(a schema.Arg) schema.Arg {
	a.Required = true
	return a
}

func placing(a schema.Arg) schema.Arg {
	a.Place = true
	return a
}

func jq(a schema.Arg) schema.Arg {
	a.Jq = true
	return a
}

func withDefault(a schema.Arg, v cty.Value) schema.Arg {
	a.Default = v
	return a
}

func oneOf(a schema.Arg, words ...string) schema.Arg {
	a.OneOf = words
	return a
}

// object is an object type of which only some attributes must be given.
func object(attrs map[string]cty.Type, must ...string) cty.Type {
	var optional []string
	for name := range attrs {
		needed := false
		for _, m := range must {
			needed = needed || m == name
		}
		if !needed {
			optional = append(optional, name)
		}
	}
	return cty.ObjectWithOptionalAttrs(attrs, optional)
}

func authType() cty.Type {
	return object(map[string]cty.Type{
		"bearer": cty.String,
		"basic":  object(map[string]cty.Type{"user": cty.String, "password": cty.String}, "user", "password"),
		"header": object(map[string]cty.Type{"name": cty.String, "value": cty.String}, "name", "value"),
		"query":  object(map[string]cty.Type{"name": cty.String, "value": cty.String}, "name", "value"),
		"oauth2": object(map[string]cty.Type{
			"token_url": cty.String, "client_id": cty.String, "client_secret": cty.String,
			"scopes": cty.List(cty.String), "refresh_token": cty.String, "audience": cty.String,
		}, "token_url"),
		"jwt": object(map[string]cty.Type{
			"key": cty.String, "algorithm": cty.String, "key_id": cty.String, "issuer": cty.String, "subject": cty.String,
			"audience": cty.String, "scopes": cty.List(cty.String), "token_url": cty.String, "lifetime": cty.String,
		}, "key"),
	})
}

func accountArgs(retryDoc string) []schema.Arg {
	auth := arg("auth", authType(), "Exactly one of: bearer = TOKEN; basic = {user, password}; header = {name, value}; query = {name, value}; "+
		"oauth2 = {token_url, client_id, client_secret, scopes, refresh_token, audience} (client credentials, or refresh where refresh_token is given); "+
		"jwt = {key, algorithm, key_id, issuer, subject, audience, scopes, token_url, lifetime} (RS256, ES256 or HS256; exchanged at token_url, else sent as the bearer token).")
	auth.Sensitive = true
	return []schema.Arg{
		placing(required(arg("base_url", cty.String, "Where the API begins: https://api.example.com/v2. Paths are added to it."))),
		auth,
		arg("headers", cty.Map(cty.String), "Headers of every request. Values are templates."),
		arg("rate_limit", object(map[string]cty.Type{"requests": cty.Number, "per": cty.String}, "requests"),
			"At most `requests` requests in any `per` (a duration, default \"1s\")."),
		withDefault(arg("timeout", cty.String, "How long one request may take, with its answer (a duration)."), cty.StringVal("30s")),
		withDefault(arg("allow_private", cty.Bool, "Lets requests go to private and loopback addresses."), cty.False),
		arg("retry", object(map[string]cty.Type{"attempts": cty.Number, "patience": cty.String}),
			retryDoc+" attempts: how often one request or batch is tried (default 5). patience: how long without any success (a duration, default \"1m\")."),
	}
}

func onErrorBlock() schema.NestedBlock {
	return schema.NestedBlock{Name: "on_error", Block: schema.Block{
		Doc: "What to do about an answer. The first block that matches decides, those of the stream before those of the source; with none, the defaults hold.",
		Args: []schema.Arg{
			arg("status", cty.List(cty.Number), "Statuses it is about. Not given: every error status, or, with `when`, every status."),
			jq(arg("when", cty.String, "A jq program over the body of the answer; the block matches where it gives true.")),
			required(oneOf(arg("action", cty.String, "retry: try again within the budget. ignore: take the answer as an empty last page. fail: stop. "+
				"refresh_token: get a new token once, then try again. rate_limit: wait as Retry-After says, or back off, then try again."),
				"retry", "ignore", "fail", "refresh_token", "rate_limit")),
		},
	}}
}

func paginateType() cty.Type {
	return object(map[string]cty.Type{
		"next_url": cty.String, "link_header": cty.Bool, "cursor": cty.String, "param": cty.String, "page": cty.String,
		"first": cty.Number, "offset": cty.String, "size": cty.Number, "limit": cty.String, "until": cty.String,
	})
}

const paginateDoc = "How to come to the next page, one of: next_url = JQ (of the next page's URL); link_header = true (rel=\"next\"); " +
	"cursor = JQ with param = NAME (of the query parameter that takes it); page = NAME with first (default 1); offset = NAME with size. " +
	"page and offset end with a page that has no records, or fewer than size; limit = NAME sends size as that parameter. " +
	"until = JQ ends any of them where it gives true."

func streamBlock() schema.Block {
	return schema.Block{
		Doc: "Records of one endpoint.",
		Args: []schema.Arg{
			required(arg("path", cty.String, "Path after base_url. A template: {cursor}, {parent.FIELD}.")),
			arg("query", cty.Map(cty.String), "Query parameters. Values are templates; one whose template has no value is left out."),
			arg("headers", cty.Map(cty.String), "Headers, beside the source's own. Values are templates."),
			withDefault(oneOf(arg("method", cty.String, "Method of the request."), "GET", "POST"), cty.StringVal("GET")),
			jq(arg("body", cty.String, "A jq program that gives the JSON body of the request, over {cursor, parent, page: {cursor, number, offset, size}}.")),
			withDefault(jq(arg("records", cty.String, "A jq program over the body of the answer that gives the records of a page, one by one. $parent is the parent record.")), cty.StringVal(".[]")),
			arg("start", cty.String, "What {cursor} is on a first run."),
			arg("paginate", paginateType(), paginateDoc),
			arg("parent", cty.String, "A stream of this source: the request is made once for each of its records."),
		},
		Blocks: []schema.NestedBlock{onErrorBlock()},
	}
}

func objectBlock() schema.NestedBlock {
	return schema.NestedBlock{Name: "object", Labels: []string{"name"}, Block: schema.Block{
		Doc: "A kind of thing in the tool that syncs keep equal.",
		Args: []schema.Arg{
			required(arg("key", cty.List(cty.String), "Names that identify one record in the tool. A sync's key has exactly these.")),
			withDefault(arg("partial", cty.Bool, "An update may carry the changed fields only; what it leaves out stays as the tool has it."), cty.False),
		},
		Blocks: []schema.NestedBlock{operationBlock(), readbackBlock()},
	}}
}

var operationNames = []string{
	string(schema.OpAdd), string(schema.OpUpdate), string(schema.OpUpsert), string(schema.OpRemove),
	string(schema.OpDelete), string(schema.OpAppend), string(schema.OpReplace),
}

func operationBlock() schema.NestedBlock {
	statuses := cty.List(cty.Number)
	return schema.NestedBlock{Name: "operation", Labels: []string{"operation"}, Min: 1, Block: schema.Block{
		Doc: "One thing that can be done: add, update, upsert, remove, delete, append or replace.",
		Args: []schema.Arg{
			required(oneOf(arg("method", cty.String, "Method of the request."), "POST", "PUT", "PATCH", "DELETE", "GET")),
			required(arg("path", cty.String, "Path after base_url. A template: {key.NAME}, {fields.NAME}, {customer_id} (without batch), {batch.id}, {run.id}.")),
			arg("batch", object(map[string]cty.Type{"max_records": cty.Number, "max_bytes": cty.String}, "max_records"),
				"Several records a request: at most max_records, and max_bytes of body. Without it, one record a request."),
			jq(arg("body", cty.String, "A jq program that gives the JSON body, over {records: [{key, fields, customer_id, operation}], batch: {id}, run: {id}}. Not given: no body.")),
			withDefault(arg("content_type", cty.String, "Content-Type of the body."), cty.StringVal("application/json")),
			arg("headers", cty.Map(cty.String), "Headers, beside the destination's own. Values are templates."),
			arg("query", cty.Map(cty.String), "Query parameters. Values are templates; one whose template has no value is left out."),
			arg("ok", statuses, "Statuses that say it is done. Not given: 200 to 299."),
			arg("noop", statuses, "Statuses that say there was nothing to do. Not given: none; for an update of one record a request at a path of its key, 404."),
			jq(arg("results", cty.String, "A jq program over the body of the answer that gives {key, status, code, message} for each record; "+
				"status is ok, noop, rejected, retry or unknown. A record without an item is unknown. $records are the records as sent, $status is the answer's status.")),
			oneOf(arg("evidence", cty.String, "\"status\": the status of the answer speaks for every record of the batch. For a batch without results it must be said."), "status"),
			arg("idempotent", cty.Bool, "Sending it twice is the same as once. Default: true for PUT, and for DELETE where 404 or 410 is ok; else false."),
		},
	}}
}

func readbackBlock() schema.NestedBlock {
	return schema.NestedBlock{Name: "readback", Max: 1, Block: schema.Block{
		Doc: "How to read what the tool has: for drift checks, and for settling what is unknown.",
		Args: []schema.Arg{
			required(arg("path", cty.String, "Path after base_url.")),
			arg("query", cty.Map(cty.String), "Query parameters."),
			arg("headers", cty.Map(cty.String), "Headers, beside the destination's own."),
			required(jq(arg("records", cty.String, "A jq program over the body of the answer that gives {key, fields} for each record of a page."))),
			arg("paginate", paginateType(), paginateDoc),
		},
	}}
}
