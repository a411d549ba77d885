"""Tables of ingest: standing records, parked and refused ones, submissions, editions, and the revision counter."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
create table revisions (
    only_row boolean primary key default true check (only_row),
    revision bigint not null
);

create table records (
    record_id uuid primary key,
    resource text not null,
    created bigint not null,
    revision bigint not null,
    is_deleted boolean not null,
    digest bytea not null,
    leaves jsonb not null,
    body text not null,
    record text not null,
    client text not null,
    writer_district text,
    school_id text,
    district_id text,
    school_year text,
    parents text not null,
    parent_1 uuid,
    parent_2 uuid,
    parent_3 uuid
);
create index records_listed on records (resource, created);
create index records_parent_1 on records (parent_1) where parent_1 is not null;
create index records_parent_2 on records (parent_2) where parent_2 is not null;
create index records_parent_3 on records (parent_3) where parent_3 is not null;

create table parked (
    record_id uuid primary key,
    resource text not null,
    digest bytea not null,
    leaves jsonb not null,
    body text not null,
    record text not null,
    client text not null,
    kind text not null,
    writer_district text,
    school_id text,
    district_id text,
    school_year text,
    parents text not null,
    waits_for text[] not null,
    parent_1 uuid,
    parent_2 uuid,
    parent_3 uuid,
    source_row int not null,
    parked_at timestamptz not null
);
create index parked_parent_1 on parked (parent_1) where parent_1 is not null;
create index parked_parent_2 on parked (parent_2) where parent_2 is not null;
create index parked_parent_3 on parked (parent_3) where parent_3 is not null;

create table refused (
    refusal_id uuid primary key,
    number bigint generated always as identity,
    client text not null,
    district_id text,
    resource text not null,
    record_id uuid,
    status int not null,
    body bytea not null,
    reasons jsonb not null,
    source_row int not null,
    submission_id uuid,
    times_seen int not null,
    refused_at timestamptz not null,
    resolved_at timestamptz
);
create index refused_listed on refused (number);
create index refused_open on refused (record_id) where resolved_at is null;

create table seen (
    district_id text not null,
    school_year text not null,
    primary key (district_id, school_year)
);

create table submissions (
    submission_id uuid primary key,
    client text not null,
    district_id text,
    what text not null,
    file_digest bytea not null,
    state text not null,
    received bigint not null default 0,
    new bigint not null default 0,
    changed bigint not null default 0,
    unchanged bigint not null default 0,
    parked bigint not null default 0,
    refused bigint not null default 0,
    refused_by_reason jsonb not null default '{}',
    settled jsonb not null default '{}',
    started_at timestamptz not null,
    finished_at timestamptz,
    failure text
);

create table editions (
    edition_id uuid primary key,
    number bigint generated always as identity,
    school_year text not null,
    cut_revision bigint not null,
    history jsonb not null,
    policy_fingerprint text not null,
    notified_on date not null,
    requested_by text not null,
    requested_at timestamptz not null
);
"""


def upgrade() -> None:
    """Makes the tables."""
    for statement in _TABLES.split(";"):
        if statement.strip():
            op.execute(statement)
