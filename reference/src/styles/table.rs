//! All styles: their names, and what each does otherwise.

/// Makes the enumeration and its names of one table.
macro_rules! styles {
    ($($style:ident $name:literal $about:literal)+) => {
        /// A way to conform.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Style { $(#[doc = $about] $style,)+ }

        impl Style {
            /// All styles.
            pub const ALL: &'static [Self] = &[$(Self::$style,)+];

            /// The name that it is asked for by.
            pub fn name(self) -> &'static str {
                match self { $(Self::$style => $name,)+ }
            }

            /// What it does otherwise.
            pub fn about(self) -> &'static str {
                match self { $(Self::$style => $about,)+ }
            }
        }
    };
}

styles! {
    Created201 "created-201" "what is created is 201"
    Created200 "created-200" "what is created is 200"
    Replay200 "replay-200" "a replay is 200"
    NoKey422 "no-key-422" "a write without a key is 422"
    NoSource400 "no-source-400" "no source is 400"
    NoObject422 "no-object-422" "JSON that is no object is 422"
    UnknownKey403 "unknown-key-403" "an unknown or revoked key is 403"
    Method405 "method-405" "a wrong method is 405 with Allow"
    Media415 "media-415" "another media type is 415"
    Media422 "media-422" "another media type is 422"
    Long413 "long-413" "a body over the limit is 413, and the limit is low"
    Concurrent409 "concurrent-409" "a write beside an equal one that is under way is 409"
    Concurrent429 "concurrent-429" "a write beside an equal one that is under way is a retryable 429"
    BytesCompared "bytes-compared" "payloads under one key are compared byte by byte"
    RefusalsKept "refusals-kept" "another payload under the key of a refused write is 409"
    OneSetOfKeys "one-set-of-keys" "a key used on another route, or for another job, is 409"
    Asset422 "asset-422" "an unknown source asset in a body is 422"
    PagingLenient "paging-lenient" "limits of events are clamped, broken cursors are passed over"
    Paging400 "paging-400" "broken limits and cursors are 400"
    PathFirst "path-first" "an unknown path is 404 before the token is looked at"
    BodyFirst "body-first" "the body is read and checked before the limit"
    FieldsLenient "fields-lenient" "unknown fields, nulls and empty rooms are passed over"
    DuplicatesTaken "duplicates-taken" "of two members of one name the last counts"
    RegenerateStrict "regenerate-strict" "an empty regeneration is 400"
    RegenerateLenient "regenerate-lenient" "source fields of a regeneration are passed over"
    TwoHeaders400 "two-headers-400" "two Authorization headers are 400"
    TwoHeadersAny "two-headers-any" "two Authorization headers do, where one is valid"
    LongKeys "long-keys" "idempotency keys may be long"
    FurnishNeeds "furnish-needs" "a furnished photo needs rooms and a style"
    SixRooms "six-rooms" "Bedroom is no known room"
    PrefixCase "prefix-case" "the prefix of a token is compared without regard to case"
    NewAccount "new-account" "no organization has jobs or billing events that count when the server starts"
    NewestFirst "newest-first" "the newest billing event comes first"
    Head "head" "HEAD is answered as GET without a body"
    RequestBom "request-bom" "a byte order mark before a request's JSON is passed over"
    NoHeader "no-header" "a 429 has no Retry-After header"
    DateHeader "date-header" "Retry-After is a date"
    FloatWindows "float-windows" "`retry_after` has fractions of a second"
    ZeroWindows "zero-windows" "`retry_after` is 0 in place of null"
    ExtraMembers "extra-members" "envelopes have more members, and every answer an id of its own"
    Pretty "pretty" "JSON is indented"
    Charset "charset" "the media type has a charset, and capitals"
    Gzip "gzip" "bodies are compressed where Accept-Encoding asks for it"
    Chunked "chunked" "bodies come in chunks, without Content-Length"
    SmallFrames "small-frames" "HTTP/2 bodies come in an empty frame, then frames of 16 bytes"
    Close "close" "every answer closes its connection"
    HeaderOrder "header-order" "header fields come in another order, beside others"
    CacheList "cache-list" "no-store is one directive of several, in capitals"
    Realm "realm" "the challenge has a realm and an error"
    UsageLags "usage-lags" "a write is counted in usage 0.3 seconds after it was accepted"
    Slow "slow" "every answer takes its time"
}
