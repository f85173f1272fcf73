//! A change of what somebody belongs to counts from the next request on.

use jiff::civil::date;
use models::{
    Audience, Context, Grant, SeededRandom, TenantId,
    record::{List, RichText, Text},
    records::{
        Course, CourseCreate, Enrolment, EnrolmentCreate, EnrolmentRole, Group, GroupCreate, GroupMember,
        GroupMemberCreate,
    },
};
use store::{Table, testing::on_each_database};

use super::world::{World, origin, text};
use crate::{Actor, Error, NewRole, Permissions, Reason};

struct Records<'a> {
    world: &'a World,
    scope: models::Scope,
    origin: models::Origin,
    random: SeededRandom,
}

impl<'a> Records<'a> {
    fn new(world: &'a World, tenant: &TenantId) -> Self {
        let scope = Actor::Operator(tenant).scope(date(2026, 9, 1));
        Self { world, scope, origin: origin(), random: SeededRandom::new([5; 32]) }
    }

    fn context(&self) -> Context<'_> {
        Context { scope: &self.scope, origin: &self.origin, clock: &*self.world.clock, random: &self.random }
    }

    fn table<R: models::record::Record>(&self) -> Table<R> {
        Table::new(self.world.database()).for_everybody()
    }
}

fn course(code: &str) -> CourseCreate {
    CourseCreate {
        code: text(code),
        title: text("Algebra"),
        description: RichText::default(),
        teacher: None,
        starts_on: None,
        ends_on: None,
        credits: None,
        fee: None,
        tags: List::default(),
        syllabus: None,
        audience: Audience::default(),
    }
}

#[tokio::test]
async fn every_membership_counts_at_once_in_both_directions() {
    on_each_database("every_membership_counts_at_once_in_both_directions", async |fixture| {
        let world = World::new(fixture).await;
        let user = world.person("camille").await;
        let bystander = world.identity_of("bystander").await;
        let access = world.sign_in("camille").await.access;
        let grants = async || {
            let identity = world.accounts.identify(&access, None).await.expect("is valid");
            let scope = identity.scope(date(2026, 9, 1));
            assert_eq!((&scope.tenant, scope.actor.as_str()), (&world.north, user.to_string().as_str()));
            scope.grants().iter().map(Grant::to_string).collect::<Vec<_>>()
        };
        let own = format!("user:{user}");
        assert_eq!(grants().await, ["everyone".to_owned(), own.clone()]);

        let records = Records::new(&world, &world.north);
        let group = records
            .table::<Group>()
            .create(&records.context(), GroupCreate { name: text("Board"), description: RichText::default() })
            .await
            .expect("creates");
        let member = records
            .table::<GroupMember>()
            .create(&records.context(), GroupMemberCreate { group: group.id, user })
            .await
            .expect("joins");
        let in_group = format!("group:{}", group.id);
        assert!(grants().await.contains(&in_group));

        let course = records.table::<Course>().create(&records.context(), course("MATH101")).await.expect("creates");
        let create = EnrolmentCreate { course: course.id, user, role: EnrolmentRole::Teacher };
        let enrolment = records.table::<Enrolment>().create(&records.context(), create).await.expect("enrols");
        let in_course = format!("course:{}", course.id);
        assert!(grants().await.contains(&in_course));

        world.accounts.give_role(&world.operator(), user, "teacher", &origin()).await.expect("is a role");
        assert_eq!(
            grants().await,
            [in_course.clone(), "everyone".into(), in_group.clone(), "role:teacher".into(), own.clone()]
        );

        // The trace says where each comes from, and shows exactly what the person's own requests carry.
        let administrator = world.with_role("boss", "administrator").await;
        let trace = world.accounts.trace(&Actor::Person(&administrator), user).await.expect("may look");
        let identity = world.accounts.identify(&access, None).await.expect("is valid");
        assert_eq!((&trace.grants, &trace.permissions), (&identity.grants, &identity.permissions));
        assert!(trace.may_sign_in);
        let reasons: Vec<&Reason> = trace.grants.iter().map(|held| &held.reason).collect();
        assert_eq!(
            reasons,
            [
                &Reason::Enrolment { course: course.id.to_string(), title: "Algebra".into(), part: "teacher".into() },
                &Reason::Everyone,
                &Reason::Group { id: group.id.to_string(), name: "Board".into() },
                &Reason::Role { role: "teacher".into() },
                &Reason::Oneself,
            ]
        );
        let audience =
            Audience::new(vec![in_group.parse().expect("a grant"), "role:student".parse().expect("a grant")]);
        assert_eq!(trace.reasons(&audience).len(), 1);
        assert_eq!(
            trace.scope(&Actor::Person(&administrator), date(2026, 9, 1)).grants(),
            identity.scope(date(2026, 9, 1)).grants()
        );

        world.accounts.take_role(&world.operator(), user, "teacher", &origin()).await.expect("has it");
        assert!(!grants().await.contains(&"role:teacher".to_owned()));
        records.table::<GroupMember>().delete(&records.context(), member.id, None).await.expect("leaves");
        assert!(!grants().await.contains(&in_group));
        records.table::<Enrolment>().delete(&records.context(), enrolment.id, None).await.expect("leaves");
        assert_eq!(grants().await, ["everyone".to_owned(), own]);
        let _ = bystander;
    })
    .await;
}

