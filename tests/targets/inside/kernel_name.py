# rigprov test stand-in: Python names the kernel that the machine would have booted, as the program `uname` does there.
try:
    import os

    _file = os.open("/run/stand-in/osrelease", os.O_RDONLY)
    _kernel, _real = os.read(_file, 100).decode().strip(), os.uname()
    os.close(_file)
    os.uname = lambda: os.uname_result((*_real[:2], _kernel, *_real[3:]))
except OSError:
    pass
