//! Signing in and out, and renewing what a sign-in gave.

use jiff::Timestamp;
use models::{Id, Origin, TenantId, record::Email, records::User};
use secrecy::{ExposeSecret as _, SecretString};
use store::Tx;

use crate::{
    Accounts, Error, Mail, Message, Result,
    password::{LONGEST, Verdict},
    people::{self, Account},
    secret::{self, Fingerprint},
    session::{End, Session, Tokens, store as sessions},
    throttle::{self, store::Kind},
    token::{Bearer, LIFETIME},
};

impl Accounts {
    /// Signs in with a password.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`], whatever of them was wrong, and for suspended people; [`Error::EmailNotVerified`]
    /// once the password was right; [`Error::TooManyAttempts`], for unknown addresses too.
    pub async fn login(
        &self,
        tenant: &TenantId,
        email: &str,
        password: SecretString,
        origin: &Origin,
    ) -> Result<Tokens> {
        let email = Email::new(email).map_or_else(|_| String::new(), |email| email.as_str().to_owned());
        let network = throttle::network(origin.address.as_deref().unwrap_or_default());
        let attempts = [(Kind::Address, network.as_str()), (Kind::Account, email.as_str())];
        throttle::store::admit(&self.database, tenant, &attempts, self.now()).await?;

        let account = self.account_by_email(tenant, &email).await?;
        let stored = account.as_ref().and_then(|account| account.password.clone());
        let verdict = self.hasher.verify(bounded(password.clone()), stored).await?;
        let account = account.filter(|account| verdict != Verdict::Wrong && !account.suspended);
        let account = account.ok_or(Error::WrongCredentials)?;
        let rehashed = match verdict {
            Verdict::Outdated => Some(self.hasher.hash(password, self.entropy.bytes()).await?),
            _ => None,
        };
        if !account.verified || !account.active {
            self.remind(&account, &network, origin).await?;
            return Err(Error::EmailNotVerified);
        }
        self.open_session(&account, rehashed.as_deref(), &network, origin).await
    }

    async fn account_by_email(&self, tenant: &TenantId, email: &str) -> Result<Option<Account>> {
        let mut tx = self.database.read(tenant).await?;
        people::store::by_email(&mut tx, tenant, email).await
    }

    /// A right password is no guess.
    async fn forgive(&self, tx: &mut Tx, account: &Account, network: &str) -> Result<()> {
        throttle::store::forgive(tx, &account.tenant, Kind::Account, &account.email).await?;
        throttle::store::give_back(tx, &account.tenant, Kind::Address, network).await
    }

    /// Sends the link to confirm the address once more, unless that was done often.
    async fn remind(&self, account: &Account, network: &str, origin: &Origin) -> Result<()> {
        let often = match self.admit_mail(&account.tenant, &account.email, origin).await {
            Err(Error::TooManyAttempts(_)) => true,
            admitted => admitted.map(|()| false)?,
        };
        let mut tx = self.database.write(&account.tenant).await?;
        self.forgive(&mut tx, account, network).await?;
        let mail = if often { None } else { Some(self.verification(&mut tx, account).await?) };
        tx.commit().await?;
        if let Some(mail) = mail {
            self.mail(mail).await;
        }
        Ok(())
    }

    async fn open_session(
        &self,
        account: &Account,
        rehashed: Option<&str>,
        network: &str,
        origin: &Origin,
    ) -> Result<Tokens> {
        let (now, tenant) = (self.now(), &account.tenant);
        let (id, refresh) = (self.entropy.id::<Session>(now), secret::generate(&self.entropy));
        let mut tx = self.database.write(tenant).await?;
        // Looked at again, and held: a suspension or a new password that comes in between ends this session too.
        let before = account.password.as_deref().unwrap_or_default();
        let same = people::store::hold(&mut tx, tenant, account.user, before, rehashed.unwrap_or(before)).await?;
        let current = people::store::by_id(&mut tx, tenant, account.user).await?;
        if !same || !current.is_some_and(|current| current.active) {
            return Err(Error::WrongCredentials);
        }
        self.forgive(&mut tx, account, network).await?;
        let ends = (later(now, self.settings.refresh_lifetime), later(now, self.settings.session_lifetime));
        let opening = sessions::Opening { tenant, id, user: account.user, now, expires_at: ends.1, origin };
        sessions::open(&mut tx, opening).await?;
        sessions::add_token(&mut tx, tenant, id, &Fingerprint::of(&refresh), ends.0.min(ends.1)).await?;
        self.note_by(&mut tx, tenant, account.user, origin, "session.opened", &id.to_string()).await?;
        tx.commit().await?;
        self.tokens(tenant, account.user, id, refresh, ends.0.min(ends.1)).await
    }

