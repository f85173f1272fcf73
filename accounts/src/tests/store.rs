//! What the tests look for past everything.

pub const USERS: &str = "SELECT count(*) FROM users";
pub const ROLE_MEMBERS: &str = "SELECT count(*) FROM role_members";
pub const ACTIVE_ADMINISTRATORS: &str = "SELECT count(*) FROM role_members m JOIN users u ON u.id = m.user_id
                                         WHERE m.role = 'administrator' AND u.status = 'active'";
pub const DECOYS: &str = "SELECT count(*) FROM links WHERE purpose = 'decoy'";
pub const REFRESH_TOKENS: &str = "SELECT count(*) FROM refresh_tokens";
pub const HASHED_REFRESH_TOKENS: &str = "SELECT count(*) FROM refresh_tokens WHERE length(hash) = 64";
pub const THIS_REFRESH_TOKEN: &str = "SELECT hash FROM refresh_tokens WHERE hash = ?";
pub const FORGET_SIGNING_KEYS: &str = "DELETE FROM signing_keys";
pub const SEALED_KEYS: &str = "SELECT count(*) FROM signing_keys WHERE length(sealed) > 1000";
pub const CHEAP_HASHES: &str = "SELECT count(*) FROM credentials WHERE password LIKE '$argon2id$v=19$m=16,t=1,p=1$%'";
pub const DEAR_HASHES: &str = "SELECT count(*) FROM credentials WHERE password LIKE '$argon2id$v=19$m=32,t=2,p=1$%'";

/// Changes that no function of ours makes, and that the database must refuse on its own.
pub const BACK_DOORS: [&str; 3] = [
    "UPDATE users SET status = 'suspended' WHERE email = 'boss@school.example'",
    "UPDATE users SET deleted_at = updated_at WHERE email = 'boss@school.example'",
    "DELETE FROM role_members WHERE role = 'administrator'",
];
