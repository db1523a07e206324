"""The models' directory, its group and the accounts. Reads only."""

import grp
import os
import pwd
import stat

import host


def look(wants):
    """What is there."""
    path = wants["path"]
    known = [user for user in wants["users"] if exists(pwd.getpwnam, user)]
    found = {"state": state(path, wants["group"]), "mode": "", "readable": False, "group": exists(grp.getgrnam, wants["group"])}
    found["unknown"] = [user for user in wants["users"] if user not in known]
    found["missing"] = [name for name in wants["caches"] if not os.path.lexists(os.path.join(path, name))]
    if os.path.isdir(path):
        seen = os.stat(path)
        found["mode"] = "%s:%s %o" % (
            name_of(pwd.getpwuid, seen.st_uid),
            name_of(grp.getgrgid, seen.st_gid),
            seen.st_mode & 0o7777,
        )
        found["readable"] = seen.st_mode & stat.S_IROTH != 0 and seen.st_mode & stat.S_IXOTH != 0
    return found


def state(path, group):
    """absent, file, ours (empty, or the group's) or foreign."""
    if not os.path.lexists(path):
        return "absent"
    if not os.path.isdir(path):
        return "file"
    empty = not set(os.listdir(path)) - {"lost+found"}
    return "ours" if empty or name_of(grp.getgrgid, os.stat(path).st_gid) == group else "foreign"


def judge(wants, found):
    """Refuse what cannot become the models' directory."""
    path, group = wants["path"], wants["group"]
    if found["state"] == "file":
        raise host.RefusedError("%s exists and is not a directory. Move it away, or set model_storage_path" % path)
    if found["state"] == "foreign" and not found["readable"]:
        raise host.RefusedError(
            "%s holds files already and only its owner's group may read it, so it is left as it is. Either hand it over with "
            "`chgrp %s %s && chmod g+rwxs %s`, or set model_storage_path to another directory" % (path, group, path, path)
        )


def judge_accounts(wants, found):
    """Refuse accounts that are not there."""
    if found["unknown"]:
        names = ", ".join(found["unknown"])
        raise host.RefusedError(
            "model_storage_users names %s, and this host has no such account. Make it first, or leave it out" % names
        )


def exists(look_up, name):
    """Whether an account or a group is known, to a directory service too."""
    try:
        look_up(name)
    except KeyError:
        return False
    return True


def name_of(look_up, number):
    """Name of an account or a group; its number where it has none."""
    try:
        return look_up(number)[0]
    except KeyError:
        return str(number)
