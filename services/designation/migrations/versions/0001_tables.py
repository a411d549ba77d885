from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        """create table editions (
            edition_id uuid primary key,
            state text not null,
            school_year text not null,
            history jsonb not null,
            chapters jsonb not null,
            policy_fingerprint text not null,
            notified_on date not null,
            decided_offset bigint
        )"""
    )
    op.execute(
        """create table held_messages (
            edition_id uuid not null references editions,
            log_offset bigint not null,
            level text,
            body bytea not null,
            primary key (edition_id, log_offset)
        )"""
    )
    op.execute(
        """create table schools (
            edition_id uuid not null references editions,
            school_id text not null,
            school_name text not null,
            district_id text not null,
            district_name text not null,
            notice_email text,
            title_i boolean not null,
            status text not null,
            letter text,
            points text,
            exact_points text,
            possible text,
            points_column text,
            primary key (edition_id, school_id)
        )"""
    )
    op.execute(
        """create table designations (
            edition_id uuid not null references editions,
            school_id text not null,
            district_id text not null,
            standing jsonb not null,
            event text not null,
            primary key (edition_id, school_id)
        )"""
    )
    op.execute("create index designations_of_school on designations (school_id)")
