//! Row-level security, as a role meets it that is neither the tables' owner nor a superuser.

use models::{TenantId, values};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::{
    Tx,
    testing::{Fixture, on_postgres, random_name},
};

const INSERT: &str = "INSERT INTO events (id, tenant, type, subject, actor, at, data)
                      VALUES (?, ?, 'course.created', 'crs_1', 'test', '2026-01-01T00:00:00Z', '{}')";

async fn insert(tx: &mut Tx, id: &str, tenant: &str) -> crate::Result<u64> {
    tx.attempt(INSERT, &values![id, tenant]).await
}

async fn count(tx: &mut Tx) -> i64 {
    tx.fetch_one("SELECT count(*) FROM events", &[]).await.expect("counts").only().expect("a number")
}

#[tokio::test]
async fn a_transaction_sees_its_tenant_only() {
    on_postgres("a_transaction_sees_its_tenant_only", &async |fixture: &Fixture| {
        let (north, south) = (TenantId::new("north"), TenantId::new("south"));
        let mut tx = fixture.database.write(&north).await.expect("begins");
        insert(&mut tx, "1", "north").await.expect("its own row");
        insert(&mut tx, "2", "south").await.expect_err("another tenant's row");
        assert_eq!(count(&mut tx).await, 1);
        tx.commit().await.expect("commits");

        let mut tx = fixture.database.write(&south).await.expect("begins");
        assert_eq!(count(&mut tx).await, 0);
        let changed = tx.execute("UPDATE events SET actor = 'south'", &[]).await.expect("runs");
        assert_eq!(changed, 0, "rows of another tenant are not there");
        assert_eq!(tx.execute("DELETE FROM events", &[]).await.expect("runs"), 0);
        drop(tx);

        // A tenant whose name looks like the switch is a tenant like any other.
        for name in ["*", "on", "", "%"] {
            let mut tx = fixture.database.read(&TenantId::new(name)).await.expect("begins");
            assert_eq!(count(&mut tx).await, 0, "{name:?}");
        }
        let mut tx = fixture.database.read_everything().await.expect("begins");
        assert_eq!(count(&mut tx).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_foreign_role_sees_nothing_without_a_tenant() {
    on_postgres("a_foreign_role_sees_nothing_without_a_tenant", &async |fixture: &Fixture| {
        let mut tx = fixture.database.write(&TenantId::new("north")).await.expect("begins");
        insert(&mut tx, "1", "north").await.expect("its own row");
        tx.commit().await.expect("commits");

        let role = format!("guichet_reader_{}", random_name());
        fixture
            .as_superuser(&format!(
                "CREATE ROLE {role} LOGIN PASSWORD '{role}'; GRANT USAGE ON SCHEMA public TO {role};
                 GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"
            ))
            .await;
        let (_, address) = fixture.target.split_once('@').expect("an address");
        let mut connection =
            PgConnection::connect(&format!("postgres://{role}:{role}@{address}")).await.expect("connects");
        let mut seen = async |settings: &str| -> i64 {
            let mut tx = connection.begin().await.expect("begins");
            sqlx::raw_sql(AssertSqlSafe(settings.to_owned())).execute(&mut *tx).await.expect("sets");
            sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&mut *tx).await.expect("counts")
        };
        assert_eq!(seen("SELECT 1").await, 0, "no tenant set");
        assert_eq!(seen("SET LOCAL guichet.tenant = ''").await, 0, "no tenant");
        assert_eq!(seen("SET LOCAL guichet.tenant = 'south'").await, 0, "another tenant");
        assert_eq!(seen("SET LOCAL guichet.tenant = 'north'").await, 1, "the tenant");
        assert_eq!(seen("SELECT 1").await, 0, "the setting ended with its transaction");

        let refused = sqlx::query(
            "INSERT INTO events (id, tenant, type, subject, actor, at, data)
             VALUES ('2', 'north', 'a', 'b', 'c', now(), '{}')",
        )
        .execute(&mut connection)
        .await
        .expect_err("no tenant set");
        assert!(refused.to_string().contains("row-level security"), "{refused}");
        connection.close().await.expect("closes");
        fixture.as_superuser(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    })
    .await;
}

/// A table with a tenant and without the lock would be a hole.
#[tokio::test]
async fn every_table_with_a_tenant_is_locked() {
    on_postgres("every_table_with_a_tenant_is_locked", &async |fixture: &Fixture| {
        let mut tx = fixture.database.read_everything().await.expect("begins");
        let sql = "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
                       SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid) AS locked
                   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant'
                   WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')";
        let tables = tx.fetch_all(sql, &[]).await.expect("reads");
        assert!(tables.len() >= 2, "audit and events at least");
        for table in tables {
            let name: String = table.get("relname").expect("a name");
            assert_eq!(table.get("locked"), Ok(true), "{name} lacks guichet_protect");
        }
    })
    .await;
}
