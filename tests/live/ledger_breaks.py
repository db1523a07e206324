"""Changes by hand on a machine that `starter` was applied to, each with the role concerned and what `--detect` says of it.

All can be made at once, in this order.
"""

GGUF = "/srv/models/SmolLM2-135M-Instruct.Q4_1.gguf"
DROP_IN = "/etc/systemd/system/docker.service.d"

# command, role, part of a line that `--detect` prints
BREAKS = (
    ("chmod 0750 /var/lib/rigprov", "base", "directory /var/lib/rigprov: mode: expected 0755, found 0750"),
    ("chown games /etc/rigprov", "base", "directory /etc/rigprov: owner: expected root, found games"),
    ("chgrp games /etc/rigprov", "base", "directory /etc/rigprov: group: expected root, found games"),
    ("apt-mark hold curl", "base", "package curl: hold: expected no, found yes"),
    ("apt-get -y remove pciutils", "base", "package pciutils: version: expected"),
    (
        "sed -i '/^Package: ca-certificates$/,/^$/ s/^Version: .*/Version: 1/' /var/lib/dpkg/status",
        "base",
        "package ca-certificates: version: expected 2",
    ),
    ("chmod 0666 /etc/docker/daemon.json", "docker", "file /etc/docker/daemon.json: mode: expected"),
    ("chown games /etc/docker/daemon.json", "docker", "file /etc/docker/daemon.json: owner: expected root, found games"),
    ("chgrp games /etc/docker/daemon.json", "docker", "file /etc/docker/daemon.json: group: expected root, found games"),
    ("chgrp games /etc/docker", "docker", "directory /etc/docker: group: expected root, found games"),
    ("echo '# x' >> /etc/apt/apt.conf.d/60rigprov-docker", "docker", "60rigprov-docker: content: expected sha256"),
    ("chmod 0600 /etc/apt/apt.conf.d/60rigprov-docker", "docker", "60rigprov-docker: mode: expected 0644, found 0600"),
    (f"mkdir -p {DROP_IN}; echo [Unit] > {DROP_IN}/10-rigprov-mount.conf", "docker", "mount.conf: expected absent, found file"),
    ("systemctl disable docker.service", "docker", "unit docker.service: enabled: expected enabled, found disabled"),
    ("systemctl stop docker.socket docker.service", "docker", "unit docker.service: active: expected active, found inactive"),
    ("systemctl is-active docker.socket || true", "docker", "unit docker.socket: active: expected active, found inactive"),
    ("systemctl stop containerd", "docker", "unit containerd.service: active: expected active, found inactive"),
    ("apt-mark hold runc", "docker", "package runc: hold: expected no, found yes"),
    ("chmod 0705 /srv/models", "model_storage", "directory /srv/models: mode: expected 2775, found 2705"),
    ("chgrp games /srv/models", "model_storage", "directory /srv/models: group: expected models, found games"),
    ("rmdir /srv/models/ollama", "model_storage", "/srv/models/ollama: expected directory, found absent"),
    ("chmod 0700 /srv/models/llama.cpp", "model_storage", "/srv/models/llama.cpp: mode: expected 2775, found 2700"),
    ("chown games /srv/models/huggingface/hub", "model_storage", "huggingface/hub: owner: expected root, found games"),
    (
        "rm /etc/profile.d/rigprov-models.sh; ln -s /dev/null /etc/profile.d/rigprov-models.sh",
        "model_storage",
        "file /etc/profile.d/rigprov-models.sh: expected file, found link",
    ),
    ("groupmod -g 4711 models", "model_storage", "group models: number: expected"),
    (f"chmod 0600 {GGUF}", "models", f"file {GGUF}: mode: expected 0644, found 0600"),
    (f"chown games {GGUF}", "models", f"file {GGUF}: owner: expected root, found games"),
    (f"touch {GGUF}", "models", f"file {GGUF}: last change: expected"),
    ("rm /srv/models/.SmolLM2*.sha256", "models", ".sha256: expected file, found absent"),
    ("usermod -s /bin/sh llm", "llm_runtime", "user llm: shell: expected /usr/sbin/nologin, found /bin/sh"),
    ("usermod -G '' llm", "llm_runtime", "user llm: groups: expected models, found none"),
    ("sed -i 's/2048/4096/' /etc/rigprov/llm/server.json", "llm_runtime", "server.json: content: expected sha256"),
    ("chmod 0644 /etc/rigprov/llm/api_key", "llm_runtime", "api_key: mode: expected 0640, found 0644"),
    ("chgrp root /etc/rigprov/llm/api_key", "llm_runtime", "api_key: group: expected llm, found root"),
    ("echo '# x' >> /usr/local/bin/rigprov-llm", "llm_runtime", "/usr/local/bin/rigprov-llm: content: expected sha256"),
    ("chmod 0700 /usr/local/bin/rigprov-llm", "llm_runtime", "/usr/local/bin/rigprov-llm: mode: expected 0755, found 0700"),
    (
        "sed -i s/RestartSec=5/RestartSec=6/ /etc/systemd/system/rigprov-llm.service",
        "llm_runtime",
        "rigprov-llm.service: content",
    ),
    ("systemctl disable rigprov-llm", "llm_runtime", "unit rigprov-llm.service: enabled: expected enabled, found disabled"),
    ("systemctl stop rigprov-llm", "llm_runtime", "unit rigprov-llm.service: active: expected active, found inactive"),
    ("ln -sfn /tmp /opt/rigprov/llm/current", "llm_runtime", "/opt/rigprov/llm/current: target: expected"),
    ("rm /opt/rigprov/llm/serve.py", "llm_runtime", "/opt/rigprov/llm/serve.py: expected file, found absent"),
    ("echo '# x' >> /opt/rigprov/llm/native.py", "llm_runtime", "/opt/rigprov/llm/native.py: content: expected sha256"),
    (
        "echo x >> $(ls /opt/rigprov/llm/*-py*/lib/python3*/site-packages/xllamacpp/__init__.py)",
        "llm_runtime",
        "files below /opt/rigprov/llm",
    ),
    ("apt-mark hold libgomp1", "llm_runtime", "package libgomp1: hold: expected no, found yes"),
)

