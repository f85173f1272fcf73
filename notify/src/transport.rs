use std::{fmt, sync::Arc};

use async_trait::async_trait;

use crate::{Address, Composer, MailRequest, Result};

/// A mail as it travels: RFC 5322 bytes and their envelope.
#[derive(Clone)]
pub struct Message {
    /// Without its angle brackets; the same for the same request.
    pub id: String,
    /// When it was asked for, as the `Date` header says.
    pub at: jiff::Timestamp,
    pub from: Address,
    pub to: Address,
    pub bytes: Vec<u8>,
}

/// The bytes hold one-time secrets and are not printed.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("id", &self.id).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// Takes a mail off our hands: when `send` is back without an error, somebody else answers for it durably.
///
/// Sending a message twice is allowed and must be harmless, as far as the far side can be: a job that died after `send`
/// is tried again with the same [`Message::id`].
#[async_trait]
pub trait Transport: Send + Sync {
    async fn send(&self, message: &Message) -> Result<()>;
}

/// Composes and sends.
#[derive(Clone)]
pub struct Mailer {
    composer: Arc<Composer>,
    transport: Arc<dyn Transport>,
}

impl Mailer {
    #[must_use]
    pub fn new(composer: Composer, transport: Arc<dyn Transport>) -> Self {
        Self { composer: Arc::new(composer), transport }
    }

    pub async fn send(&self, request: &MailRequest) -> Result<()> {
        let message = self.composer.compose(request)?;
        self.transport.send(&message).await?;
        tracing::info!(message = %message.id, kind = request.mail.template(), "mail sent");
        Ok(())
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").finish_non_exhaustive()
    }
}
