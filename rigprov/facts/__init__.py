"""What a host is: one probe, one round trip, pure parsers."""
