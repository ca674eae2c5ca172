"""Getting an account to work: providers, discovery, the set-up dialogue, the check, the service files."""
