//! What the description of the API says of every operation alike: who may call it, the key of a write, and how it
//! refuses.

use crate::problem::ProblemBody;
use utoipa::PartialSchema;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, ObjectBuilder, OpenApi, RefOr, Required, ResponseBuilder, Type};

/// Operations that may be asked without a session.
const OPEN: [&str; 2] = ["anyone", "demo"];

/// Completes a description.
pub(crate) fn complete(mut description: OpenApi) -> OpenApi {
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(crate::caller::COOKIE)));
    let components = description.components.get_or_insert_default();
    components.security_schemes.insert("token".to_owned(), bearer.into());
    components.security_schemes.insert("cookie".to_owned(), cookie.into());
    components.schemas.insert("ProblemBody".to_owned(), ProblemBody::schema());
    for item in description.paths.paths.values_mut() {
        if let Some(post) = &mut item.post {
            let key = key(post);
            post.parameters.get_or_insert_default().push(key.into());
        }
        for operation in [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten() {
            let tags = operation.tags.clone().unwrap_or_default();
            if !tags.iter().any(|tag| OPEN.contains(&tag.as_str())) {
                let none: [&str; 0] = [];
                let either = ["token", "cookie"].map(|scheme| SecurityRequirement::new(scheme, none));
                operation.security = Some(either.to_vec());
            }
            operation.responses.responses.insert("default".to_owned(), refusal());
        }
    }
    description
}

/// The key that makes a write safe to repeat.
fn key(operation: &Operation) -> Parameter {
    let open = operation.tags.iter().flatten().any(|tag| OPEN.contains(&tag.as_str()));
    let text =
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(8)).max_length(Some(64)).build();
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(if open { Required::False } else { Required::True })
        .description(Some(
            "Random; the same key and body get the same answer for seven days, another body 409.",
        ))
        .schema(Some(text))
        .build()
}

fn refusal() -> RefOr<utoipa::openapi::Response> {
    let problem =
        ContentBuilder::new().schema(Some(utoipa::openapi::Ref::from_schema_name("ProblemBody"))).build();
    let words = "Refused: a problem document with a permanent code and a next step.";
    ResponseBuilder::new().description(words).content("application/problem+json", problem).build().into()
}
