//! The bearer token of the HTTP interface.

use std::fmt;

use subtle::ConstantTimeEq as _;

/// Characters that a token has at least.
const LEAST: usize = 16;

/// The bearer token of the HTTP interface. `Debug` does not show it.
///
/// # Example: a token differs from others, and is not shown
/// ```
/// use tiltak_producer::service::Token;
///
/// let token = Token::new("0123456789abcdef")?;
/// assert!(token.is("0123456789abcdef") && !token.is("0123456789abcdeF"));
/// assert_eq!(format!("{token:?}"), "Token(…)");
/// # Ok::<(), tiltak_producer::service::WeakToken>(())
/// ```
#[derive(Clone)]
pub struct Token(Box<str>);

/// A text that cannot be a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token of the HTTP interface takes at least {LEAST} visible ASCII characters, without spaces")]
pub struct WeakToken;

impl Token {
    /// Reads a token. White space around it is dropped, such as the last line break of a file.
    ///
    /// # Errors
    /// Fewer than 16 characters, or one that a header cannot carry.
    pub fn new(text: &str) -> Result<Self, WeakToken> {
        let text = text.trim();
        let fits = text.len() >= LEAST && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text.into())) } else { Err(WeakToken) }
    }

    /// Compares with a token that a caller has sent, in constant time for tokens of one length.
    pub fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(…)")
    }
}
