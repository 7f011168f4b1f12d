/* Written by scripts/golden/layers.py. */
/* clang-format off */
enum { GOLDEN_PARAMETERS_MAX = 8 };
static const struct golden_layer {
    const char *layers;
    lk_shape in, out;
    struct {
        const char *name;
        lk_shape shape;
    } parameters[GOLDEN_PARAMETERS_MAX];
} golden_layers[] = {
    { "[{\"type\": \"group_norm\", \"groups\": 3}]",
      { 4, { 2, 6, 4, 5 } }, { 4, { 2, 6, 4, 5 } },
      { { "0.weight", { 1, { 6 } } }, { "0.bias", { 1, { 6 } } } } },
    { "[{\"type\": \"group_norm\", \"groups\": 1, \"eps\": 0.1}]",
      { 4, { 2, 6, 4, 5 } }, { 4, { 2, 6, 4, 5 } },
      { { "0.weight", { 1, { 6 } } }, { "0.bias", { 1, { 6 } } } } },
    { "[{\"type\": \"group_norm\", \"groups\": 2, \"affine\": false}]",
      { 2, { 3, 6 } }, { 2, { 3, 6 } },
      { { 0 } } },
    { "[{\"type\": \"instance_norm\"}]",
      { 4, { 2, 6, 4, 5 } }, { 4, { 2, 6, 4, 5 } },
      { { 0 } } },
    { "[{\"type\": \"instance_norm\", \"affine\": true, \"eps\": 0.1}]",
      { 4, { 2, 6, 4, 5 } }, { 4, { 2, 6, 4, 5 } },
      { { "0.weight", { 1, { 6 } } }, { "0.bias", { 1, { 6 } } } } },
    { "[{\"type\": \"layer_norm\"}]",
      { 4, { 2, 6, 4, 5 } }, { 4, { 2, 6, 4, 5 } },
      { { "0.weight", { 3, { 6, 4, 5 } } }, { "0.bias", { 3, { 6, 4, 5 } } } } },
    { "[{\"type\": \"layer_norm\", \"eps\": 0.1}]",
      { 2, { 3, 6 } }, { 2, { 3, 6 } },
      { { "0.weight", { 1, { 6 } } }, { "0.bias", { 1, { 6 } } } } },
    { "[{\"type\": \"layer_norm\", \"affine\": false}]",
      { 4, { 2, 6, 4, 5 } }, { 4, { 2, 6, 4, 5 } },
      { { 0 } } },
    { "[{\"type\": \"silu\"}]",
      { 4, { 2, 6, 4, 5 } }, { 4, { 2, 6, 4, 5 } },
      { { 0 } } },
    { "[{\"type\": \"gelu\"}]",
      { 4, { 2, 6, 4, 5 } }, { 4, { 2, 6, 4, 5 } },
      { { 0 } } },
    { "[{\"type\": \"gelu\", \"approximate\": \"tanh\"}]",
      { 2, { 3, 6 } }, { 2, { 3, 6 } },
      { { 0 } } },
    { "[{\"type\": \"elu\"}]",
      { 4, { 2, 6, 4, 5 } }, { 4, { 2, 6, 4, 5 } },
      { { 0 } } },
    { "[{\"type\": \"elu\", \"alpha\": 0.5}]",
      { 2, { 3, 6 } }, { 2, { 3, 6 } },
      { { 0 } } },
    { "[{\"type\": \"softplus\"}]",
      { 4, { 2, 6, 4, 5 } }, { 4, { 2, 6, 4, 5 } },
      { { 0 } } },
    { "[{\"type\": \"softplus\", \"beta\": 2, \"threshold\": 1.5}]",
      { 2, { 3, 6 } }, { 2, { 3, 6 } },
      { { 0 } } },
    { "[{\"type\": \"prelu\"}]",
      { 4, { 2, 6, 4, 5 } }, { 4, { 2, 6, 4, 5 } },
      { { "0.weight", { 1, { 1 } } } } },
    { "[{\"type\": \"prelu\", \"num_parameters\": 6}]",
      { 4, { 2, 6, 4, 5 } }, { 4, { 2, 6, 4, 5 } },
      { { "0.weight", { 1, { 6 } } } } },
    { "[{\"type\": \"prelu\", \"num_parameters\": 6}]",
      { 2, { 3, 6 } }, { 2, { 3, 6 } },
      { { "0.weight", { 1, { 6 } } } } },
};
/* clang-format on */
