//! The rules for what stands around the schemas: paths, operations, parameters, bodies, answers,
//! security, servers and prose.

use super::Level;

macro_rules! frame_rules {
    ($($variant:ident $id:literal $level:ident $meaning:literal)*) => {
        /// What differs around the schemas.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Frame {
            $(#[doc = $meaning] $variant,)*
        }

        impl Frame {
            /// Every rule of this kind, in the order of their declaration.
            pub const ALL: &[Frame] = &[$(Frame::$variant,)*];

            pub(super) fn id(self) -> &'static str {
                match self {
                    $(Frame::$variant => $id,)*
                }
            }

            pub(super) fn level(self) -> Level {
                match self {
                    $(Frame::$variant => Level::$level,)*
                }
            }

            pub(super) fn meaning(self) -> &'static str {
                match self {
                    $(Frame::$variant => $meaning,)*
                }
            }
        }
    };
}

frame_rules! {
    PathAdded "path-added" BreaksServers "There is one more path."
    PathRemoved "path-removed" BreaksClients "A path is gone."
    PathParameterRenamed "path-parameter-renamed" Compatible "A parameter in a path has another name; addresses stay the same."
    OperationAdded "operation-added" BreaksServers "A path answers to one more method."
    OperationRemoved "operation-removed" BreaksClients "A path does not answer to a method any more."
    OperationDeprecated "operation-deprecated" Compatible "An operation is deprecated."
    OperationReactivated "operation-reactivated" Compatible "An operation is not deprecated any more."
    OperationIdAdded "operation-id-added" Compatible "An operation has an id that had none."
    OperationIdRemoved "operation-id-removed" BreaksClients "An operation has no id any more; generated clients name it by its id."
    OperationIdChanged "operation-id-changed" BreaksClients "An operation has another id; generated clients name it by its id."
    TagAdded "tag-added" Compatible "An operation has one more tag."
    TagRemoved "tag-removed" Compatible "An operation has lost a tag."

    ServerAdded "server-added" BreaksServers "There is one more server to send requests to."
    ServerRemoved "server-removed" BreaksClients "A server is not there to send requests to any more."
    ServerVariableChanged "server-variable-changed" BreaksClients "A variable in a server's address has another default or other values."

    SecurityAdded "security-added" BreaksClients "Whoever sends the request has to say who they are."
    SecurityRemoved "security-removed" BreaksServers "Nobody has to say who they are any more."
    SecurityAlternativeAdded "security-alternative-added" BreaksServers "There is one more way to say who one is."
    SecurityAlternativeRemoved "security-alternative-removed" BreaksClients "A way to say who one is is gone."
    SecurityScopeAdded "security-scope-added" BreaksClients "One more scope is needed."
    SecurityScopeRemoved "security-scope-removed" BreaksServers "A scope is not needed any more."
    SecuritySchemeAdded "security-scheme-added" Compatible "A security scheme is defined; a rule of its own says where it is asked for."
    SecuritySchemeRemoved "security-scheme-removed" Compatible "A security scheme is not defined any more; a rule of its own says where it was asked for."
    SecuritySchemeTypeChanged "security-scheme-type-changed" BreaksClients "A security scheme is of another type."
    SecuritySchemePlaceChanged "security-scheme-place-changed" BreaksClients "A security scheme's key goes elsewhere, or it is another scheme of HTTP."
    SecuritySchemeUrlChanged "security-scheme-url-changed" BreaksClients "A security scheme has another address to get tokens or to learn of it."
    SecuritySchemeFlowAdded "security-scheme-flow-added" BreaksServers "A security scheme has one more flow to get tokens."
    SecuritySchemeFlowRemoved "security-scheme-flow-removed" BreaksClients "A security scheme has lost a flow to get tokens."
    SecuritySchemeScopeAdded "security-scheme-scope-added" BreaksServers "A flow grants one more scope."
    SecuritySchemeScopeRemoved "security-scheme-scope-removed" BreaksClients "A flow does not grant a scope any more."

    OptionalParameterAdded "optional-parameter-added" BreaksServers "There is one more parameter, which may be sent."
    RequiredParameterAdded "required-parameter-added" BreaksClients "There is one more parameter, which must be sent."
    ParameterRemoved "parameter-removed" BreaksClients "A parameter is gone; whoever sends it is not heard."
    ParameterLocationChanged "parameter-location-changed" BreaksClients "A parameter of that name goes elsewhere, say into a header."
    ParameterBecameRequired "parameter-became-required" BreaksClients "A parameter must be sent that could be left out."
    ParameterBecameOptional "parameter-became-optional" BreaksServers "A parameter may be left out that had to be sent."
    ParameterDeprecated "parameter-deprecated" Compatible "A parameter is deprecated."
    ParameterReactivated "parameter-reactivated" Compatible "A parameter is not deprecated any more."
    ParameterStyleChanged "parameter-style-changed" BreaksClients "A parameter's lists or objects are written in another style."
    ParameterExplodeChanged "parameter-explode-changed" BreaksClients "Each value of a parameter stands alone now, or all together."
    ParameterEmptyAllowed "parameter-empty-allowed" BreaksServers "A parameter may be sent without a value."
    ParameterEmptyRefused "parameter-empty-refused" BreaksClients "A parameter may not be sent without a value any more."
    ParameterReservedAllowed "parameter-reserved-allowed" BreaksServers "A parameter may hold reserved characters as they are."
    ParameterReservedRefused "parameter-reserved-refused" BreaksClients "A parameter may not hold reserved characters as they are any more."
    ParameterContentChanged "parameter-content-changed" BreaksClients "A parameter is written in another media type, or in one instead of plainly."

    OptionalRequestBodyAdded "optional-request-body-added" BreaksServers "There is a request body, which may be sent."
    RequiredRequestBodyAdded "required-request-body-added" BreaksClients "There is a request body, which must be sent."
    RequestBodyRemoved "request-body-removed" BreaksClients "The request body is gone; whoever sends it is not heard."
    RequestBodyBecameRequired "request-body-became-required" BreaksClients "The request body must be sent that could be left out."
    RequestBodyBecameOptional "request-body-became-optional" BreaksServers "The request body may be left out that had to be sent."
    RequestMediaTypeAdded "request-media-type-added" BreaksServers "The request body may be sent as one more media type."
    RequestMediaTypeRemoved "request-media-type-removed" BreaksClients "The request body may not be sent as a media type any more."
    RequestEncodingChanged "request-encoding-changed" BreaksClients "A part of a form is written in another way."

    ResponseSuccessAdded "response-success-added" BreaksClients "There is one more status that is no error, which a client does not wait for."
    ResponseSuccessRemoved "response-success-removed" BreaksClients "A status that is no error, and which clients wait for, is gone."
    ResponseErrorAdded "response-error-added" Compatible "There is one more error status; any client has to bear one that it does not know."
    ResponseErrorRemoved "response-error-removed" BreaksServers "An error status is gone that a server may still answer with."
    DefaultResponseAdded "default-response-added" Compatible "It is said how all other statuses are answered."
    DefaultResponseRemoved "default-response-removed" BreaksServers "It is not said any more how all other statuses are answered."
    ResponseMediaTypeAdded "response-media-type-added" BreaksServers "The answer can be asked for as one more media type."
    ResponseMediaTypeRemoved "response-media-type-removed" BreaksClients "The answer can not be asked for as a media type any more."
    OptionalResponseHeaderAdded "optional-response-header-added" Compatible "The answer may have one more header."
    RequiredResponseHeaderAdded "required-response-header-added" BreaksServers "The answer always has one more header."
    ResponseHeaderRemoved "response-header-removed" BreaksClients "A header of the answer is gone."
    ResponseHeaderBecameRequired "response-header-became-required" BreaksServers "A header is always there that could be missing."
    ResponseHeaderBecameOptional "response-header-became-optional" BreaksClients "A header may be missing that was always there."
    ResponseHeaderDeprecated "response-header-deprecated" Compatible "A header of the answer is deprecated."
    ResponseHeaderReactivated "response-header-reactivated" Compatible "A header of the answer is not deprecated any more."
    ResponseHeaderExplodeChanged "response-header-explode-changed" BreaksClients "Objects in a header are written in another way."

    CallbackChanged "callback-changed" BreaksClients "A request that the server makes, or the answer to it, differs; it is not said how."
    LinkChanged "link-changed" Compatible "It is said otherwise how an answer leads to another operation."

    InfoChanged "info-changed" Documentation "The document's title, version, contact, licence or terms differ."
    SummaryChanged "summary-changed" Documentation "A summary differs."
    DescriptionChanged "description-changed" Documentation "A description differs."
    TitleChanged "title-changed" Documentation "A schema's title differs."
    ExampleChanged "example-changed" Documentation "An example differs."
    ExternalDocsChanged "external-docs-changed" Documentation "What is said of documentation elsewhere differs."
    ExtensionChanged "extension-changed" Documentation "A key that starts with `x-` differs; what it means is not known here."
    ExampleInvalid "example-invalid" Documentation "An example does not match its schema. Found in one document, not between two."
}
