//! The OpenAPI 3.0.3 document, made from the table of endpoints.

use schemars::{
    Schema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
    transform::{Transform, transform_subschemas},
};
use serde_json::{Map, Value, json};

use crate::{
    endpoint::{Access, BodyKind, Endpoint, Input, QueryKind, Spec, Tag},
    endpoints::*,
    error::{ErrorBody, LoginFailedBody, PlainErrorBody, Refusal, UnauthorizedBody},
    links, prose,
};

/// The document: the same value at every call.
pub fn document() -> Value {
    let mut builder = Builder::new();
    macro_rules! add {
        ($($endpoint:ident)*) => { $(builder.add::<$endpoint>();)* };
    }
    crate::for_each_endpoint!(add);
    crate::for_each_special_endpoint!(add);
    builder.finish()
}

/// Every row of the table, in its order.
pub fn table() -> Vec<Spec> {
    let mut rows = Vec::new();
    macro_rules! add {
        ($($endpoint:ident)*) => { $(rows.push($endpoint::SPEC);)* };
    }
    crate::for_each_endpoint!(add);
    crate::for_each_special_endpoint!(add);
    rows
}

fn generator(contract: Contract) -> SchemaGenerator {
    SchemaSettings::openapi3().with(|settings| settings.contract = contract).with_transform(Plain).into_generator()
}

struct Builder {
    requests: SchemaGenerator,
    responses: SchemaGenerator,
    query_definitions: Map<String, Value>,
    paths: Map<String, Value>,
    bad_request: Value,
    plain_error: Value,
    unauthorized: Value,
    login_failed: Value,
}

impl Builder {
    fn new() -> Self {
        // What is read and what is written can differ: a field may be optional in one and always there in the other.
        let requests = generator(Contract::Deserialize);
        let mut responses = generator(Contract::Serialize);
        let bad_request = responses.subschema_for::<ErrorBody>().to_value();
        let plain_error = responses.subschema_for::<PlainErrorBody>().to_value();
        let unauthorized = responses.subschema_for::<UnauthorizedBody>().to_value();
        let login_failed = responses.subschema_for::<LoginFailedBody>().to_value();
        Self {
            requests,
            responses,
            query_definitions: Map::new(),
            paths: Map::new(),
            bad_request,
            plain_error,
            unauthorized,
            login_failed,
        }
    }

    fn add<E: Endpoint>(&mut self) {
        let spec = E::SPEC;
        let mut operation = Map::new();
        operation.insert("operationId".into(), spec.operation_id().into());
        operation.insert("tags".into(), json!([spec.tag.name()]));
        operation.insert("summary".into(), spec.summary.into());
        operation.insert("description".into(), description(&spec).into());
        if spec.access != Access::Public {
            operation.insert("security".into(), json!([{"userId": [], "authToken": []}]));
        }
        let mut parameters = Vec::new();
        if spec.access != Access::Public {
            parameters.push(json!({"$ref": "#/components/parameters/X-User-Id"}));
            parameters.push(json!({"$ref": "#/components/parameters/X-Auth-Token"}));
        }
        if spec.query == QueryKind::Typed {
            parameters.extend(self.query_parameters::<E::Query>());
        }
        if !parameters.is_empty() {
            operation.insert("parameters".into(), parameters.into());
        }
        if let Some(body) = self.request_body::<E>() {
            operation.insert("requestBody".into(), body);
        }
        let answer = self.responses.subschema_for::<E::Response>().to_value();
        let mut responses = Map::new();
        for status in spec.statuses() {
            let body = match status {
                200 => {
                    let first = (E::EXAMPLE_NAME, E::example_response());
                    with_examples(&answer, [first].into_iter().chain(E::more_example_responses()).collect())
                }
                400 => with_examples(&self.bad_request, bad_requests(&spec)),
                401 if spec.access == Access::Public => {
                    content(&self.login_failed, example(LoginFailedBody::default()))
                }
                401 => content(&self.unauthorized, example(UnauthorizedBody::default())),
                403 => content(&self.plain_error, example(PlainErrorBody::forbidden())),
                status => content(&self.plain_error, example(PlainErrorBody::new(sentence(status)))),
            };
            let mut response = Map::new();
            response.insert("description".into(), prose::status(status, &spec).into());
            response.insert("content".into(), json!({"application/json": body}));
            let links = if status == 200 { links::of(&spec) } else { Map::new() };
            if !links.is_empty() {
                response.insert("links".into(), links.into());
            }
            responses.insert(status.to_string(), response.into());
        }
        operation.insert("responses".into(), responses.into());
        let path = self.paths.entry(spec.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(spec.method.as_str().to_lowercase(), operation.into());
        }
    }

