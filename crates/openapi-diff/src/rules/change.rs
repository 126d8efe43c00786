//! The rules for schemas. Each weighs differently by the direction in which values travel.

use super::{Direction, Level};

macro_rules! schema_rules {
    ($($variant:ident $id:literal $request:ident $response:ident $meaning:literal)*) => {
        /// What happened to a schema.
        ///
        /// Almost every change either lets fewer values through or more. Fewer in a request breaks
        /// clients, who may send the others, and more breaks servers, who may not know them. In a
        /// response it is the other way round. What does both breaks clients.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Change {
            $(#[doc = $meaning] $variant,)*
        }

        impl Change {
            /// Every change, in the order of their declaration.
            pub const ALL: &[Change] = &[$(Change::$variant,)*];

            pub(super) fn id(self) -> &'static str {
                match self {
                    $(Change::$variant => $id,)*
                }
            }

            pub(super) fn level(self, direction: Direction) -> Level {
                match (self, direction) {
                    $(
                        (Change::$variant, Direction::Request) => Level::$request,
                        (Change::$variant, Direction::Response) => Level::$response,
                    )*
                }
            }

            pub(super) fn meaning(self) -> &'static str {
                match self {
                    $(Change::$variant => $meaning,)*
                }
            }
        }
    };
}

schema_rules! {
    TypeChanged "type-changed" BreaksClients BreaksClients "It is of another type."
    TypeNarrowed "type-narrowed" BreaksClients BreaksServers "It is of one type where any was let through, or an integer where any number was."
    TypeWidened "type-widened" BreaksServers BreaksClients "It is of any type where one was named, or any number where integers were."
    NullableAdded "nullable-added" BreaksServers BreaksClients "It may be null."
    NullableRemoved "nullable-removed" BreaksClients BreaksServers "It may not be null any more."

    PropertyRemoved "property-removed" BreaksClients BreaksClients "A property is gone; who sends it is not heard, who reads it finds nothing."
    OptionalPropertyAdded "optional-property-added" BreaksServers Compatible "There is one more property, which may be left out."
    RequiredPropertyAdded "required-property-added" BreaksClients BreaksServers "There is one more property, which is always there."
    PropertyAddedToClosed "property-added-to-closed" BreaksServers BreaksClients "There is one more property where no others were to be expected."
    PropertyBecameRequired "property-became-required" BreaksClients BreaksServers "A property is always there that could be left out."
    PropertyBecameOptional "property-became-optional" BreaksServers BreaksClients "A property may be left out that was always there."
    PropertyBecameReadOnly "property-became-read-only" BreaksClients Compatible "A property may only be answered."
    PropertyBecameNotReadOnly "property-became-not-read-only" BreaksServers Compatible "A property may be sent too that was only answered."
    PropertyBecameWriteOnly "property-became-write-only" Compatible BreaksClients "A property may only be sent."
    PropertyBecameNotWriteOnly "property-became-not-write-only" Compatible Compatible "A property may be answered too that was only sent."
    PropertyDeprecated "property-deprecated" Compatible Compatible "A property is deprecated."
    PropertyReactivated "property-reactivated" Compatible Compatible "A property is not deprecated any more."
    AdditionalPropertiesNarrowed "additional-properties-narrowed" BreaksClients BreaksServers "Properties that are not named may not be there any more, or are held to a schema."
    AdditionalPropertiesWidened "additional-properties-widened" BreaksServers BreaksClients "Properties that are not named may be there, or are not held to a schema any more."

    EnumAdded "enum-added" BreaksClients BreaksServers "It is one of a few values where any was let through."
    EnumRemoved "enum-removed" BreaksServers BreaksClients "It is any value where it was one of a few."
    EnumValueAdded "enum-value-added" BreaksServers BreaksClients "It may be one more value."
    EnumValueRemoved "enum-value-removed" BreaksClients BreaksServers "It may not be a value any more."
    DefaultAdded "default-added" BreaksServers BreaksServers "It is said what leaving it out means."
    DefaultRemoved "default-removed" BreaksClients BreaksClients "It is not said any more what leaving it out means."
    DefaultChanged "default-changed" BreaksClients BreaksClients "Leaving it out means something else."

    FormatNarrowed "format-narrowed" BreaksClients BreaksServers "It has a format where it had none, or one with fewer values."
    FormatWidened "format-widened" BreaksServers BreaksClients "It has no format any more, or one with more values."
    FormatChanged "format-changed" BreaksClients BreaksClients "It has another format."
    PatternAdded "pattern-added" BreaksClients BreaksServers "It has to match one more pattern."
    PatternRemoved "pattern-removed" BreaksServers BreaksClients "It need not match a pattern any more."
    PatternChanged "pattern-changed" BreaksClients BreaksClients "It has to match another pattern; whether that lets more or fewer values through is not known."
    MinimumTightened "minimum-tightened" BreaksClients BreaksServers "The least number is greater."
    MinimumLoosened "minimum-loosened" BreaksServers BreaksClients "The least number is smaller, or there is none."
    MaximumTightened "maximum-tightened" BreaksClients BreaksServers "The greatest number is smaller."
    MaximumLoosened "maximum-loosened" BreaksServers BreaksClients "The greatest number is greater, or there is none."
    MultipleOfTightened "multiple-of-tightened" BreaksClients BreaksServers "The number has to be a multiple, or a multiple of a multiple of what it was."
    MultipleOfLoosened "multiple-of-loosened" BreaksServers BreaksClients "The number need not be a multiple any more, or of a divisor of what it was."
    MultipleOfChanged "multiple-of-changed" BreaksClients BreaksClients "The number has to be a multiple of another."
    MinLengthTightened "min-length-tightened" BreaksClients BreaksServers "The least length is greater."
    MinLengthLoosened "min-length-loosened" BreaksServers BreaksClients "The least length is smaller, or there is none."
    MaxLengthTightened "max-length-tightened" BreaksClients BreaksServers "The greatest length is smaller."
    MaxLengthLoosened "max-length-loosened" BreaksServers BreaksClients "The greatest length is greater, or there is none."
    MinItemsTightened "min-items-tightened" BreaksClients BreaksServers "The list has to have more items."
    MinItemsLoosened "min-items-loosened" BreaksServers BreaksClients "The list may have fewer items."
    MaxItemsTightened "max-items-tightened" BreaksClients BreaksServers "The list may not have as many items."
    MaxItemsLoosened "max-items-loosened" BreaksServers BreaksClients "The list may have more items."
    MinPropertiesTightened "min-properties-tightened" BreaksClients BreaksServers "The object has to have more properties."
    MinPropertiesLoosened "min-properties-loosened" BreaksServers BreaksClients "The object may have fewer properties."
    MaxPropertiesTightened "max-properties-tightened" BreaksClients BreaksServers "The object may not have as many properties."
    MaxPropertiesLoosened "max-properties-loosened" BreaksServers BreaksClients "The object may have more properties."
    UniqueItemsAdded "unique-items-added" BreaksClients BreaksServers "The list may not have the same item twice."
    UniqueItemsRemoved "unique-items-removed" BreaksServers BreaksClients "The list may have the same item twice."

    OneOfAdded "one-of-added" BreaksServers BreaksClients "There is one more schema under `oneOf`."
    OneOfRemoved "one-of-removed" BreaksClients BreaksServers "A schema under `oneOf` is gone."
    AnyOfAdded "any-of-added" BreaksServers BreaksClients "There is one more schema under `anyOf`."
    AnyOfRemoved "any-of-removed" BreaksClients BreaksServers "A schema under `anyOf` is gone."
    OneOfBecameAnyOf "one-of-became-any-of" BreaksServers BreaksClients "It may match several of the schemas where it had to match one."
    AnyOfBecameOneOf "any-of-became-one-of" BreaksClients BreaksServers "It has to match one of the schemas where it could match several."
    AlternativesAdded "alternatives-added" BreaksClients BreaksServers "It has to match `oneOf` or `anyOf` too."
    AlternativesRemoved "alternatives-removed" BreaksServers BreaksClients "It need not match `oneOf` or `anyOf` any more."
    NotAdded "not-added" BreaksClients BreaksServers "It may not match a schema under `not`."
    NotRemoved "not-removed" BreaksServers BreaksClients "It may match the schema that was under `not`."
    NotChanged "not-changed" BreaksClients BreaksClients "It may not match another schema; whether that lets more or fewer values through is not known."
    DiscriminatorAdded "discriminator-added" BreaksClients BreaksServers "A property says which of the schemas it is."
    DiscriminatorRemoved "discriminator-removed" BreaksServers BreaksClients "No property says any more which of the schemas it is."
    DiscriminatorPropertyChanged "discriminator-property-changed" BreaksClients BreaksClients "Another property says which of the schemas it is."
    DiscriminatorMappingAdded "discriminator-mapping-added" BreaksServers BreaksClients "One more value says which of the schemas it is."
    DiscriminatorMappingRemoved "discriminator-mapping-removed" BreaksClients BreaksServers "A value does not say any more which of the schemas it is."
    DiscriminatorMappingChanged "discriminator-mapping-changed" BreaksClients BreaksClients "A value says that it is another of the schemas."
    XmlChanged "xml-changed" BreaksClients BreaksClients "It is written otherwise in XML."
}
