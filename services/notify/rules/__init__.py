"""The pure rules of notify, one a file."""
