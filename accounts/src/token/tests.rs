use std::sync::Arc;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::*;
use crate::signing::RingKey;

struct Bench {
    ring: KeyRing,
    key: Arc<SigningKey>,
    issuer: Issuer,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("in range")
}

impl Bench {
    fn new() -> Self {
        let key = Arc::new(SigningKey::generate().expect("generates"));
        let ring = KeyRing::new(vec![RingKey { key: Arc::clone(&key), created_at: at(0), retires_at: None }]);
        let issuer = Issuer { issuer: "https://school.example".to_owned(), audience: "guichet".to_owned() };
        Self { ring, key, issuer }
    }

    fn token(&self) -> String {
        let tenant = TenantId::new("north");
        let of = Bearer { tenant: &tenant, user: Id::mint(at(0), [1; 10]), session: Id::mint(at(0), [2; 10]) };
        self.issuer.issue(&self.key, of, at(0), [3; 16]).expect("signs").expose_secret().to_owned()
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<Claims> {
        self.issuer.verify(&self.ring, token, now)
    }

    /// A token of these parts with a true signature by our key.
    fn signed(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", part(header).expect("JSON"), part(claims).expect("JSON"));
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes()).expect("signs")))
    }
}

fn decoded(token: &str, position: usize) -> Value {
    let part = token.split('.').nth(position).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

fn with(mut value: Value, key: &str, new: Value) -> Value {
    value[key] = new;
    value
}

fn without(mut value: Value, key: &str) -> Value {
    value.as_object_mut().expect("an object").remove(key);
    value
}

#[test]
fn a_token_says_who_through_which_session_and_until_when() {
    let bench = Bench::new();
    let token = bench.token();
    assert_eq!(decoded(&token, 0), json!({"alg": "RS256", "typ": "at+jwt", "kid": bench.key.public().kid}));
    let claims = bench.verify(&token, at(0)).expect("is valid");
    assert_eq!((claims.tenant.as_str(), claims.exp - claims.iat), ("north", 900));
    assert_eq!(claims.sub, Id::mint(at(0), [1; 10]));
    assert_eq!(claims.sid, Id::mint(at(0), [2; 10]));
}

#[test]
fn it_lives_a_quarter_of_an_hour_to_the_nanosecond() {
    let bench = Bench::new();
    let token = bench.token();
    let nanosecond = SignedDuration::from_nanos(1);
    assert!(bench.verify(&token, at(900) - nanosecond).is_ok());
    assert!(bench.verify(&token, at(900)).is_err(), "exactly at its end");
    assert!(bench.verify(&token, at(901)).is_err());
}

/// Nodes differ a little; a clock that was turned back an hour must not give a token another hour.
#[test]
fn it_does_not_come_from_the_future() {
    let bench = Bench::new();
    let token = bench.token();
    assert!(bench.verify(&token, at(-60)).is_ok());
    assert!(bench.verify(&token, at(-61)).is_err());
    assert!(bench.verify(&token, at(-3600)).is_err());
}

#[test]
fn other_algorithms_are_refused() {
    let bench = Bench::new();
    let (header, claims) = (decoded(&bench.token(), 0), decoded(&bench.token(), 1));
    for algorithm in ["none", "None", "NONE", "nOnE", "", "HS256", "RS384", "RS512", "PS256", "ES256", "EdDSA"] {
        let forged = bench.signed(&with(header.clone(), "alg", algorithm.into()), &claims);
        assert!(bench.verify(&forged, at(1)).is_err(), "{algorithm}");
        let unsigned = format!("{}.", forged.rsplit_once('.').expect("parts").0);
        assert!(bench.verify(&unsigned, at(1)).is_err(), "{algorithm} without signature");
    }
    assert!(bench.verify(&bench.signed(&header, &claims), at(1)).is_ok(), "the forger's tool works");
}

/// The classic confusion: HS256 with the public key as the secret, in every form somebody might take it.
#[test]
fn the_public_key_is_not_a_secret() {
    let bench = Bench::new();
    let claims = decoded(&bench.token(), 1);
    let jwk = bench.key.public().jwk();
    let jwk_text = serde_json::to_string(&jwk).expect("JSON");
    let modulus = URL_SAFE_NO_PAD.decode(&jwk.n).expect("base64url");
    for secret in [jwk.n.as_bytes(), jwk_text.as_bytes(), &modulus, b""] {
        let mut header = jsonwebtoken::Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(jwk.kid.clone());
        let key = jsonwebtoken::EncodingKey::from_secret(secret);
        let forged = jsonwebtoken::encode(&header, &claims, &key).expect("encodes");
        assert!(bench.verify(&forged, at(1)).is_err());
    }
}

#[test]
fn tampered_and_foreign_tokens_are_refused() {
    let bench = Bench::new();
    let token = bench.token();
    let (header, claims) = (decoded(&token, 0), decoded(&token, 1));
    let parts: Vec<&str> = token.split('.').collect();
    let other_claims = part(&with(claims.clone(), "tenant", "south".into())).expect("JSON");
    let stranger = Bench::new();
    let mut forged = vec![
        ("other claims under the old signature", format!("{}.{other_claims}.{}", parts[0], parts[2])),
        ("a stranger's key", stranger.token()),
        ("a stranger's key under our kid", stranger.signed(&header, &claims)),
        ("no kid", bench.signed(&without(header.clone(), "kid"), &claims)),
        ("unknown kid", bench.signed(&with(header.clone(), "kid", "x".into()), &claims)),
        ("a plain JWT", bench.signed(&with(header.clone(), "typ", "JWT".into()), &claims)),
        ("no typ", bench.signed(&without(header.clone(), "typ"), &claims)),
        ("an identity token", bench.signed(&with(header.clone(), "typ", "id_token".into()), &claims)),
        (
            "a longer life",
            bench.signed(
                &header,
                &with(claims.clone(), "exp", (claims["iat"].as_i64().expect("a number") + 901).into()),
            ),
        ),
        ("no end", bench.signed(&header, &with(claims.clone(), "exp", i64::MAX.into()))),
        ("an early start", bench.signed(&header, &with(claims.clone(), "iat", i64::MIN.into()))),
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
        ("two parts", parts[..2].join(".")),
        ("four parts", format!("{token}.x")),
        ("a blank", format!("{token} ")),
        ("huge", "a".repeat(1_000_000)),
    ];
    for name in ["iss", "aud"] {
        forged.push((name, bench.signed(&header, &with(claims.clone(), name, "https://else.example".into()))));
    }
    for name in ["iss", "aud", "sub", "tenant", "sid", "exp", "iat"] {
        forged.push((name, bench.signed(&header, &without(claims.clone(), name))));
        forged.push((name, bench.signed(&header, &with(claims.clone(), name, Value::Null))));
    }
    forged.push(("a session as subject", bench.signed(&header, &with(claims.clone(), "sub", claims["sid"].clone()))));
    for (what, token) in forged {
        assert!(matches!(bench.verify(&token, at(1)), Err(Error::InvalidToken)), "{what}");
    }
}

/// Every single flipped bit of header, claims and signature.
#[test]
fn no_bit_can_be_flipped() {
    let bench = Bench::new();
    let token = bench.token();
    for position in (0..token.len()).step_by(7) {
        let mut bytes = token.clone().into_bytes();
        bytes[position] ^= 1;
        let Ok(flipped) = String::from_utf8(bytes) else { continue };
        // The last character of a part has bits that mean nothing, which a strict decoder refuses and a lax one ignores.
        if let Ok(claims) = bench.verify(&flipped, at(1)) {
            assert_eq!(claims, bench.verify(&token, at(1)).expect("is valid"), "position {position}");
        }
    }
}
