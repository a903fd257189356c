"""Everything that runs in a sandbox; imports nothing of the host side, and each other by relative imports only."""
