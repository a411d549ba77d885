"""Runs scoring: python -m services.scoring."""

from services.scoring import api, stream, timer
from shared.runtime.launch import serve

if __name__ == "__main__":
    serve("scoring", routes=stream.ROUTES, router=api.router, timers=timer.TIMERS)
