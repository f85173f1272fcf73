//! Making one's own account. The answer never tells whether the address had one already.

use models::{Origin, TenantId};
use secrecy::SecretString;

use crate::{
    Accounts, Error, Mail, Message, Result,
    link::{self, Purpose},
    password,
    people::{self, Account, NewAccount},
    throttle::{self, store::Kind},
};

impl Accounts {
    /// Takes a registration; what comes of it is mailed. An account can sign in once its address is confirmed.
    ///
    /// # Errors
    /// [`Error::RegistrationClosed`], by settings and address alone; [`Error::Invalid`] for the password;
    /// [`Error::TooManyAttempts`].
    pub async fn register(&self, tenant: &TenantId, new: NewAccount, origin: &Origin) -> Result<()> {
        if !self.settings.registration.admits(new.email.as_str()) {
            return Err(Error::RegistrationClosed);
        }
        let facts = [new.email.as_str(), new.given_name.as_str(), new.family_name.as_str(), "guichet"];
        password::check(&new.password, &facts)?;
        self.admit_mail(tenant, new.email.as_str(), origin).await?;
        // Hashed in any case, so that it takes as long.
        let hash = self.hasher.hash(new.password.clone(), self.entropy.bytes()).await?;
        let mail = match self.take_registration(tenant, &new, &hash, origin).await {
            // Somebody registered the same address in the same moment: now it is there.
            Err(Error::Store(store::Error::Unique { .. })) => {
                self.take_registration(tenant, &new, &hash, origin).await?
            }
            taken => taken?,
        };
        self.mail(mail).await;
        Ok(())
    }

    async fn take_registration(
        &self,
        tenant: &TenantId,
        new: &NewAccount,
        hash: &str,
        origin: &Origin,
    ) -> Result<Mail> {
        let now = self.now();
        let mut tx = self.database.write(tenant).await?;
        let existing = people::store::by_email(&mut tx, tenant, new.email.as_str()).await?;
        let mail = if let Some(account) = existing {
            // The password of whoever typed this address is not taken, even if the account was never confirmed: it may
            // be an invitation to somebody else.
            link::store::make(&mut tx, tenant, Purpose::Decoy, None, &self.entropy, now).await?;
            Mail::to(&account, Message::AlreadyRegistered)
        } else {
            let account = self.create_account(&mut tx, tenant, new, origin).await?;
            people::store::set_password(&mut tx, tenant, account.user, hash, now).await?;
            self.verification(&mut tx, &account).await?
        };
        tx.commit().await?;
        Ok(mail)
    }

    /// A new link to confirm the present address.
    pub(crate) async fn verification(&self, tx: &mut store::Tx, account: &Account) -> Result<Mail> {
        let of = Some((account.user, account.email.as_str()));
        let made = link::store::make(tx, &account.tenant, Purpose::VerifyEmail, of, &self.entropy, self.now()).await?;
        Ok(Mail::to(account, Message::VerifyEmail { token: made.token, expires_at: made.expires_at }))
    }

    /// Confirms an address with the link that was mailed to it.
    ///
    /// # Errors
    /// [`Error::InvalidLink`], also when the person's address has changed since.
    pub async fn verify_email(&self, token: &SecretString, origin: &Origin) -> Result<()> {
        let now = self.now();
        let link = link::store::find(&self.database, &[Purpose::VerifyEmail], token, now).await?;
        let mut tx = self.database.write(&link.tenant).await?;
        link::store::take(&mut tx, &link, now).await?;
        let account = self.account_of(&mut tx, &link).await?;
        self.confirm(&mut tx, &account, origin).await?;
        Ok(tx.commit().await?)
    }

    /// The person a link was sent to, if that is still the person's address and the person may sign in.
    pub(crate) async fn account_of(&self, tx: &mut store::Tx, link: &link::store::Link) -> Result<Account> {
        let user = link.user.ok_or(Error::InvalidLink)?;
        let account = people::store::by_id(tx, &link.tenant, user).await?.ok_or(Error::InvalidLink)?;
        let same = link.email.as_deref() == Some(account.email.as_str());
        if same && !account.suspended { Ok(account) } else { Err(Error::InvalidLink) }
    }

    /// The person has shown to read mail at the present address, and may sign in from now on.
    pub(crate) async fn confirm(&self, tx: &mut store::Tx, account: &Account, origin: &Origin) -> Result<()> {
        people::store::set_verified(tx, &account.tenant, account.user, &account.email).await?;
        if !account.active {
            self.activate(tx, account, origin).await?;
        }
        Ok(())
    }

    /// Counts a mail that somebody asks for.
    pub(crate) async fn admit_mail(&self, tenant: &TenantId, email: &str, origin: &Origin) -> Result<()> {
        let address = throttle::network(origin.address.as_deref().unwrap_or_default());
        let attempts = [(Kind::Address, address.as_str()), (Kind::Mail, email)];
        throttle::store::admit(&self.database, tenant, &attempts, self.now()).await
    }
}
