"""The shell, written once: settings, database, inbox, outbox, worker, relay, timers, HTTP. No school, no law."""
