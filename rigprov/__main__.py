"""`python -m rigprov`."""

from rigprov.cli import program

if __name__ == "__main__":
    program()
