"""What the five services need alike, written once: four rooms (vocabulary, policy, events, runtime) and no fifth."""
