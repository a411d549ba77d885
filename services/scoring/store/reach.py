"""How far the facts reach: the newest revision, and the school years in which anyone was ever enrolled."""

import sqlalchemy as sa

from services.scoring.store.tables import FACTS, others


def newest_revision(engine: sa.Engine) -> int:
    """The newest revision of any fact; 0 where there are none."""
    newest = [sa.select(sa.func.max(table.c.revision)) for table in (*FACTS.values(), others)]
    with engine.connect() as connection:
        return max(connection.execute(query).scalar_one() or 0 for query in newest)


def enrolled_years(engine: sa.Engine) -> list[str]:
    """The school years of enrollments, first to last."""
    with engine.connect() as connection:
        return sorted(connection.execute(sa.select(FACTS["enrollments"].c.school_year).distinct()).scalars())
