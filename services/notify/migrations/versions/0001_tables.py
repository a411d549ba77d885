from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        """create table editions (
            edition_id uuid primary key,
            state text not null,
            school_year text not null,
            chapter jsonb not null,
            notified_on date not null,
            closed_offset bigint,
            is_decided boolean not null default false
        )"""
    )
    op.execute(
        """create table held_messages (
            edition_id uuid not null references editions,
            log_offset bigint not null,
            body bytea not null,
            primary key (edition_id, log_offset)
        )"""
    )
    op.execute(
        """create table obligations (
            obligation_id uuid primary key,
            kind text not null,
            school_id text not null,
            school_name text not null,
            district_id text not null,
            district_name text not null,
            notice_email text,
            school_year text not null,
            status text not null,
            sequence integer not null,
            starts_on date not null,
            due_on date not null,
            method text not null,
            edition_id uuid not null references editions,
            known_on date not null,
            reasons jsonb not null,
            corrects uuid,
            replaces uuid,
            life jsonb not null,
            state text not null generated always as (life->>'state') stored
        )"""
    )
    op.execute("create index obligations_by_state on obligations (state)")
    op.execute("create index obligations_of_school on obligations (school_id)")
    op.execute("create index obligations_of_year on obligations (school_year)")
    # no reference to obligations: after a rebuild a mail is known as sent before its notice is opened again
    op.execute(
        """create table mails (
            obligation_id uuid not null,
            purpose text not null,
            recipient text not null,
            state text not null,
            attempts integer not null,
            not_before timestamptz not null,
            sent_at timestamptz,
            trouble text,
            primary key (obligation_id, purpose)
        )"""
    )
    op.execute("create index mails_waiting on mails (not_before) where state = 'planned'")
    op.execute(
        """create table notices (
            event_id uuid primary key,
            arrived bigint not null generated always as identity,
            obligation_id uuid not null,
            type text not null,
            body jsonb not null
        )"""
    )
    op.execute("create index notices_of_obligation on notices (obligation_id, arrived)")
