"""Pure rules of a rejection's life: its states, and the next step for a case."""
