"""The commands: arguments → one call each."""
