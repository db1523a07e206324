// Log-probabilities of the 20 most probable tokens after each prefix of a text, in one pass over the weights: for models that
// are larger than the machine's memory. As JSON: at each position [token, natural log-probability].
//
// Built against a build of llama.cpp with BUILD_SHARED_LIBS=OFF, GGML_CUDA=OFF in the folder B of its source code:
//   g++ -O2 -Iinclude -Iggml/include positions.cpp -o positions B/src/libllama.a B/ggml/src/libggml.a \
//       B/ggml/src/libggml-cpu.a B/ggml/src/libggml-base.a -lgomp -lpthread -ldl
#include "llama.h"
#include "ggml-backend.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>
int main(int argc, char ** argv) {
    if (argc < 5) { fprintf(stderr, "MODEL THREADS START TOKEN...\n"); return 2; }
    const int threads = atoi(argv[2]), start = atoi(argv[3]);
    std::vector<llama_token> text;
    for (int i = 4; i < argc; i++) text.push_back(atoi(argv[i]));
    llama_backend_init();
    auto mp = llama_model_default_params();
    mp.n_gpu_layers = 0;
    ggml_backend_dev_t none[] = { nullptr };
    mp.devices = none;
    mp.use_extra_bufts = false;  // weights stay mapped: a model larger than the memory
    auto * model = llama_model_load_from_file(argv[1], mp);
    if (!model) return 1;
    auto cp = llama_context_default_params();
    cp.n_ctx = 256; cp.n_batch = 128; cp.n_ubatch = 128; cp.n_threads = threads; cp.n_threads_batch = threads;
    auto * ctx = llama_init_from_model(model, cp);
    if (!ctx) return 1;
    auto batch = llama_batch_init((int) text.size(), 0, 1);
    batch.n_tokens = (int) text.size();
    for (int i = 0; i < batch.n_tokens; i++) {
        batch.token[i] = text[i]; batch.pos[i] = i; batch.n_seq_id[i] = 1; batch.seq_id[i][0] = 0; batch.logits[i] = i >= start - 1;
    }
    if (llama_decode(ctx, batch)) return 1;
    const int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model));
    printf("[");
    for (int i = start - 1; i < batch.n_tokens; i++) {
        const float * logits = llama_get_logits_ith(ctx, i);
        double top = *std::max_element(logits, logits + vocabulary), sum = 0;
        for (int t = 0; t < vocabulary; t++) sum += exp(logits[t] - top);
        std::vector<int> order(vocabulary);
        for (int t = 0; t < vocabulary; t++) order[t] = t;
        std::partial_sort(order.begin(), order.begin() + 20, order.end(), [&](int a, int b) { return logits[a] > logits[b]; });
        printf("%s[", i >= start ? ",\n" : "");
        for (int k = 0; k < 20; k++) printf("%s[%d, %.7f]", k ? ", " : "", order[k], logits[order[k]] - top - log(sum));
        printf("]");
    }
    printf("]\n");
}