# One role each, and only that one has to run again.
ALONE = (
    ("apt-mark hold kmod", "base", "package kmod: hold: expected no, found yes"),
    ("rm /etc/apt/apt.conf.d/60rigprov-docker", "docker", "60rigprov-docker: expected file, found absent"),
    ("rmdir /srv/models/llama.cpp", "model_storage", "/srv/models/llama.cpp: expected directory, found absent"),
    ("chmod 0606 /srv/models/.SmolLM2*.sha256", "models", ".sha256: mode: expected 0644, found 0606"),
    ("systemctl disable rigprov-llm", "llm_runtime", "unit rigprov-llm.service: enabled"),
)

# After the next run, by looking: command = what it says.
PUT_BACK = (
    "stat -c '%a %U %G' /var/lib/rigprov = 755 root root",
    "stat -c '%U %G' /etc/rigprov = root root",
    "apt-mark showhold = ",
    "dpkg-query -W -f '${Status}' pciutils = install ok installed",
    "stat -c '%U %G' /etc/docker/daemon.json = root root",
    "stat -c '%a %U %G' /srv/models = 2775 root models",
    "stat -c '%a %G' /srv/models/ollama /srv/models/llama.cpp | sort -u = 2775 models",
    f"stat -c '%a %U %G' {GGUF} = 644 root models",
    "stat -c %F /etc/profile.d/rigprov-models.sh = regular file",
    "getent passwd llm | cut -d: -f7; id -nG llm = /usr/sbin/nologin\nllm models",
    "grep -c 2048 /etc/rigprov/llm/server.json = 1",
    "stat -c '%a %G' /etc/rigprov/llm/api_key = 640 llm",
    "grep -l '^# x' /usr/local/bin/rigprov-llm /opt/rigprov/llm/native.py /etc/apt/apt.conf.d/60rigprov-docker || true = ",
    "systemctl is-enabled docker rigprov-llm | sort -u = enabled",
    "systemctl is-active docker containerd rigprov-llm | sort -u = active",
    f"test ! -e {DROP_IN}/10-rigprov-mount.conf && echo gone = gone",
    "tail -n 1 /opt/rigprov/llm/current/lib/python3*/site-packages/xllamacpp/__init__.py | grep -cx x || true = 0",
)
