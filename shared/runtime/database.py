"""The database of one service: its own schema, its migrations, and which errors pass by themselves."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config

from shared.runtime import inbox, outbox

SERVICES = Path(__file__).parents[2] / "services"

# Every wait is bounded, and a stopped process gives its row locks up before its partitions' new owner needs them.
_OPTIONS = (
    "-c idle_in_transaction_session_timeout=5s -c statement_timeout=60s -c lock_timeout=30s -c timezone=UTC -c jit=off"
)
_PASSING_CLASSES = ("08", "40", "53", "57", "58")
_PASSING_STATES = ("55P03", "25P03", "25P04")


def engine_for(url: str, service: str, pool_size: int = 8) -> sa.Engine:
    """An engine whose every connection sees the service's own schema and no other."""
    return sa.create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=False,
        connect_args={
            "connect_timeout": 3,
            "options": f"-c search_path={service} {_OPTIONS}",
            "application_name": f"schoolmark-{service}",
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
        },
    )


def prepare(url: str, service: str) -> sa.Engine:
    """Makes the service's schema, the runtime's tables and the service's own (by its migrations); gives the engine."""
    engine = engine_for(url, service)
    with engine.begin() as connection:
        lock = sa.text("select pg_advisory_xact_lock(hashtext(:name))")
        connection.execute(lock, {"name": f"prepare {service}"})
        connection.execute(sa.text(f"create schema if not exists {service}"))
        inbox.metadata.create_all(connection)
        outbox.metadata.create_all(connection)
        _migrate(connection, service)
    return engine


def _migrate(connection: sa.Connection, service: str) -> None:
    folder = SERVICES / service / "migrations"
    if not folder.exists():
        return
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def run_migrations() -> None:
    """What each service's `migrations/env.py` calls: runs its revisions on the connection `prepare` opened."""
    context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
    context.run_migrations()


def is_passing(error: BaseException) -> bool:
    """Whether an error passes by itself (connection lost, deadlock, server stopping), so that trying again is right.

    A data error without an SQLSTATE (a NUL in text, say) is not: it would fail for ever.
    """
    if not isinstance(error, sa.exc.DBAPIError):
        return isinstance(error, sa.exc.TimeoutError)
    state = getattr(error.orig, "sqlstate", None)
    if error.connection_invalidated:
        return True
    if state is None:
        return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
    return state[:2] in _PASSING_CLASSES or state in _PASSING_STATES
