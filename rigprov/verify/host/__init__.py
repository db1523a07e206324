"""What runs on the host: Python 3.8 or later, standard library only, sent as text by `rigprov.verify.script`."""