    fn request_body<E: Endpoint>(&mut self) -> Option<Value> {
        let kind = E::SPEC.body;
        if kind == BodyKind::Raw {
            let file =
                content(&json!({"type": "string", "format": "binary"}), json!("ann,ann@example.com,Ann Smith\n"));
            return Some(json!({"required": true, "content": {"application/octet-stream": file}}));
        }
        let schema = E::Request::schema(&mut self.requests)?.to_value();
        let example = E::example_request().unwrap_or(Value::Null);
        let mut media = Map::new();
        media.insert("application/json".into(), content(&schema, example.clone()));
        if kind == BodyKind::JsonOrForm {
            media.insert("application/x-www-form-urlencoded".into(), content(&schema, example));
        }
        Some(json!({"required": true, "content": media}))
    }

    /// A query model becomes one parameter a field.
    fn query_parameters<Q: Input>(&mut self) -> Vec<Value> {
        let mut generator = generator(Contract::Deserialize);
        let Some(schema) = Q::schema(&mut generator) else { return Vec::new() };
        let schema = schema.to_value();
        let name = schema["$ref"].as_str().and_then(|pointer| pointer.rsplit('/').next()).unwrap_or_default();
        let mut definitions = generator.take_definitions(true);
        let Some(model) = definitions.shift_remove(name) else { return Vec::new() };
        self.query_definitions.extend(definitions);
        let required: Vec<&str> =
            model["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = model["properties"].as_object().into_iter().flatten();
        fields
            .map(|(field, schema)| {
                let mut schema = schema.clone();
                let description =
                    schema.as_object_mut().and_then(|schema| schema.remove("description")).unwrap_or_default();
                json!({
                    "name": field, "in": "query", "required": required.contains(&field.as_str()),
                    "description": description, "schema": schema,
                })
            })
            .collect()
    }

    fn finish(mut self) -> Value {
        let mut schemas = self.responses.take_definitions(true);
        // A type that is both read and written stands once under its own name where both contracts agree.
        for (name, schema) in self.requests.take_definitions(true).into_iter().chain(self.query_definitions) {
            match schemas.get(&name) {
                Some(written) if *written != schema => {
                    debug_assert!(false, "{name} is read and written in different forms");
                }
                Some(_) => {}
                None => {
                    schemas.insert(name, schema);
                }
            }
        }
        schemas.sort_keys();
        prose::describe_values(&mut schemas);
        let header = |name: &str, description: &str, example: &str| {
            json!({
                "name": name, "in": "header", "required": true, "description": description,
                "schema": {"type": "string"}, "example": example,
            })
        };
        json!({
            "openapi": "3.0.3",
            "info": {
                "title": "Rocket.Chat import API",
                "version": env!("CARGO_PKG_VERSION"),
                "description": prose::OVERVIEW,
            },
            "servers": [
                {"url": "/", "description": "The server that gave this document out."},
                {"url": "http://127.0.0.1:3000", "description": "An import server with its defaults."},
            ],
            "tags": Tag::ALL.map(|tag| json!({"name": tag.name(), "description": tag.description()})),
            "paths": self.paths,
            "components": {
                "parameters": {
                    "X-User-Id": header("X-User-Id", "The id of the user who calls.", "CkCPNctrgCDfmWLqC"),
                    "X-Auth-Token": header("X-Auth-Token", "A token of that user.", "1Dd4iN_ClKn5jl-xPC36snQ4s9Zd5GZnXCQuCNSKcVE"),
                },
                "securitySchemes": {
                    "userId": {
                        "type": "apiKey", "in": "header", "name": "X-User-Id",
                        "description": "The id of the user who calls. It goes together with the token.",
                    },
                    "authToken": {
                        "type": "apiKey", "in": "header", "name": "X-Auth-Token",
                        "description": "One of the user's tokens: a personal access token, or one that `login` gave.",
                    },
                },
                "schemas": schemas,
            },
        })
    }
}

fn content(schema: &Value, example: Value) -> Value {
    json!({"schema": schema, "example": example})
}

/// A schema with one example, or with several by their names.
fn with_examples(schema: &Value, examples: Vec<(&str, Value)>) -> Value {
    if let [(_, only)] = &examples[..] {
        return content(schema, only.clone());
    }
    let named = examples.into_iter().map(|(name, value)| (name.to_owned(), json!({ "value": value })));
    json!({ "schema": schema, "examples": Value::Object(named.collect()) })
}

fn example(body: impl serde::Serialize) -> Value {
    serde_json::to_value(body).unwrap_or_default()
}

fn description(spec: &Spec) -> String {
    let mut text = spec.description.to_owned();
    if let Access::Permitted(permission) = spec.access {
        text.push_str(&format!("\n\nPermission: `{}`.", permission.as_str()));
    }
    if !spec.refusals.is_empty() {
        text.push_str("\n\nRefused with 400:");
        for refusal in spec.refusals {
            text.push_str(&format!("\n- `{refusal}`"));
            if let Some(refused) = prose::refused(refusal, spec) {
                text.push_str(&format!(": {}", refused.meaning));
            }
        }
    }
    text
}

/// What a 400 of the endpoint says, each by a name.
fn bad_requests(spec: &Spec) -> Vec<(&'static str, Value)> {
    let refusals = spec.refusals.iter().filter_map(|text| prose::refused(text, spec));
    let mut bodies: Vec<_> =
        refusals.map(|refused| (refused.name, example(refused.refusal.body(spec.name())))).collect();
    if spec.has_form() {
        let what = match (spec.body, spec.query) {
            (BodyKind::Json | BodyKind::JsonOrForm, _) => "unknown key `extra`",
            _ => "unknown parameter `extra`",
        };
        bodies.push(("invalid-params", example(Refusal::InvalidParams(what.into()).body(spec.name()))));
    }
    bodies
}

const fn sentence(status: u16) -> &'static str {
    match status {
        408 => "The body stopped coming.",
        413 => "The body is larger than this server accepts.",
        415 => "The body has to be sent as application/json.",
        500 => "The server failed to answer; its log says why.",
        _ => "The server is shutting down.",
    }
}

