"""Carries a plan out: bootstrap over pyinfra, roles over ansible-runner."""
