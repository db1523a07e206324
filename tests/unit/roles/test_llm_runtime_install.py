"""Unpacking and building an engine: what is taken, what is refused, what a cut-off run leaves."""

import hashlib
import io
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.unit.roles.llm_runtime import FILES, module, program

sys.path.insert(0, str(FILES))  # the programs import one another by their bare names, as on a host
install = module("install_engine")
compiler: Any = sys.modules["compile_engine"]
sys.path.remove(str(FILES))
cannot = compiler.CannotError


def tar(path: Path, *names: str) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = 5, 0o644
            archive.addfile(entry, io.BytesIO(b"hello"))
    return path


@pytest.mark.parametrize(
    ("names", "server", "bench"),
    [
        (("llama-b1/llama-server", "llama-b1/libllama.so"), "tree/llama-b1/llama-server", None),
        (
            ("build/bin/llama-server", "build/bin/llama-bench", "other/deeper/bin/llama-server"),
            "tree/build/bin/llama-server",
            "tree/build/bin/llama-bench",
        ),
        (("llama-server",), "tree/llama-server", None),
    ],
)
def test_programs_are_found_in_every_layout(tmp_path, names, server, bench):
    new = tmp_path / "new"
    install.unpacked({"file": str(tar(tmp_path / "a.tar.gz", *names))}, str(new))
    found = {name: (new / name).readlink() if (new / name).is_symlink() else None for name in ("llama-server", "llama-bench")}
    assert {name: path and str(path) for name, path in found.items()} == {"llama-server": server, "llama-bench": bench}
    assert (new / "llama-server").stat().st_mode & 0o111


def test_an_archive_without_a_server(tmp_path):
    with pytest.raises(cannot, match="the archive holds no llama-server"):
        install.unpacked({"file": str(tar(tmp_path / "a.tar.gz", "README", "x/llama-server.txt"))}, str(tmp_path / "new"))


def test_a_file_that_is_no_archive(tmp_path):
    (tmp_path / "page.html").write_text("<html>sign in</html>")
    with pytest.raises(cannot, match="the archive cannot be unpacked: "):
        install.unpacked({"file": str(tmp_path / "page.html")}, str(tmp_path / "new"))


def test_a_member_that_leads_out_is_not_written(tmp_path):
    with pytest.raises(cannot):
        install.unpacked({"file": str(tar(tmp_path / "a.tar.gz", "../out", "llama-server"))}, str(tmp_path / "new"))
    assert not (tmp_path / "out").exists()


