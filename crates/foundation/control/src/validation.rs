//! The rules that names and slugs keep, whoever sets them.

use crate::error::ControlError;

/// Long enough for any name that a person would choose, short enough for a list.
const NAME_CHARS_MAX: usize = 100;

/// The name without blanks around it: 1 to 100 characters, none of them a control character.
pub(crate) fn checked_name(field: &'static str, name: &str) -> Result<String, ControlError> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(ControlError::invalid(field, "The name has to have 1 to 100 visible characters."));
    }
    Ok(name.to_owned())
}

/// 1 to 100 of `a-z`, `0-9`, `_` and `-`.
pub(crate) fn checked_slug(slug: &str) -> Result<&str, ControlError> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    if (1..=NAME_CHARS_MAX).contains(&slug.len()) && slug.bytes().all(fits) {
        return Ok(slug);
    }
    Err(ControlError::invalid(
        "slug",
        "The slug has to have 1 to 100 characters of a-z, 0-9, _ and -; choose one such as `web-shop`.",
    ))
}

/// The address in lower case without blanks around it, if it can be an address at all.
pub(crate) fn checked_email(email: &str) -> Result<String, ControlError> {
    let email = email.trim().to_lowercase();
    let plausible = email.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty())
        && email.len() <= 254
        && email.matches('@').count() == 1
        && !email.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    if plausible {
        return Ok(email);
    }
    Err(ControlError::invalid("email", "This is not an email address; write one such as `ada@example.com`."))
}

/// At least 12 characters, and at most 1,024 bytes so that hashing stays cheap.
pub(crate) fn checked_password<'a>(field: &'static str, password: &'a str) -> Result<&'a str, ControlError> {
    if password.chars().count() < 12 {
        return Err(ControlError::invalid(
            field,
            "The password has to have at least 12 characters; a few words do well.",
        ));
    }
    if password.len() > 1_024 {
        return Err(ControlError::invalid(field, "The password is too long; use at most 1,024 bytes."));
    }
    Ok(password)
}
