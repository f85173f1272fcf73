//! Where a command does its work: in the server that holds the data folder, or in the folder itself.

use std::sync::Arc;

use api::{Engine, SearchBody};
use models::{Answer, Clock, Collection, Document, DocumentId, DocumentState, Grant, Scope, SystemClock, TenantId};
use rag::{AskRequest, Indexes, SearchRequest, SearchResult};

use crate::{
    client::Client,
    config::Config,
    failure::Outcome,
    lock::{Claimed, DataLock},
    wiring,
};

/// One of the two ways to the documents.
pub enum Desk {
    Local(Box<Local>),
    Server(Client),
}

/// The folder, opened by this process.
pub struct Local {
    pub engine: Arc<Engine>,
    pub indexes: Indexes,
    pub tenant: TenantId,
    pub clock: Arc<dyn Clock>,
    _lock: DataLock,
}

impl Desk {
    /// Finds the server that holds the data folder, or opens the folder.
    ///
    /// # Errors
    ///
    /// When neither works.
    pub async fn open(config: &Config, command: &str) -> Outcome<Self> {
        match DataLock::claim(&config.data, command)? {
            Claimed::Server(door) => Client::new(door).map(Self::Server),
            Claimed::Ours(lock) => {
                let clock: Arc<dyn Clock> = Arc::new(SystemClock);
                let (engine, indexes) = wiring::open_engine(config, Arc::clone(&clock)).await?;
                let tenant = TenantId::default();
                Ok(Self::Local(Box::new(Local { engine, indexes, tenant, clock, _lock: lock })))
            }
        }
    }

    /// A running server's address.
    pub fn site(&self) -> Option<&str> {
        match self {
            Self::Local(_) => None,
            Self::Server(client) => Some(client.address()),
        }
    }

    pub async fn search(&self, body: SearchBody, grants: &[Grant]) -> Outcome<SearchResult> {
        match self {
            Self::Server(client) => client.search(&body, grants).await,
            Self::Local(local) => {
                let request = SearchRequest {
                    query: body.query,
                    mode: body.mode.unwrap_or_default(),
                    limit: body.limit.unwrap_or(10),
                    collections: body.collections,
                    any_validity: false,
                };
                Ok(local.engine.retriever.search(&local.scope(grants), &request).await?)
            }
        }
    }

    pub async fn ask(&self, question: String, collections: Vec<Collection>, grants: &[Grant]) -> Outcome<Answer> {
        match self {
            Self::Server(client) => client.ask(&question, &collections, grants).await,
            Self::Local(local) => {
                let request = AskRequest { question, collections };
                Ok(local.engine.assistant.answer(&local.scope(grants), &request).await?)
            }
        }
    }

    /// All documents that fit, the newest first.
    pub async fn documents(
        &self,
        state: Option<DocumentState>,
        collection: Option<Collection>,
    ) -> Outcome<Vec<Document>> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let (page, next) = match self {
                Self::Server(client) => {
                    let mut query = vec![("limit", "200".to_owned())];
                    query.extend(cursor.map(|cursor| ("cursor", cursor)));
                    query.extend(state.map(|state| ("state", state.as_str().to_owned())));
                    query.extend(collection.clone().map(|name| ("collection", name.into())));
                    let page = client.documents(&query).await?;
                    (page.items, page.next_cursor)
                }
                Self::Local(local) => {
                    let filter =
                        store::DocumentFilter { state, collection: collection.clone(), text: None, grants: None };
                    let page = local.engine.store.documents(&local.tenant, &filter, cursor.as_deref(), 200).await?;
                    (page.items, page.next_cursor)
                }
            };
            items.extend(page);
            match next {
                Some(next) => cursor = Some(next),
                None => return Ok(items),
            }
        }
    }

    pub async fn delete(&self, id: DocumentId) -> Outcome {
        match self {
            Self::Server(client) => client.delete(id).await,
            Self::Local(local) => Ok(local.engine.pipeline.delete(&local.tenant, id).await?),
        }
    }

    /// Queues a document again; without a server, the next `ingest` or `serve` reads it.
    pub async fn retry(&self, id: DocumentId) -> Outcome {
        match self {
            Self::Server(client) => client.retry(id).await.map(drop),
            Self::Local(local) => Ok(local.engine.pipeline.retry(&local.tenant, id).await.map(drop)?),
        }
    }

    /// Closes the folder in order.
    pub async fn close(self) {
        if let Self::Local(local) = self {
            local.engine.store.close().await;
        }
    }
}

impl Local {
    fn scope(&self, grants: &[Grant]) -> Scope {
        Scope::new(self.tenant.clone(), "command", grants.to_vec(), self.clock.today())
    }
}