def test_a_link_that_leads_out_is_not_the_server(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        entry = tarfile.TarInfo("llama-server")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/bin/sh"
        archive.addfile(entry)
    with pytest.raises(cannot, match="holds no llama-server"):
        install.unpacked({"file": str(tmp_path / "a.tar")}, str(tmp_path / "new"))


def test_the_hash_decides(tmp_path):
    path = tar(tmp_path / "a.tar.gz", "llama-server")
    install.check_hash(str(path), hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(cannot, match=r"a\.tar\.gz has sha256 [0-9a-f]{64}, and 00 was asked for"):
        install.check_hash(str(path), "00")
    assert not path.exists()  # or the next run would take it for fetched


SOURCE = ("x-1/llama.cpp/CMakeLists.txt", "x-1/llama.cpp/ggml/a", "x-1/llama.cpp/src/a", "x-1/llama.cpp/common/a", "x-1/setup.py")


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A cmake that writes down how it was called and builds what it is told to. It fails where a file says so."""
    log = tmp_path / "calls"
    program(
        tmp_path / "bin/cmake",
        f'echo "$*" >> {log}; [ ! -e {tmp_path}/fail ] || {{ echo "a.cpp:1: error: no such thing"; exit 2; }}\n'
        'case $1 in --build) mkdir -p "$2/bin"; for p in llama-server llama-bench; do echo > "$2/bin/$p"; done;; esac',
    )
    program(tmp_path / "bin/ninja", "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return log


def job(tmp_path, **more):
    path = tar(tmp_path / "source.tar.gz", *SOURCE)
    plain = {"home": str(tmp_path / "home"), "name": "build-0", "file": str(path), "number": "11434", "jobs": 3, "flags": []}
    return {**plain, "cuda": False, **more}


def test_a_build(tmp_path, tools):
    new = tmp_path / "home/new"
    work = install.built(job(tmp_path, flags=["-DGGML_RPC=ON"]), str(new))
    configure, build = tools.read_text().splitlines()
    assert configure.startswith(f"-S {work}/source/x-1/llama.cpp -B {work}/build -G Ninja -DCMAKE_BUILD_TYPE=Release ")
    assert [
        word for word in ("-DLLAMA_BUILD_UI=OFF", "-DLLAMA_BUILD_NUMBER=11434", "-DGGML_RPC=ON") if word not in configure
    ] == []
    assert build == f"--build {work}/build --parallel 3 --target llama-server llama-bench"
    assert sorted(path.name for path in new.iterdir()) == ["build.log", "llama-bench", "llama-server"]


def test_what_the_compiler_said_is_the_reason(tmp_path, tools):
    (tmp_path / "fail").touch()
    with pytest.raises(cannot, match=r"cmake ended with exit code 2: a\.cpp:1: error: no such thing"):
        install.built(job(tmp_path), str(tmp_path / "new"))


@pytest.mark.parametrize(("boot", "kept"), [("same", True), ("another", False)])
def test_a_build_that_was_cut_off(tmp_path, tools, boot, kept, monkeypatch):
    work = tmp_path / "work"
    compiler.compile_programs(job(tmp_path), str(work))
    (work / "build/object.o").write_text("half?")
    if boot == "another":
        (work / "boot").write_text("an earlier boot")
    compiler.compile_programs(job(tmp_path), str(work))
    assert (work / "build/object.o").exists() is kept


def test_source_code_of_something_else(tmp_path, tools):
    other = tar(tmp_path / "other.tar.gz", "x/CMakeLists.txt", "x/src/a")
    with pytest.raises(cannot, match=r"does not hold llama\.cpp's source code"):
        install.built({**job(tmp_path), "file": str(other)}, str(tmp_path / "new"))


def cuda(tmp_path, *, stubs: bool, package: bool = False):
    root = tmp_path / "cuda"
    program(root / "bin/nvcc", f'echo "#$ _HERE_={root}/bin"; echo "#$ TOP={root}/bin/.."')
    wrapper = program(tmp_path / "usr/nvcc", f'exec {root}/bin/nvcc "$@"')
    (root / "lib64/stubs").mkdir(parents=True)
    if stubs:
        (root / "lib64/stubs/libcuda.so").touch()
    own = tmp_path / "site-packages/nvidia/cu13"
    for name in ("include/cublas_v2.h", "include/cuda_runtime.h", "lib/libcublas.so.13", "lib/libcublasLt.so.13"):
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).touch()
    wanted = {"nvcc": str(wrapper), "architectures": "86-real", "cublas": str(own) if package else ""}
    return job(tmp_path, **wanted), root, own


def test_cuda_from_one_toolkit(tmp_path):
    wanted, root, _ = cuda(tmp_path, stubs=True)
    assert compiler.cuda_options(wanted, str(tmp_path)) == [
        "GGML_CUDA=ON",
        f"CMAKE_CUDA_COMPILER={wanted['nvcc']}",
        f"CUDAToolkit_ROOT={root}",  # not that of the wrapper, nor the one at /usr/local/cuda
        "CMAKE_CUDA_ARCHITECTURES=86-real",
        f"CUDA_cuda_driver_LIBRARY={root}/lib64/stubs/libcuda.so",
        f"CMAKE_BUILD_RPATH={root}/lib64",
    ]


def test_cublas_from_a_python_package(tmp_path):
    wanted, root, own = cuda(tmp_path, stubs=True, package=True)
    options = compiler.cuda_options(wanted, str(tmp_path))
    assert f"CUDA_cublas_LIBRARY={own}/lib/libcublas.so.13" in options
    assert f"CMAKE_BUILD_RPATH={root}/lib64;{own}/lib" in options
    # only cuBLAS' headers: a CUDA header of another release beside them would be mixed with nvcc's
    assert [path.name for path in (tmp_path / "cublas").iterdir()] == ["cublas_v2.h"]


def test_without_the_driver_s_library_its_part_is_left_out(tmp_path, monkeypatch):
    wanted, _, _ = cuda(tmp_path, stubs=False)
    monkeypatch.setattr(compiler, "driver_library", lambda root: None)
    assert "GGML_CUDA_NO_VMM=ON" in compiler.cuda_options(wanted, str(tmp_path))


def test_a_compiler_that_says_nothing(tmp_path):
    with pytest.raises(cannot, match="does not say where its toolkit lies"):
        compiler.toolkit(str(program(tmp_path / "nvcc", "exit 1")))
