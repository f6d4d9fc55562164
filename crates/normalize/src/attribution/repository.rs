//! Names of repositories and branches, written one way however they were cloned or checked out. Border: text in, text out.

/// A repository as `host/path`: without scheme, user, password, port, query and `.git`; a name that is no address as it is.
pub fn repository(text: &str) -> String {
    let text = text.trim();
    let schemed = text.split_once("://");
    let address = schemed.map_or(text, |(_, rest)| rest);
    let address = if schemed.is_some() { address.split(['?', '#']).next().unwrap_or_default() } else { address };
    let trimmed = address.trim_end_matches('/');
    let trimmed = trimmed.strip_suffix(".git").unwrap_or(trimmed);
    let end = trimmed.find('/').unwrap_or(trimmed.len());
    let (authority, path) = trimmed.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = path.trim_start_matches('/');
    match host.split_once(':') {
        // a port
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && schemed.is_some() => joined(host, path),
        // git@host:path; a single letter before the colon is a drive
        Some((host, start)) if schemed.is_none() && host.len() > 1 => joined(host, &joined_path(start, path)),
        Some(_) => trimmed.to_owned(),
        // a folder, or the name alone
        None if schemed.is_none() && host.len() == authority.len() && !host.contains('.') || host.is_empty() => trimmed.to_owned(),
        None => joined(host, path),
    }
}

fn joined(host: &str, path: &str) -> String {
    let host = host.to_ascii_lowercase();
    if path.is_empty() { host } else { format!("{host}/{path}") }
}

fn joined_path(start: &str, rest: &str) -> String {
    let start = start.trim_matches('/');
    if rest.is_empty() || start.is_empty() { format!("{start}{rest}") } else { format!("{start}/{rest}") }
}

/// A branch without the folders that git keeps it in.
pub fn branch(text: &str) -> String {
    let text = text.trim();
    text.strip_prefix("refs/heads/").unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_repository_has_one_name() {
        for text in [
            "https://github.com/acme/web",
            "https://github.com/acme/web.git",
            "https://ann:secret@GitHub.com/acme/web.git/",
            "https://token@github.com/acme/web?tab=readme#top",
            "ssh://git@github.com:22/acme/web.git",
            "git@github.com:acme/web.git",
            "git@github.com:/acme/web.git",
            "github.com:acme/web",
            "github.com/acme/web",
            "git://github.com//acme/web",
        ] {
            assert_eq!(repository(text), "github.com/acme/web", "{text}");
        }
        for (text, name) in [
            ("acme/web", "acme/web"),
            ("web.git", "web"),
            ("/home/ann/src/web", "/home/ann/src/web"),
            ("file:///home/ann/web.git", "/home/ann/web"),
            ("C:/src/web", "C:/src/web"),
            ("https://git.example.com:8443/a/B", "git.example.com/a/B"),
            ("git@host:group/sub/web.git", "host/group/sub/web"),
        ] {
            assert_eq!(repository(text), name, "{text}");
        }
    }

    #[test]
    fn branches_are_bare() {
        assert_eq!((branch("refs/heads/main").as_str(), branch("feature/refs/heads/x").as_str()), ("main", "feature/refs/heads/x"));
    }
}
