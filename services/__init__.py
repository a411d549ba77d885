"""The five services of the straight line, and the `schoolmark` command line."""
