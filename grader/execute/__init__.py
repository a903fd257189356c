"""The host side of running: sandboxes, warm slots, their supervisor, and the pipe to them."""
