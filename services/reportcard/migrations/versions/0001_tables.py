from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        """create table edition (
            edition_id uuid primary key,
            state text,
            school_year text,
            history jsonb,
            chapters json,
            opened_offset bigint,
            is_scores_closed boolean not null,
            is_designations_closed boolean not null,
            status text not null,
            fingerprint text
        )"""
    )
    for name in ("entity", "designation"):
        op.execute(
            f"""create table {name} (
                edition_id uuid not null,
                log_offset bigint not null,
                level text not null,
                subject_id text not null,
                body bytea not null,
                primary key (edition_id, log_offset)
            )"""
        )
        op.execute(f"create unique index {name}_subject on {name} (edition_id, level, subject_id)")
    op.execute(
        """create table card (
            edition_id uuid not null references edition,
            level text not null,
            entity_id text not null,
            name text not null,
            district_id text,
            district_name text,
            body text not null,
            primary key (edition_id, level, entity_id)
        )"""
    )
    op.execute("create index card_of_district on card (edition_id, district_id)")
    op.execute(
        """create table verdict (
            edition_id uuid not null references edition,
            name text not null,
            cells bytea not null,
            primary key (edition_id, name)
        )"""
    )
    op.execute(
        """create table change (
            edition_id uuid not null references edition,
            former_id uuid not null references edition,
            level text not null,
            entity_id text not null,
            place text not null,
            label text not null,
            before text,
            after text,
            primary key (edition_id, former_id, level, entity_id, place)
        )"""
    )
    op.execute(
        """create table stale (
            edition_id uuid not null references edition,
            because_of uuid not null references edition,
            reason text not null,
            primary key (edition_id, because_of)
        )"""
    )
    op.execute(
        """create table release (
            edition_id uuid primary key,
            state text not null,
            school_year text not null,
            fingerprint text not null,
            released_by text not null,
            released_at timestamptz not null
        )"""
    )
