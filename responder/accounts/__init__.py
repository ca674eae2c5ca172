"""Getting an account to work: providers, discovery, the steps of the set-up, the check, the service and its files."""
