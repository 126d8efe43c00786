//! The two values that a request is authenticated with.

use std::fmt;

use reqwest::header::HeaderValue;

use crate::error::Error;

/// A user's id and a token of theirs: of a login, or a personal access token. Neither is ever shown.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) user_id: HeaderValue,
    pub(crate) auth_token: HeaderValue,
}

impl Credentials {
    /// Fails with [`Error::Setup`] where a value cannot stand in a header: it is empty or has a character that is not
    /// printable ASCII.
    pub fn new(user_id: &str, auth_token: &str) -> Result<Self, Error> {
        let mut auth_token = header("auth token", auth_token)?;
        auth_token.set_sensitive(true);
        Ok(Self { user_id: header("user id", user_id)?, auth_token })
    }
}

fn header(what: &str, value: &str) -> Result<HeaderValue, Error> {
    let printable = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic());
    match HeaderValue::from_str(value) {
        Ok(value) if printable => Ok(value),
        _ => Err(Error::Setup {
            reason: format!("the {what} is empty, or has a blank or another character that none has: copy it again"),
        }),
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_no_header_can_hold_are_refused_without_being_shown() {
        for token in ["", "secret\n", "sec ret", "sécret"] {
            let error = Credentials::new("u", token).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the auth token is empty, or has a blank or another character that none has: copy it again"
            );
        }
    }

    #[test]
    fn credentials_are_not_shown() {
        assert_eq!(format!("{:?}", Credentials::new("user-1", "secret-2").unwrap()), "Credentials(…)");
    }
}
