"""What runs Schoolmark on a machine: local servers without Docker, the sample state, container files."""
