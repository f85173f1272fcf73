//! Setting a password: with a mailed link, or knowing the present one.

use models::{Origin, TenantId, record::Email};
use secrecy::SecretString;

use crate::{
    Accounts, Error, Identity, Mail, Message, Result,
    link::{self, Purpose},
    password::{self, Verdict},
    people::{self, Account},
    session::{End, store as sessions},
    throttle::{self, store::Kind},
};

impl Accounts {
    /// Mails a link to set a new password, if the address has an account. The answer is the same if it has none.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`]; [`Error::Invalid`] for what is no address.
    pub async fn request_password_reset(&self, tenant: &TenantId, email: &Email, origin: &Origin) -> Result<()> {
        self.admit_mail(tenant, email.as_str(), origin).await?;
        let mut tx = self.database.write(tenant).await?;
        let account = people::store::by_email(&mut tx, tenant, email.as_str()).await?;
        let account = account.filter(|account| !account.suspended);
        let mail = if let Some(account) = &account {
            let of = Some((account.user, account.email.as_str()));
            let made =
                link::store::make(&mut tx, tenant, Purpose::ResetPassword, of, &self.entropy, self.now()).await?;
            Some(Mail::to(account, Message::ResetPassword { token: made.token, expires_at: made.expires_at }))
        } else {
            link::store::make(&mut tx, tenant, Purpose::Decoy, None, &self.entropy, self.now()).await?;
            None
        };
        tx.commit().await?;
        if let Some(mail) = mail {
            self.mail(mail).await;
        }
        Ok(())
    }

    /// Sets a password with a link from a mail (to reset it, or an invitation). It confirms the address, ends all
    /// sessions, and no other link works any more.
    ///
    /// # Errors
    /// [`Error::InvalidLink`]; [`Error::Invalid`] for the password, and the link still works.
    pub async fn set_password(&self, token: &SecretString, password: SecretString, origin: &Origin) -> Result<()> {
        let purposes = [Purpose::ResetPassword, Purpose::Invitation];
        let link = link::store::find(&self.database, &purposes, token, self.now()).await?;
        let account = {
            let mut tx = self.database.read(&link.tenant).await?;
            self.account_of(&mut tx, &link).await?
        };
        let hash = self.checked_hash(&account, password).await?;
        let (tenant, now) = (&link.tenant, self.now());
        let mut tx = self.database.write(tenant).await?;
        link::store::take(&mut tx, &link, now).await?;
        let account = self.account_of(&mut tx, &link).await?;
        link::store::cancel(&mut tx, tenant, account.user).await?;
        people::store::set_password(&mut tx, tenant, account.user, &hash, now).await?;
        self.confirm(&mut tx, &account, origin).await?;
        sessions::end_all(&mut tx, tenant, account.user, None, End::PasswordChanged, now).await?;
        throttle::store::forgive(&mut tx, tenant, Kind::Account, &account.email).await?;
        let subject = account.user.to_string();
        self.note_by(&mut tx, tenant, account.user, origin, "password.reset", &subject).await?;
        tx.commit().await?;
        self.mail(Mail::to(&account, Message::PasswordChanged)).await;
        Ok(())
    }

    /// Changes the password of whoever is signed in; the other sessions end.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the present one is wrong or the new one is not taken; [`Error::TooManyAttempts`].
    pub async fn change_password(
        &self,
        identity: &Identity,
        present: SecretString,
        new: SecretString,
        origin: &Origin,
    ) -> Result<()> {
        let session = identity.session().ok_or_else(|| Error::Forbidden("session".to_owned()))?;
        let (tenant, user) = (&identity.tenant, identity.user);
        throttle::store::admit(&self.database, tenant, &[(Kind::Account, &identity.email)], self.now()).await?;
        let account = {
            let mut tx = self.database.read(tenant).await?;
            people::store::by_id(&mut tx, tenant, user).await?.ok_or(Error::InvalidToken)?
        };
        if self.hasher.verify(present, account.password.clone()).await? == Verdict::Wrong {
            return Err(Error::invalid("current_password", "is wrong"));
        }
        let hash = self.checked_hash(&account, new).await?;
        let now = self.now();
        let mut tx = self.database.write(tenant).await?;
        people::store::set_password(&mut tx, tenant, user, &hash, now).await?;
        link::store::cancel(&mut tx, tenant, user).await?;
        sessions::end_all(&mut tx, tenant, user, Some(session), End::PasswordChanged, now).await?;
        throttle::store::forgive(&mut tx, tenant, Kind::Account, &account.email).await?;
        self.note_by(&mut tx, tenant, user, origin, "password.changed", &user.to_string()).await?;
        tx.commit().await?;
        self.mail(Mail::to(&account, Message::PasswordChanged)).await;
        Ok(())
    }

    async fn checked_hash(&self, account: &Account, password: SecretString) -> Result<String> {
        let facts = account.facts();
        let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
        password::check(&password, &facts)?;
        self.hasher.hash(password, self.entropy.bytes()).await
    }
}