#[tokio::test]
async fn a_deleted_course_or_role_opens_nothing() {
    on_each_database("a_deleted_course_or_role_opens_nothing", async |fixture| {
        let world = World::new(fixture).await;
        let boss = world.with_role("boss", "administrator").await;
        let user = world.person("camille").await;
        let access = world.sign_in("camille").await.access;
        let role = NewRole {
            name: "librarian".to_owned(),
            title: Text::new("Librarian").expect("a title"),
            permissions: Permissions::parse(["document:write"]).expect("in the table"),
        };
        let actor = Actor::Person(&boss);
        world.accounts.create_role(&actor, &role, &origin()).await.expect("is allowed");
        world.accounts.give_role(&actor, user, "librarian", &origin()).await.expect("is allowed");
        let holds = async |permission: &str, grant: &str| {
            let identity = world.accounts.identify(&access, None).await.expect("is valid");
            let granted = identity.grants.iter().any(|held| held.grant.as_str() == grant);
            (identity.permissions.allow(permission), granted)
        };
        assert_eq!(holds("document:write", "role:librarian").await, (true, true));
        let fewer = Permissions::parse(["collection:write"]).expect("in the table");
        world.accounts.update_role(&actor, "librarian", &role.title, &fewer, &origin()).await.expect("is allowed");
        assert_eq!(holds("document:write", "role:librarian").await, (false, true));
        assert_eq!(holds("collection:write", "role:librarian").await, (true, true));
        world.accounts.delete_role(&actor, "librarian", &origin()).await.expect("is allowed");
        assert_eq!(holds("collection:write", "role:librarian").await, (false, false));
        world.accounts.create_role(&actor, &role, &origin()).await.expect("the name is free again");
        assert_eq!(holds("document:write", "role:librarian").await, (false, false), "and nobody has it");
        let seeded = world.accounts.delete_role(&actor, "student", &origin()).await;
        assert!(matches!(seeded, Err(Error::Missing("role"))), "{seeded:?}");
        assert_eq!(world.accounts.roles(&actor).await.expect("lists").len(), 10);
    })
    .await;
}

/// The same names and ids in another organisation mean nothing.
#[tokio::test]
async fn other_organisations_are_not_there() {
    on_each_database("other_organisations_are_not_there", async |fixture| {
        let world = World::new(fixture).await;
        let boss = world.with_role("boss", "administrator").await;
        let stranger = world.person_of(&world.south, "stranger").await;
        let south = Actor::Operator(&world.south);
        let role = NewRole { name: "librarian".into(), title: text("L"), permissions: Permissions::default() };
        world.accounts.create_role(&south, &role, &origin()).await.expect("is allowed");
        let session = world.sign_in_to(&world.south, "stranger").await;
        let actor = Actor::Person(&boss);
        let accounts = &world.accounts;
        let patch = models::records::UserPatch::default;
        for (what, refused) in [
            ("trace", accounts.trace(&actor, stranger).await.err()),
            ("sessions", accounts.sessions_of(&actor, stranger).await.err()),
            ("end sessions", accounts.end_sessions_of(&actor, stranger, &origin()).await.err()),
            ("end session", accounts.end_session(&boss, session.session, &origin()).await.err()),
            ("suspend", accounts.suspend(&actor, stranger, &origin()).await.err()),
            ("change", accounts.change_person(&actor, stranger, None, patch(), &origin()).await.err()),
            ("remove", accounts.remove_person(&actor, stranger, None, &origin()).await.err()),
            ("invite again", accounts.invite_again(&actor, stranger, &origin()).await.err()),
            ("give role", accounts.give_role(&actor, stranger, "student", &origin()).await.err()),
            ("take role", accounts.take_role(&actor, stranger, "student", &origin()).await.err()),
            ("foreign role", accounts.give_role(&actor, boss.user, "librarian", &origin()).await.err()),
            ("delete role", accounts.delete_role(&actor, "librarian", &origin()).await.err()),
        ] {
            assert!(matches!(refused, Some(Error::Missing(_))), "{what}: {refused:?}");
        }
        assert!(world.is_known(&session.access).await, "nothing happened");
    })
    .await;
}
