import pytest

from rigprov.catalog.quantise import more_bits, tensor_type


def test_layers_with_more_bits():
    """28 layers, as llama-quantize's log shows them for Llama 3.2 3B: both ends, and every third between."""
    assert [layer for layer in range(28) if more_bits(layer, 28)] == [0, 1, 2, 5, 8, 11, 14, 17, 20, 23, 24, 25, 26, 27]


@pytest.mark.parametrize(
    ("quantisation", "role", "place", "architecture", "kind"),
    [
        ("Q4_K_M", "attn_q", (0, 28, 3072), "llama", "Q4_K"),
        ("Q4_K_M", "output", (0, 28, 3072), "llama", "Q6_K"),
        ("Q4_K_M", "attn_v", (0, 28, 3072), "llama", "Q6_K"),
        ("Q4_K_M", "attn_v", (3, 28, 3072), "llama", "Q4_K"),
        ("Q4_K_M", "ffn_down", (5, 28, 8192), "llama", "Q6_K"),
        ("Q4_K_M", "ffn_down", (4, 28, 8192), "llama", "Q4_K"),
        ("Q4_K_M", "attn_v", (10, 80, 8192), "llama", "Q5_K"),  # the 70B keeps its few value heads finer
        ("Q4_K_M", "attn_v", (12, 80, 8192), "llama", "Q6_K"),
        ("Q4_K_M", "ffn_down", (10, 80, 28672), "llama", "Q4_K"),
        ("Q4_K_M", "attn_v", (10, 80, 8192), "qwen3", "Q4_K"),
        ("Q4_K_M", "attn_q", (0, 18, 640), "gemma3", "Q5_0"),  # no multiple of 256
        ("Q4_K_M", "ffn_down", (0, 18, 640), "gemma3", "Q8_0"),
        ("Q4_1", "attn_v", (0, 30, 576), "llama", "Q4_1"),
        ("Q4_1", "output", (0, 30, 576), "llama", "Q8_0"),
    ],
)
def test_types(quantisation, role, place, architecture, kind):
    layer, layers, row = place
    assert tensor_type(quantisation, role, layer=layer, layers=layers, row=row, architecture=architecture) == kind
