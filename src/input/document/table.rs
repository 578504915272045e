//! The declaration of a table: the type that it is read as, whose fields are its keys.

/// Declares tables of a file. Each becomes a type with a field per key, its [`super::Shape`], and its reader.
///
/// ```text
/// /// What the type is.
/// struct Poll: "`poll`" {
///     /// The documentation of the key.
///     optional within: Option<Node> as Form::Between(0.0, 60.0), "120";
/// }
/// ```
///
/// - A key is `needed`, or `optional`: `needed` notes its absence. What the type makes of an absent or faulty value is up to
///   [`super::Read::absent`].
/// - What the value may be is the form of its type, unless `as` says more. The example is TOML.
/// - `path("as")` names a key that cannot name a field.
/// - `all of: Type;` takes in the keys of another table.
macro_rules! tables {
    ($(
        $(#[$meta:meta])*
        $vis:vis struct $name:ident: $what:literal {
            $(
                $(#[doc = $doc:literal])*
                $kind:ident $field:ident $(($key:literal))?: $type:ty $(as $form:expr)? $(, $example:literal)?;
            )*
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        $vis struct $name {
            $($vis $field: $type,)*
        }

        impl $name {
            /// Its keys.
            $vis const SHAPE: &'static $crate::input::document::Shape = &$crate::input::document::Shape {
                what: $what,
                keys: &[$($crate::input::document::tables!(
                    @keys $kind $field ($($key)?) ($type) ($($form)?) [$($doc)*] $($example)?
                )),*],
                or: None,
            };

            /// Reads its keys; those that it does not have are left to the caller.
            $vis fn fields(
                fields: &$crate::input::document::Fields<'_>,
                faults: &mut $crate::input::diagnostic::Faults,
            ) -> Option<Self> {
                $(let $field: Option<$type> =
                    $crate::input::document::tables!(@read $kind $field ($($key)?) ($type) fields faults);)*
                Some(Self { $($field: $field?),* })
            }
        }

        impl $crate::input::document::Read for $name {
            const FORM: $crate::input::document::Form = $crate::input::document::Form::Table(Self::SHAPE);

            fn read(
                node: &$crate::input::document::Node,
                faults: &mut $crate::input::diagnostic::Faults,
            ) -> Option<Self> {
                let fields = $crate::input::document::Fields::of(node, Self::SHAPE, faults)?;
                let read = Self::fields(&fields, faults);
                fields.finish(faults);
                read
            }
        }
    )*};

    (@name $field:ident ()) => { stringify!($field) };
    (@name $field:ident ($key:literal)) => { $key };

    (@form ($type:ty) ()) => { <$type as $crate::input::document::Read>::FORM };
    (@form ($type:ty) ($form:expr)) => { $form };

    (@needed needed) => { true };
    (@needed optional) => { false };

    (@keys all $field:ident () ($type:ty) () []) => { $crate::input::document::Keys::Of(<$type>::SHAPE) };
    (@keys $kind:ident $field:ident $key:tt $type:tt $form:tt [$($doc:literal)*] $example:literal) => {
        $crate::input::document::Keys::One($crate::input::document::Entry {
            name: $crate::input::document::tables!(@name $field $key),
            needed: $crate::input::document::tables!(@needed $kind),
            form: $crate::input::document::tables!(@form $type $form),
            text: concat!($($doc),*).trim_ascii_start(),
            example: $example,
        })
    };

    (@read all $field:ident () ($type:ty) $fields:ident $faults:ident) => { <$type>::fields($fields, $faults) };
    (@read $kind:ident $field:ident $key:tt ($type:ty) $fields:ident $faults:ident) => {
        $fields.take($crate::input::document::tables!(@name $field $key), $faults)
    };
}

/// Declares an enum whose variants authors write as words. An unknown word is a fault with this code; messages call the words `$what`.
macro_rules! words {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident: $code:literal, $what:literal {
            $($(#[$doc:meta])* $variant:ident = $word:literal,)*
        }
    ) => {
        $(#[$meta])*
        $vis enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All of them, by the words that authors write.
            pub const NAMES: [(&'static str, Self); [$($word),*].len()] = [$(($word, Self::$variant)),*];

            /// The word that authors write.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl $crate::input::document::Read for $name {
            const FORM: $crate::input::document::Form =
                $crate::input::document::Form::Word(|| Self::NAMES.iter().map(|(name, _)| *name).collect());

            fn read(
                node: &$crate::input::document::Node,
                faults: &mut $crate::input::diagnostic::Faults,
            ) -> Option<Self> {
                $crate::input::document::one_of(&Self::NAMES, node, ($code, $what), faults)
            }
        }
    };
}

pub(crate) use {tables, words};
