"""python -m services.reportcard: runs the service."""

from services.reportcard import api, stream, timer
from shared.runtime.launch import serve

if __name__ == "__main__":
    serve("reportcard", routes=stream.ROUTES, router=api.router, before=api.before, timers=timer.TIMERS)
