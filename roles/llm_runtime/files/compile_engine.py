"""Build llama.cpp's programs from its source code, with cmake, a compiler, and nvcc where CUDA is asked for."""

import glob
import os
import re
import shutil
import subprocess

PROGRAMS = ("llama-server", "llama-bench")
# No page of its own, as its parts would be fetched from a hub during the build; no TLS, as it listens on loopback; no
# example programs. One file without shared libraries of its own.
OPTIONS = (
    *("CMAKE_BUILD_TYPE=Release", "BUILD_SHARED_LIBS=OFF", "LLAMA_BUILD_UI=OFF", "LLAMA_USE_PREBUILT_UI=OFF"),
    *("LLAMA_OPENSSL=OFF", "LLAMA_CURL=OFF", "LLAMA_BUILD_EXAMPLES=OFF", "LLAMA_BUILD_TESTS=OFF", "LLAMA_BUILD_APP=OFF"),
    # No Intel AMX, which this processor's own flags would bring: the server's threads end at its first instruction with SIGILL
    # (seen on a Xeon of 2023; llama.cpp's pull request 26954 tells why).
    *("CMAKE_C_FLAGS=-U__AMX_INT8__", "CMAKE_CXX_FLAGS=-U__AMX_INT8__"),
)


class CannotError(Exception):
    """Why it cannot be done, one sentence without a full stop."""


def extract(path, into):
    os.makedirs(into)
    done = subprocess.run(
        ["/bin/tar", "--extract", "--no-same-owner", "--no-same-permissions", "--file", path, "--directory", into],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise CannotError("the archive cannot be unpacked: %s" % "".join(said))


def boot():
    with open("/proc/sys/kernel/random/boot_id") as stream:
        return stream.read().strip()


def source_tree(root):
    """llama.cpp's directory in what was unpacked."""
    for top, folders, files in os.walk(root):
        if "CMakeLists.txt" in files and {"ggml", "src", "common"} <= set(folders):
            return top
    raise CannotError("the archive does not hold llama.cpp's source code")


def run(words, log, environment):
    with open(log, "ab") as stream:
        code = subprocess.run(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, check=False
        ).returncode
    if code:
        with open(log, encoding="utf-8", errors="replace") as stream:
            lines = [line.strip() for line in stream if line.strip()]
        told = [line for line in lines if re.search(r"\berror\b|CMake Error|not found|[Kk]illed", line)][:4] or lines[-4:]
        raise CannotError("%s ended with exit code %d: %s (all of it is in %s)" % (words[0], code, " | ".join(told)[:900], log))


def toolkit(nvcc):
    """Root of the CUDA toolkit that the compiler belongs to, as it says itself (it may be a wrapper)."""
    done = subprocess.run([nvcc, "-v", "__none"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    found = re.search(r"^#\$ TOP=(.*)$", done.stdout.decode("utf-8", "replace"), re.MULTILINE)
    if not found:
        raise CannotError("%s does not say where its toolkit lies" % nvcc)
    return os.path.realpath(found[1].strip())


def first(*patterns):
    return next((path for pattern in patterns for path in sorted(glob.glob(pattern))), None)


def driver_library(root):
    """What to link the driver's interface from: the toolkit's stand-in, else the driver's own library."""
    stub = first(root + "/lib64/stubs/libcuda.so", root + "/lib/stubs/libcuda.so", root + "/targets/*/lib/stubs/libcuda.so")
    if stub:
        return stub
    listed = subprocess.run(["/sbin/ldconfig", "-p"], stdout=subprocess.PIPE, check=False).stdout.decode()
    found = re.search(r"libcuda\.so\.1 .*=> (\S+)", listed)
    return found[1] if found else first("/usr/local/nvidia/lib64/libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1")


def cublas_options(package, work):
    """For cuBLAS from a Python package: only its own headers are taken, the others are those of nvcc's toolkit."""
    headers = os.path.join(work, "cublas")
    shutil.rmtree(headers, ignore_errors=True)
    os.makedirs(headers)
    for header in glob.glob(package + "/include/cublas*.h"):
        os.symlink(header, os.path.join(headers, os.path.basename(header)))
    found = {name: first("%s/lib/lib%s.so.*" % (package, name)) for name in ("cublas", "cublasLt")}
    if None in found.values():
        raise CannotError("%s holds no libcublas" % package)
    return ["CUDA_%s_LIBRARY=%s" % item for item in found.items()] + ["CMAKE_CUDA_FLAGS=-I" + headers]


def cuda_options(job, work):
    root = toolkit(job["nvcc"])
    options = ["GGML_CUDA=ON", "CMAKE_CUDA_COMPILER=" + job["nvcc"]]
    # llama.cpp looks for the toolkit before it tries the compiler, and would take the one at /usr/local/cuda.
    if os.path.exists(root + "/bin/nvcc"):
        options.append("CUDAToolkit_ROOT=" + root)
    if job["architectures"]:
        options.append("CMAKE_CUDA_ARCHITECTURES=" + job["architectures"])
    libraries = [path for path in (root + "/lib64", root + "/lib") if os.path.isdir(path)] + glob.glob(root + "/targets/*/lib")
    if job["cublas"]:
        options += cublas_options(job["cublas"], work)
        libraries.append(job["cublas"] + "/lib")
    driver = driver_library(root)
    options.append("CUDA_cuda_driver_LIBRARY=" + driver if driver else "GGML_CUDA_NO_VMM=ON")
    # The service's user has no LD_LIBRARY_PATH: the program itself knows where CUDA's libraries lie.
    return [*options, "CMAKE_BUILD_RPATH=" + ";".join(libraries)]


def compile_programs(job, work):
    """Programs in `work`/build/bin. A build that this boot began is gone on with: the disk holds what was written."""
    mark = os.path.join(work, "boot")
    begun = ""
    if os.path.exists(mark):
        with open(mark) as stream:
            begun = stream.read()
    if begun != boot():
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(work)
        extract(job["file"], os.path.join(work, "source"))
        with open(mark, "w") as stream:
            stream.write(boot())
    build, log = os.path.join(work, "build"), os.path.join(work, "build.log")
    number = ["LLAMA_BUILD_NUMBER=" + job["number"]] if job["number"] else []
    options = [*OPTIONS, *number, *(cuda_options(job, work) if job["cuda"] else [])]
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    environment = dict(os.environ, TMPDIR=work, PATH=os.environ["PATH"] + ":/usr/local/cuda/bin")
    tree = source_tree(os.path.join(work, "source"))
    run(["cmake", "-S", tree, "-B", build, *generator, *("-D" + option for option in options), *job["flags"]], log, environment)
    run(["cmake", "--build", build, "--parallel", str(job["jobs"]), "--target", *PROGRAMS], log, environment)
    return tree, build, log
