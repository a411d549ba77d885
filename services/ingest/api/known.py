"""What a push has to be decided by, read under the one write lock."""

from uuid import UUID

import sqlalchemy as sa

from services.ingest import store
from services.ingest.handle import Known, Push, TableStanding, refusal_id_of, tests_named
from services.ingest.policy import intake_in_force
from services.ingest.rules.fitting import RESULTS, TEST_PLACE
from services.ingest.rules.keeping import Item, Refusal, Sender
from services.ingest.rules.tables import Hex, Table


def known_of(connection: sa.Connection, push: Push) -> Known:
    """What stands of the pushed records and their parents, and what waits for them."""
    revision = store.lock(connection)
    are_parked, are_refused = store.any_open(connection)
    table, doubtful, owners = TableStanding(), list[Item](), set[UUID]()
    if push.table:
        table, doubtful, owners = _of_table(connection, *push.table, are_parked=are_parked)
    items = [*doubtful, *(entry for _, entry in push.entries if isinstance(entry, Item))]
    ids = {item.record_id for item in items}
    waiting = store.waiting_with(connection, ids) if are_parked else {}
    needed = owners | {parent.record_id for item in items for parent in item.parents}
    for each in waiting.values():
        needed |= {each.item.record_id, *(parent.record_id for parent in each.item.parents)}
    kept = store.kept_of(connection, ids | needed)
    bad = [refusal_id_of(push.state, sender, entry) for sender, entry in push.entries if isinstance(entry, Refusal)]
    tests = tests_named([*items, *(each.item for each in waiting.values())])
    if push.table and push.table[1].resource.name == RESULTS:
        tests |= {parents[TEST_PLACE] for parents in push.table[1].parents}
    return Known(
        revision,
        kept,
        waiting,
        store.open_refusals(connection, bad),
        table,
        are_refused=are_refused,
        tests=store.tests_of(connection, tests) if tests else {},
        programs=intake_in_force(push.state).tests,
    )


def _of_table(
    connection: sa.Connection, sender: Sender, table: Table, *, are_parked: bool
) -> tuple[TableStanding, list[Item], set[UUID]]:
    """What stands of a table, those of its records that are decided one by one, and who says whose the others are."""
    missing = store.missing_of(connection, {parent for parents in table.parents for parent in parents})
    doubtful = store.waited_for(connection, table.ids) if are_parked else frozenset[Hex]()
    if missing:
        lacking = [
            key for key, parents in zip(table.ids, table.parents, strict=True) if not missing.isdisjoint(parents)
        ]
        doubtful = doubtful.union(lacking)
    owners = set() if sender.kind == "state" else set(map(UUID, set(filter(None, table.owners))))
    items = [table.item(place) for place, key in enumerate(table.ids) if key in doubtful]
    return TableStanding(store.digests_of(connection, table.ids), doubtful), items, owners
