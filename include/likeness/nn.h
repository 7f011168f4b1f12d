/**
 * nn: layers, that is ops with their parameters, in lists that a config can hold. Parameters are
 * named as in a PyTorch Sequential: encoder.3.weight is the weight of the list's fourth layer.
 */
#ifndef LIKENESS_NN_H
#define LIKENESS_NN_H

#include <likeness/graph.h>
#include <likeness/options.h>

LK_HEADER_BEGIN

/**
 * How weights start.
 *   torch   as in PyTorch: uniform in +-1/sqrt(fan_in), biases too; the fan_in of a transposed
 *           convolution counts its outputs
 *   normal  normal with `std`, biases 0 (Radford, Metz, Chintala 2015)
 *   he      normal with sqrt(2 / fan_in), biases 0 (He et al. 2015)
 */
#define LK_INITIALIZER_LIST(X)                                                                     \
    X(torch, LK_INITIALIZE_TORCH)                                                                  \
    X(normal, LK_INITIALIZE_NORMAL)                                                                \
    X(he, LK_INITIALIZE_HE)
typedef enum lk_initializer_kind { LK_INITIALIZER_LIST(LK_WORDS_ENUM) } lk_initializer_kind;

typedef struct lk_initializer {
    lk_initializer_kind kind;
    double std;
} lk_initializer;

/** Where a layer is built. Its parameters are named `prefix`.weight and so on. */
typedef struct lk_layer_place {
    lk_graph *graph;
    const char *prefix;
    lk_initializer initializer;
    int image_channels; /* what `out` 0 of a convolution means */
    /* build the next layer too, a ReLU with this slope below 0; only if the layer `takes_relu` */
    bool rectify;
    double slope;
} lk_layer_place;

typedef struct lk_layer {
    lk_choice choice;
    /** Append the layer to x. NULL on errors, which the graph keeps. */
    lk_node *(*build)(const lk_layer_place *place, lk_node *x, const void *options);
    bool takes_relu;                      /* the layer and a ReLU after it are one op */
    double (*slope)(const void *options); /* of a ReLU, below 0; NULL: the layer is no ReLU */
} lk_layer;

/** Every layer, as choices; each is an lk_layer. Ends in NULL. */
extern const lk_choice *const lk_layer_list[];

enum { LK_LAYERS_MAX = 256 }; /* of a list */

/** What a list of layers holds, for LK_CHOICES options. */
extern const lk_items lk_layer_items;

/** Append all layers to x, with parameters `prefix`.0.weight and so on. NULL on errors, which the
 * graph keeps, with the place of the layer. */
lk_node *lk_layers_build(const lk_chosen_list *layers, const lk_layer_place *place, lk_node *x);
/** The same of layers first, ..., end - 1 of a list. */
lk_node *lk_layers_build_part(const lk_chosen_list *layers, int first, int end,
                              const lk_layer_place *place, lk_node *x);
/** A linear layer by itself: y = x w^T + b with parameters `prefix`.weight and `prefix`.bias. */
lk_node *lk_linear_layer(const lk_layer_place *place, lk_node *x, int out, bool bias);
/** A convolution layer of kernel 1 by itself, with the same names of parameters. */
lk_node *lk_pointwise_layer(const lk_layer_place *place, lk_node *x, int out, int stride);

LK_HEADER_END

#endif
