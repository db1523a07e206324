"""Pure decisions: facts and a tier give a plan."""
