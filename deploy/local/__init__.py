"""A real Kafka, a real PostgreSQL and the five services on this machine, without Docker."""
