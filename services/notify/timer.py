"""Timer door of notify: decides editions that are whole, lets days begin, and counts notices for whoever watches."""

from services.notify import handle, store
from services.notify.rules.lifecycle import STATES
from services.notify.rules.messages import Decide, Tick
from shared.events.designations import DESIGNATIONS
from shared.events.notices import NOTICES
from shared.runtime.runtime import Runtime
from shared.runtime.timers import Timer


def decide(runtime: Runtime) -> None:
    """Decides every whole edition, in the order they were closed; not before the log of what was done is read."""
    if not runtime.caught_up(NOTICES.name):
        return
    with runtime.engine.connect() as connection:
        due = store.due_editions(connection)
    for edition_id in due:
        runtime.command(Decide(edition_id), load=store.whole, step=handle.on_edition, save=store.keep)
        runtime.log("edition.noticed", edition=str(edition_id))
    if due:
        tick(runtime)
        runtime.wake("measure")


def tick(runtime: Runtime) -> None:
    """Lets the day of this moment begin; not while designations wait that may end a notice."""
    if not (runtime.caught_up(NOTICES.name) and runtime.caught_up(DESIGNATIONS.name)):
        return
    with runtime.engine.connect() as connection:
        if store.due_editions(connection):
            return
    if runtime.command(Tick(runtime.now()), load=store.running_cases, step=handle.on_tick, save=store.keep):
        runtime.wake("mail")


def measure(runtime: Runtime) -> None:
    """Sets the gauge of notices by state, of mails that wait and of notices whose address is refused."""
    with runtime.engine.connect() as connection:
        found = store.counts(connection)
    for state in (*STATES, "mail_waiting", "address_refused"):
        runtime.metrics.notices.labels(state).set(found.get(state, 0))


TIMERS = (Timer("decide", 1.0, decide), Timer("tick", 30.0, tick), Timer("measure", 5.0, measure))
