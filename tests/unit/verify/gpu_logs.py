"""What engines say while they start, short: the lines that count, in llama.cpp's forms of 2024 to 2026."""

_META = (
    "llama_model_loader: loaded meta data with 32 key-value pairs and 707 tensors from /srv/models/model.gguf (version GGUF V3)"
)
_FOUND = [
    "ggml_cuda_init: GGML_CUDA_FORCE_MMQ:    no",
    "ggml_cuda_init: found 1 CUDA devices:",
    "  Device 0: NVIDIA GeForce RTX 3090, compute capability 8.6, VMM: yes",
    "build: 7003 (596a297cb) with cc (Ubuntu 11.4.0-1ubuntu1~22.04.2) 11.4.0 for x86_64-linux-gnu",
    "system_info: n_threads = 16 (n_threads_batch = 16) / 32 | CUDA : ARCHS = 500,610,700,750,800,860,890 | USE_GRAPHS = 1 |",
]
_USING = "llama_model_load_from_file_impl: using device CUDA0 (NVIDIA GeForce RTX 3090) (0000:01:00.0) - 23866 MiB free"


def _loaded(layers: str, model: dict[str, float], kv: dict[str, float], compute: float = 306.75) -> list[str]:
    return [
        _META,
        f"load_tensors: offloading {int(layers.split('/', maxsplit=1)[0]) - 1} repeating layers to GPU",
        "load_tensors: offloading output layer to GPU",
        f"load_tensors: offloaded {layers} layers to GPU",
        *(f"load_tensors: {name:>12} model buffer size = {size:8.2f} MiB" for name, size in model.items()),
        *(f"llama_kv_cache: {name:>10} KV buffer size = {size:8.2f} MiB" for name, size in kv.items()),
        f"llama_context:      CUDA0 compute buffer size = {compute:8.2f} MiB",
        "main: server is listening on http://127.0.0.1:8080",
    ]


DENSE_32B = [*_FOUND, _USING, *_loaded("65/65", {"CPU_Mapped": 417.30, "CUDA0": 18425.36}, {"CUDA0": 1024.0})]
PARTIAL = [
    *_FOUND,
    _USING,
    *_loaded("52/65", {"CPU_Mapped": 4204.11, "CUDA0": 14638.55}, {"CPU": 208.0, "CUDA0": 816.0}),
]
LONG_CONTEXT = [
    *_FOUND,
    _USING,
    *_loaded("50/65", {"CPU_Mapped": 4780.02, "CUDA0": 14062.64}, {"CPU": 1920.0, "CUDA0": 6272.0}),
]
MOE_30B = [*_FOUND, _USING, *_loaded("49/49", {"CPU_Mapped": 166.92, "CUDA0": 17524.43}, {"CUDA0": 384.0})]
SMALL_8B = [
    "ggml_cuda_init: found 1 CUDA devices:",
    *_loaded("33/33", {"CPU_Mapped": 281.81, "CUDA0": 4403.49}, {"CUDA0": 512.0}, 258.5),
]
GB10_MOE = [
    "ggml_cuda_init: found 1 CUDA devices:",
    "  Device 0: NVIDIA GB10, compute capability 12.1, VMM: yes",
    "llama_model_load_from_file_impl: using device CUDA0 (NVIDIA GB10) (000f:01:00.0) - 117804 MiB free",
    *_loaded("49/49", {"CPU_Mapped": 166.92, "CUDA0": 17524.43}, {"CUDA0": 384.0}),
]
FALLBACK = [
    "ggml_cuda_init: failed to initialize CUDA: system has unsupported display driver / cuda driver combination",
    "warning: no usable GPU found, --gpu-layers option will be ignored",
    "warning: one possible reason is that llama.cpp was compiled without GPU support",
    _META,
    "load_tensors:   CPU_Mapped model buffer size = 18842.66 MiB",
    "llama_kv_cache:        CPU KV buffer size =  1024.00 MiB",
    "main: server is listening on http://127.0.0.1:8080",
]
_TWO = [
    "ggml_cuda_init: found 2 CUDA devices:",
    "  Device 0: NVIDIA GeForce RTX 3090, compute capability 8.6, VMM: yes",
    "  Device 1: NVIDIA GeForce RTX 3090, compute capability 8.6, VMM: yes",
]
# Sizes as in containers/ramalama issue 1354 (2025), a 70B Q4_K_M over two RTX 3090.
TWO_70B = [
    *_TWO,
    *_loaded("81/81", {"CPU_Mapped": 563.62, "CUDA0": 20038.81, "CUDA1": 19940.67}, {"CUDA0": 656.0, "CUDA1": 624.0}),
]
ONE_OF_TWO = [
    _TWO[0].replace("2", "1"),
    _TWO[1],
    _USING,
    *_loaded("42/81", {"CPU_Mapped": 20504.29, "CUDA0": 20038.81}, {"CPU": 624.0, "CUDA0": 656.0}),
]
DENSE_32B_2024 = [
    "ggml_cuda_init: found 1 CUDA devices:",
    "  Device 0: NVIDIA GeForce RTX 3090, compute capability 8.6, VMM: yes",
    _META,
    "llm_load_tensors: offloading 64 repeating layers to GPU",
    "llm_load_tensors: offloading non-repeating layers to GPU",
    "llm_load_tensors: offloaded 65/65 layers to GPU",
    "llm_load_tensors:        CPU buffer size =   417.30 MiB",
    "llm_load_tensors:      CUDA0 buffer size = 18425.36 MiB",
    "llama_kv_cache_init:      CUDA0 KV buffer size =  1024.00 MiB",
    "llama_new_context_with_model:      CUDA0 compute buffer size =   306.75 MiB",
]
CPU_8B = [
    _META,
    "load_tensors:   CPU_Mapped model buffer size =  4685.30 MiB",
    "llama_kv_cache:        CPU KV buffer size =   256.00 MiB",
]
REAL_CPU = [
    "0.00.019.930 I cmn  common_param: common_params_print_info: build 0 (unknown) with GNU 10.2.1 for Linux x86_64",
    "0.00.020.069 I cmn  common_param: system_info: n_threads = 1 (n_threads_batch = 1) / 2 | CPU : SSE3 = 1 | AVX2 = 1 |",
    "0.01.400.543 I llama_model_loader: loaded meta data with 33 key-value pairs and 272 tensors from /srv/m.gguf",
    "0.02.136.007 D load_tensors: layer   0 assigned to device CPU, is_swa = 0",
    "0.02.136.014 D load_tensors: layer   1 assigned to device CPU, is_swa = 0",
    "0.02.288.532 I load_tensors:   CPU_Mapped model buffer size =    92.10 MiB",
    "0.02.306.970 I llama_context:        CPU  output buffer size =     0.19 MiB",
    "0.02.308.026 I llama_kv_cache:        CPU KV buffer size =    11.25 MiB",
    "0.02.335.132 I llama_kv_cache: size =   11.25 MiB (   512 cells,  30 layers,  1/1 seqs), K (f16):    5.62 MiB",
    "0.02.354.342 I sched_reserve:        CPU compute buffer size =    15.14 MiB",
]