/// Brings what schemars makes of Rust types into the form that was published: absent is not null, counts are plain integers.
#[derive(Debug, Clone)]
struct Plain;

impl Transform for Plain {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        object.remove("nullable");
        object.remove("title");
        object.remove("default");
        if let Some(Value::String(text)) = object.get_mut("description") {
            *text = text.replace("[`", "`").replace("`]", "`");
        }
        if object.get("format").is_some_and(|format| format == "uint64" || format == "double") {
            object.remove("format");
        }
        // `Option<Struct>` is made `anyOf: [$ref, {nullable}]` or `allOf: [$ref]` with siblings.
        for key in ["anyOf", "oneOf"] {
            let Some(Value::Array(members)) = object.get_mut(key) else { continue };
            members.retain(|member| !is_null(member));
            if members.len() == 1 {
                let only = members.remove(0);
                object.remove(key);
                // Beside a `$ref` nothing else counts, so a description asks for the reference to be wrapped.
                if only.get("$ref").is_some() && !object.is_empty() {
                    object.insert("allOf".into(), json!([only]));
                } else if let Value::Object(only) = only {
                    object.extend(only);
                }
            }
        }
        if let Some(Value::Array(values)) = object.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
    }
}

fn is_null(schema: &Value) -> bool {
    match schema {
        Value::Object(object) => {
            object.get("type").is_some_and(|kind| kind == "null")
                || object.get("enum").is_some_and(|values| *values == json!([null]) || *values == json!([]))
                || object.get("const").is_some_and(Value::is_null)
                || object.is_empty()
        }
        _ => false,
    }
}