    /// Gives new tokens for a refresh token, which is used up by it.
    ///
    /// A browser with several tabs, or a client that lost the answer, presents a token twice within seconds: it is given
    /// the same successor, as long as nobody has used that one. Later, or after that, somebody may have copied the token:
    /// the whole session ends (RFC 9700, section 4.14.2).
    ///
    /// # Errors
    /// [`Error::InvalidToken`], whatever is wrong with it.
    pub async fn refresh(&self, token: &SecretString, origin: &Origin) -> Result<Tokens> {
        let hash = Fingerprint::of(token);
        let now = self.now();
        let mut tx = self.database.write_everything().await?;
        let found = sessions::token(&mut tx, &hash).await?.ok_or(Error::InvalidToken)?;
        let alive = found.active
            && found.session_ended_at.is_none()
            && now < found.session_expires_at
            && now < found.expires_at;
        if !alive {
            return Err(Error::InvalidToken);
        }
        let successor = self.server_key.successor(token);
        let expires_at = later(now, self.settings.refresh_lifetime).min(found.session_expires_at);
        let successor_hash = Fingerprint::of(&successor);
        let first = found.used_at.is_none() && sessions::use_token(&mut tx, &found.tenant, &hash, now).await?;
        if first {
            sessions::add_token(&mut tx, &found.tenant, found.session, &successor_hash, expires_at).await?;
            sessions::touch(&mut tx, &found, origin, now).await?;
            tx.commit().await?;
            return self.tokens(&found.tenant, found.user, found.session, successor, expires_at).await;
        }
        // Somebody was faster, now or earlier: what they were given can be read from here on.
        let found = sessions::token(&mut tx, &hash).await?.ok_or(Error::InvalidToken)?;
        let just_now = found.used_at.is_some_and(|used| now.duration_since(used).abs() <= self.settings.refresh_grace);
        let follower = sessions::token(&mut tx, &successor_hash).await?;
        match follower {
            Some(follower) if just_now && follower.used_at.is_none() => {
                tx.rollback().await?;
                self.tokens(&found.tenant, found.user, found.session, successor, follower.expires_at).await
            }
            // Late by a moment, behind somebody who went on already: refused, but no sign of theft.
            _ if just_now => Err(Error::InvalidToken),
            _ => {
                self.end_stolen(tx, &found, origin).await?;
                Err(Error::InvalidToken)
            }
        }
    }

    async fn end_stolen(&self, mut tx: Tx, token: &sessions::Token, origin: &Origin) -> Result<()> {
        let (tenant, now) = (&token.tenant, self.now());
        let ended = sessions::end(&mut tx, tenant, token.user, token.session, End::Reused, now).await?;
        let account = people::store::by_id(&mut tx, tenant, token.user).await?;
        if ended {
            self.note_by(&mut tx, tenant, token.user, origin, "session.stolen", &token.session.to_string()).await?;
        }
        tx.commit().await?;
        if let (true, Some(account)) = (ended, account) {
            tracing::warn!(session = %token.session, user = %token.user, "a used refresh token came again");
            self.mail(Mail::to(&account, Message::SessionStolen)).await;
        }
        Ok(())
    }

    /// Ends the session of a refresh token. A token that means nothing is as good as signed out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn logout(&self, token: &SecretString) -> Result<()> {
        let mut tx = self.database.write_everything().await?;
        if let Some(found) = sessions::token(&mut tx, &Fingerprint::of(token)).await? {
            sessions::end(&mut tx, &found.tenant, found.user, found.session, End::SignedOut, self.now()).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn tokens(
        &self,
        tenant: &TenantId,
        user: Id<User>,
        session: Id<Session>,
        refresh: SecretString,
        refresh_expires_at: Timestamp,
    ) -> Result<Tokens> {
        let now = self.now();
        let ring = self.fresh_ring().await?;
        let key = ring.signing().ok_or(Error::Keys("there is none that signs"))?;
        let access = self.settings.issuer.issue(key, Bearer { tenant, user, session }, now, self.entropy.bytes())?;
        let access_expires_at = later(now, LIFETIME);
        Ok(Tokens { access, access_expires_at, refresh, refresh_expires_at, tenant: tenant.clone(), user, session })
    }
}

fn later(now: Timestamp, by: jiff::SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Nobody's password is longer than we take: the rest is not worth hashing, and the answer is "wrong" all the same.
fn bounded(password: SecretString) -> SecretString {
    if password.expose_secret().chars().count() > LONGEST { String::new().into() } else { password }
}
