//! Declared records on either database: [`Table`] is the one way to their rows.
//!
//! Whoever reads gives a [`Scope`], whoever writes a [`Context`] with one: no row is reached without its tenant.

mod cursor;
mod list;
mod references;
mod select;
pub(crate) mod sql;
#[cfg(test)]
mod tests;
mod write;

use std::marker::PhantomData;

use models::{
    Context, Id, Scope,
    record::{Record, Stored},
};

pub use list::{LIMIT, ListQuery, Listed};
pub use select::Reach;

use crate::{Database, Error, Result, Tx};

/// A change that others got in the way of is tried again, a few times.
#[derive(Default)]
struct Attempts(usize);

impl Attempts {
    const MOST: usize = 3;

    /// Commits what went well; `None` is one more try.
    async fn settle<T>(&mut self, tx: Tx, outcome: Result<T>) -> Option<Result<T>> {
        self.0 += 1;
        let settled = match outcome {
            Ok(done) => tx.commit().await.map(|()| done),
            Err(error) => Err(error),
        };
        match settled {
            Err(Error::Contention(_)) if self.0 < Self::MOST => None,
            settled => Some(settled),
        }
    }
}

/// The rows of one kind of record.
///
/// ```no_run
/// # use models::{Context, Scope, records::{Course, CourseCreate}};
/// # use store::{Database, ListQuery, Table};
/// # async fn example(database: &Database, scope: &Scope, context: &Context<'_>, new: CourseCreate) -> store::Result<()> {
/// let courses = Table::<Course>::new(database);
/// let created = courses.create(context, new).await?;
/// let page = courses.list(scope, &ListQuery::default()).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Table<R> {
    database: Database,
    reach: Reach,
    kind: PhantomData<fn() -> R>,
}

impl<R> Clone for Table<R> {
    fn clone(&self) -> Self {
        Self { database: self.database.clone(), reach: self.reach, kind: PhantomData }
    }
}

impl<R: Record> Table<R> {
    /// Shows an actor what is meant for one of the actor's grants.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone(), reach: Reach::Audience, kind: PhantomData }
    }

    /// Shows everything of the tenant, whomever it is meant for: for actors who may write, and for the program itself.
    #[must_use]
    pub fn for_everybody(mut self) -> Self {
        self.reach = Reach::Tenant;
        self
    }

    /// # Errors
    /// [`Error::NotFound`] when it does not exist, is another tenant's, or is not meant for the actor.
    pub async fn get(&self, scope: &Scope, id: Id<R>) -> Result<Stored<R>> {
        self.get_in(&mut self.database.read(&scope.tenant).await?, scope, id).await
    }

    /// As [`Self::get`], within a transaction.
    pub async fn get_in(&self, tx: &mut Tx, scope: &Scope, id: Id<R>) -> Result<Stored<R>> {
        select::belongs(tx, scope)?;
        let mut sql = select::visible(R::declaration(), scope, self.reach, tx.dialect());
        sql.push(" AND id = ").bind(id);
        let row = tx.fetch_optional(sql.text(), sql.values()).await?;
        select::stored(&row.ok_or_else(|| Error::missing(R::declaration().name, &id))?)
    }

    /// # Errors
    /// [`Error::Invalid`] when the query cannot be; [`Error::InvalidCursor`] when its cursor is of another list.
    pub async fn list(&self, scope: &Scope, query: &ListQuery<R>) -> Result<Listed<R>> {
        self.list_in(&mut self.database.read(&scope.tenant).await?, scope, query).await
    }

    /// As [`Self::list`], within a transaction.
    pub async fn list_in(&self, tx: &mut Tx, scope: &Scope, query: &ListQuery<R>) -> Result<Listed<R>> {
        list::list(tx, scope, self.reach, query).await
    }

    /// # Errors
    /// [`Error::Invalid`] when a hook or a reference refuses it; [`Error::Unique`] when there is one like it.
    pub async fn create(&self, context: &Context<'_>, input: R::Create) -> Result<Stored<R>> {
        let mut attempts = Attempts::default();
        loop {
            let mut tx = self.database.write(&context.scope.tenant).await?;
            let created = self.create_in(&mut tx, context, input.clone()).await;
            if let Some(settled) = attempts.settle(tx, created).await {
                return settled;
            }
        }
    }

    /// As [`Self::create`], within a transaction; the caller commits.
    pub async fn create_in(&self, tx: &mut Tx, context: &Context<'_>, input: R::Create) -> Result<Stored<R>> {
        write::create(tx, context, self.reach, input).await
    }

    /// Changes the version that the caller has seen; `None` changes whatever is there. A patch that changes nothing
    /// leaves the record as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`] as [`Self::get`]; [`Error::VersionConflict`] when somebody else changed it meanwhile;
    /// otherwise as [`Self::create`].
    pub async fn patch(
        &self,
        context: &Context<'_>,
        id: Id<R>,
        version: Option<i64>,
        patch: R::Patch,
    ) -> Result<Stored<R>> {
        let mut attempts = Attempts::default();
        loop {
            let mut tx = self.database.write(&context.scope.tenant).await?;
            let patched = self.patch_in(&mut tx, context, id, version, patch.clone()).await;
            if let Some(settled) = attempts.settle(tx, patched).await {
                return settled;
            }
        }
    }

    /// As [`Self::patch`], within a transaction; the caller commits.
    pub async fn patch_in(
        &self,
        tx: &mut Tx,
        context: &Context<'_>,
        id: Id<R>,
        version: Option<i64>,
        patch: R::Patch,
    ) -> Result<Stored<R>> {
        write::patch(tx, context, self.reach, id, version, patch).await
    }

    /// # Errors
    /// [`Error::NotFound`] as [`Self::get`]; [`Error::VersionConflict`] when somebody else changed it meanwhile;
    /// [`Error::Referenced`] while other records point to it.
    pub async fn delete(&self, context: &Context<'_>, id: Id<R>, version: Option<i64>) -> Result<()> {
        let mut attempts = Attempts::default();
        loop {
            let mut tx = self.database.write(&context.scope.tenant).await?;
            let deleted = self.delete_in(&mut tx, context, id, version).await;
            if let Some(settled) = attempts.settle(tx, deleted).await {
                return settled;
            }
        }
    }

    /// As [`Self::delete`], within a transaction; the caller commits.
    pub async fn delete_in(&self, tx: &mut Tx, context: &Context<'_>, id: Id<R>, version: Option<i64>) -> Result<()> {
        write::delete(tx, context, self.reach, id, version).await
    }
}
