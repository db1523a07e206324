"""Where models lie, and which disk is set up for them."""
