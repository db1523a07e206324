"""Where models lie: on a disk that is set up for them, a file system that is mounted already, or a directory.

`choose` finds the place, which other decisions need; `decide` gives the values of the role `model_storage`.
"""

from rigprov.plan.storage.decide import decide
from rigprov.plan.storage.find import choose
from rigprov.plan.storage.place import Place, present
from rigprov.plan.storage.summary import summary

__all__ = ["Place", "choose", "decide", "present", "summary"]
