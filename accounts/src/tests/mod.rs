//! What accounts do, on both databases, with a clock that tests turn and randomness from a seed.

mod administration;
mod keys;
mod login;
mod membership;
mod passwords;
mod refresh;
mod registration;
mod setup;
mod store;
mod tokens;
mod world;
