"""Decides what becomes of a push, a delete and a request for an edition. Pure: values in; writes, facts, replies out.

Every command runs alone (docs/decisions/0002-one-writer-at-ingest.md): what was loaded stands until it is saved.
"""

from services.ingest.handle.deletes import Delete, Standing, on_delete
from services.ingest.handle.desk import Refused, refusal_id_of, tests_named
from services.ingest.handle.editions import Certify, Cut, Edition, on_certify
from services.ingest.handle.facts import facts_of
from services.ingest.handle.pushes import Changes, Known, Push, on_push, on_release
from services.ingest.handle.tables import Accepted, TableStanding

__all__ = [
    "Accepted",
    "Certify",
    "Changes",
    "Cut",
    "Delete",
    "Edition",
    "Known",
    "Push",
    "Refused",
    "Standing",
    "TableStanding",
    "facts_of",
    "on_certify",
    "on_delete",
    "on_push",
    "on_release",
    "refusal_id_of",
    "tests_named",
]
