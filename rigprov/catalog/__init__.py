"""What is known before any host is asked: content of the collection, models, engines, sources."""
