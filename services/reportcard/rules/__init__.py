"""The pure rules of reportcard, one a file."""
