"""How far the facts reach: the newest revision, who was ever enrolled when, and which years have an edition."""

import sqlalchemy as sa

from services.scoring.store.tables import FACTS, editions, others


def newest_revision(engine: sa.Engine) -> int:
    """The newest revision of any fact; 0 where there are none."""
    newest = [sa.select(sa.func.max(table.c.revision)) for table in (*FACTS.values(), others)]
    with engine.connect() as connection:
        return max(connection.execute(query).scalar_one() or 0 for query in newest)


def enrolled_years(engine: sa.Engine) -> list[str]:
    """The school years of enrollments, first to last."""
    with engine.connect() as connection:
        return sorted(connection.execute(sa.select(FACTS["enrollments"].c.school_year).distinct()).scalars())


def edition_years(engine: sa.Engine, state: str) -> list[str]:
    """The school years that have an edition in this state, first to last."""
    years = sa.select(editions.c.request["school_year"].astext).where(editions.c.state == state).distinct()
    with engine.connect() as connection:
        return sorted(connection.execute(years).scalars())
