"""Machines that set themselves up: user data for cloud-init, settings and results of `rigprov pull`, its timer."""
