"""python -m services.designation: runs the service."""

from services.designation import api, stream, timer
from shared.runtime.launch import serve

if __name__ == "__main__":
    serve("designation", routes=stream.ROUTES, router=api.router, timers=timer.TIMERS)
