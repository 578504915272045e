//! The strict JSON reader: what it reads is what a second reader reads, and it refuses nothing else but what is documented.

#![no_main]

use gonogo::judge::{Faulty, read};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let without = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let library: Result<Value, _> = serde_json::from_slice(without);
    match (read(bytes), library) {
        (Ok(reading), Ok(value)) => {
            assert_eq!(reading.value, value);
            assert!(reading.duplicates.len() <= 20);
        }
        (Ok(_), Err(error)) => panic!("read, though {error}"),
        (Err(Faulty::Grammar(why)), Ok(_)) => assert!(why.contains("values"), "{why}"),
        (Err(why), Ok(_)) => panic!("refused: {why}"),
        (Err(_), Err(_)) => {}
    }
});
