#![doc = include_str!("../README.md")]

mod compact;
mod error;
mod forget;
mod merge;
mod verify;

pub use compact::{Compacted, compact};
pub use error::Error;
pub use forget::{Asked, Chosen, Conversation, Forgot, Proof, choose, finish, forget, prove};
pub use verify::{Finding, Verified, verify};
