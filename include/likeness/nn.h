/**
 * nn: layers, that is ops with parameters of their own, as lists that a config can write down.
 * Parameters are named as in a PyTorch Sequential: encoder.3.weight is the weight of the list's
 * fourth layer.
 */
#ifndef LIKENESS_NN_H
#define LIKENESS_NN_H

#include <likeness/graph.h>
#include <likeness/options.h>

/** How weights start. */
typedef enum lk_initializer_kind {
    /* PyTorch's: uniform in +-1/sqrt(fan_in), biases too; fan_in of a transposed convolution counts
       its outputs */
    LK_INITIALIZE_TORCH,
    LK_INITIALIZE_NORMAL, /* normal with `std`, biases 0 (Radford, Metz, Chintala 2015) */
    LK_INITIALIZE_HE,     /* normal with sqrt(2 / fan_in), biases 0 (He et al. 2015) */
} lk_initializer_kind;
#define LK_INITIALIZER_WORDS "torch|normal|he" /* in the order of the enum */

typedef struct lk_initializer {
    lk_initializer_kind kind;
    double std;
} lk_initializer;

/** Where a layer is built: its parameters are `prefix`.weight and so on. */
typedef struct lk_layer_place {
    lk_graph *graph;
    const char *prefix;
    lk_initializer initializer;
    int image_channels; /* what `out` 0 of a convolution stands for */
    /* append the next layer as well: a ReLU of that slope below 0; only where the layer
       `takes_relu` */
    bool rectify;
    double slope;
} lk_layer_place;

typedef struct lk_layer {
    lk_choice choice;
    /** Appends the layer to x; NULL on errors, which the graph keeps. */
    lk_node *(*build)(const lk_layer_place *place, lk_node *x, const void *options);
    bool takes_relu;                      /* the layer and a ReLU behind it are one op */
    double (*slope)(const void *options); /* of a ReLU, below 0; NULL: the layer is none */
} lk_layer;

/** Every layer, as choices; each is an lk_layer. Ends in NULL. */
extern const lk_choice *const lk_layer_list[];

enum { LK_LAYERS_MAX = 256 }; /* of a list */

/** A list of layers with their options, and where each was written down, for messages. */
typedef struct lk_layers {
    int n;
    lk_chosen *list;
    const char **where;
} lk_layers;

/**
 * Read [{"type": "conv", "out": 32, ...}, ...]. Everything belongs to `arena`.
 * errors  LK_USAGE: "file:line: path[i]: got, wanted"; LK_MEMORY
 */
lk_status lk_layers_read(const lk_json *json, const struct cJSON *array, const char *path,
                         lk_arena *arena, lk_layers *layers, lk_error *err);
/** Append all layers to x, with parameters `prefix`.0.weight and so on. NULL on errors, which the
 * graph keeps, naming the layer's place. */
lk_node *lk_layers_build(const lk_layers *layers, const lk_layer_place *place, lk_node *x);
/** Whether the last layer is of that type. */
bool lk_layers_end_in(const lk_layers *layers, const char *type);
/** A linear layer by itself: y = x w^T + b with parameters `prefix`.weight and `prefix`.bias. */
lk_node *lk_linear_layer(const lk_layer_place *place, lk_node *x, int out, bool bias);

#endif
