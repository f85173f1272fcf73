//! Bytes of a text file become characters: byte order marks, UTF-8, then the likeliest legacy encoding.

use chardetng::EncodingDetector;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::Reject;

/// A text file's characters.
///
/// # Errors
/// The bytes are not text.
pub(crate) fn text(bytes: &[u8]) -> Result<String, Reject> {
    if let Some(text) = utf32(bytes) {
        return Ok(text);
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok(encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned());
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return Ok(encoding.decode_without_bom_handling(bytes).0.into_owned());
    }
    if is_binary(bytes) {
        return Err(Reject::failed(
            "The file is named like a text file but holds binary data: open it in the program that made it and save \
             it as PDF, DOCX or plain text.",
        ));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    Ok(legacy(bytes))
}

/// Whether the bytes cannot be text in any encoding that spends single bytes on ASCII.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(64 * 1024)];
    let odd = head.iter().filter(|&&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)).count();
    odd * 100 > head.len()
}

/// Whether the bytes look like UTF-16, with or without its mark.
pub(crate) fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || utf16_without_mark(bytes).is_some()
}

/// UTF-16 whose mark is missing: every other byte is zero.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(4096)];
    if head.len() < 8 {
        return None;
    }
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|&&byte| byte == 0).count();
    let half = head.len() / 2;
    match (zeros(0), zeros(1)) {
        (even, odd) if odd * 10 > half * 7 && even * 10 < half => Some(UTF_16LE),
        (even, odd) if even * 10 > half * 7 && odd * 10 < half => Some(UTF_16BE),
        _ => None,
    }
}

fn utf32(bytes: &[u8]) -> Option<String> {
    let (rest, little) = match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] => (rest, true),
        [0, 0, 0xfe, 0xff, rest @ ..] => (rest, false),
        _ => return None,
    };
    let decode = |quad: &[u8; 4]| if little { u32::from_le_bytes(*quad) } else { u32::from_be_bytes(*quad) };
    Some(rest.as_chunks::<4>().0.iter().filter_map(|quad| char::from_u32(decode(quad))).collect())
}

fn legacy(bytes: &[u8]) -> String {
    let lossy = String::from_utf8_lossy(bytes);
    let broken = lossy.matches('\u{fffd}').count();
    let good = lossy.chars().filter(|c| !c.is_ascii() && *c != '\u{fffd}').count();
    // A few broken bytes in text that is plainly UTF-8, such as a file cut in the middle of a character.
    if good > broken * 4 {
        return lossy.into_owned();
    }
    let mut detector = EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let guess = detector.guess(None, chardetng::Utf8Detection::Allow);
    let guess = if guess == UTF_8 { encoding_rs::WINDOWS_1252 } else { guess };
    guess.decode_without_bom_handling(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_recognised() {
        let utf16 = |text: &str, little: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
        };
        let sentence = "Le règlement intérieur s'applique à tous les élèves dès la rentrée.";
        let latin: Vec<u8> = sentence.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
        let cases: [(&str, Vec<u8>); 7] = [
            ("utf-8", sentence.as_bytes().to_vec()),
            ("utf-8 with mark", ["\u{feff}".as_bytes(), sentence.as_bytes()].concat()),
            ("windows-1252", latin),
            ("utf-16le", utf16(sentence, true)),
            ("utf-16be with mark", [&[0xfe, 0xff][..], &utf16(sentence, false)].concat()),
            ("utf-32le", {
                let units = sentence.chars().flat_map(|c| u32::from(c).to_le_bytes());
                [0xff, 0xfe, 0, 0].into_iter().chain(units).collect()
            }),
            ("cut utf-8", {
                let mut bytes = sentence.as_bytes().to_vec();
                bytes.push(0xc3);
                bytes
            }),
        ];
        for (name, bytes) in cases {
            assert_eq!(text(&bytes).expect(name).trim_end_matches('\u{fffd}'), sentence, "{name}");
        }
        assert!(text(&[0, 1, 2, 3, 4, 5, 6, 7]).is_err());
    }
}
