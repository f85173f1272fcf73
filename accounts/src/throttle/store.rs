use jiff::Timestamp;
use models::{TenantId, record::Row, values};
use store::{Database, Tx};

use super::{Rule, Tally};
use crate::{Error, Result, secret::Fingerprint};

/// What is counted, under which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Account,
    Address,
    Mail,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Address => "address",
            Self::Mail => "mail",
        }
    }

    const fn rule(self) -> Rule {
        match self {
            Self::Account => Rule::ACCOUNT,
            Self::Address => Rule::ADDRESS,
            Self::Mail => Rule::MAIL,
        }
    }
}

/// Counts one attempt of each kind in one transaction, or none when one of them has to wait.
///
/// # Errors
/// [`Error::TooManyAttempts`] with the time to wait.
pub async fn admit(database: &Database, tenant: &TenantId, attempts: &[(Kind, &str)], now: Timestamp) -> Result<()> {
    let mut tx = database.write(tenant).await?;
    for (kind, subject) in attempts {
        count(&mut tx, tenant, *kind, &Fingerprint::of_text(subject), now).await?;
    }
    Ok(tx.commit().await?)
}

async fn count(tx: &mut Tx, tenant: &TenantId, kind: Kind, subject: &Fingerprint, now: Timestamp) -> Result<()> {
    // Makes the row if there is none, and holds it until the end of the transaction.
    let sql = "INSERT INTO attempts (tenant, kind, subject, attempts, last_at) VALUES (?, ?, ?, 0, ?)
               ON CONFLICT (tenant, kind, subject) DO UPDATE SET attempts = attempts.attempts
               RETURNING attempts, last_at, blocked_until";
    let row = tx.fetch_one(sql, &values![tenant, kind.name(), subject.as_str(), now]).await?;
    let tally = kind.rule().admit(tally(&row)?, now).map_err(Error::TooManyAttempts)?;
    let sql = "UPDATE attempts SET attempts = ?, last_at = ?, blocked_until = ?
               WHERE tenant = ? AND kind = ? AND subject = ?";
    let bound = values![tally.attempts, tally.last, tally.blocked_until, tenant, kind.name(), subject.as_str()];
    tx.execute(sql, &bound).await?;
    Ok(())
}

fn tally(row: &Row) -> Result<Option<Tally>> {
    let attempts: u32 = row.get("attempts")?;
    let tally = Tally { attempts, last: row.get("last_at")?, blocked_until: row.get("blocked_until")? };
    Ok((attempts > 0).then_some(tally))
}

/// The attempts were somebody who is entitled to.
pub async fn forgive(tx: &mut Tx, tenant: &TenantId, kind: Kind, subject: &str) -> Result<()> {
    let sql = "DELETE FROM attempts WHERE tenant = ? AND kind = ? AND subject = ?";
    tx.execute(sql, &values![tenant, kind.name(), Fingerprint::of_text(subject).as_str()]).await?;
    Ok(())
}

/// One attempt less: a right password is no guess.
pub async fn give_back(tx: &mut Tx, tenant: &TenantId, kind: Kind, subject: &str) -> Result<()> {
    let sql = "UPDATE attempts SET attempts = attempts - 1, blocked_until = NULL
               WHERE tenant = ? AND kind = ? AND subject = ? AND attempts > 0";
    tx.execute(sql, &values![tenant, kind.name(), Fingerprint::of_text(subject).as_str()]).await?;
    Ok(())
}
