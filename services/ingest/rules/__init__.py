"""The pure rules of ingest, one a file."""
