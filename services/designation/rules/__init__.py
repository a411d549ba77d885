"""The pure rules of designation, one a file."""
