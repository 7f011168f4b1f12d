/**
 * model: autoencoders. An architecture (an encoder and a decoder as lists of layers) and a model
 * type (how features become latents) make, with any reconstruction loss, the graph that trains.
 */
#ifndef LIKENESS_MODEL_H
#define LIKENESS_MODEL_H

#include <likeness/loss.h>
#include <likeness/nn.h>

/** Encoder: images to features. Decoder: latents to images, ending in a sigmoid, as pixels are in
 * [0, 1]. */
typedef struct lk_architecture {
    lk_layers encoder, decoder;
} lk_architecture;

/** Names of the presets (configs/architectures/NAME.json, part of the program). Ends in NULL. */
extern const char *const lk_architecture_names[];

/**
 * Read a preset's name (a string; `value` NULL: "compact") or {"encoder": [...], "decoder": [...]}.
 * Belongs to `arena`.
 * errors  LK_USAGE: "file:line: path: got, wanted"; LK_MEMORY
 */
lk_status lk_architecture_read(const lk_json *json, const struct cJSON *value, const char *path,
                               lk_arena *arena, lk_architecture *out, lk_error *err);

/** All of a model; images to codes; codes to images. */
typedef enum lk_model_part { LK_MODEL_WHOLE, LK_MODEL_ENCODER, LK_MODEL_DECODER } lk_model_part;

/** Everything that decides what graph is built. Borrowed. */
typedef struct lk_model_plan {
    lk_model_part part;
    lk_chosen type; /* one of lk_models */
    lk_architecture architecture;
    int latent; /* Z */
    lk_initializer initializer;
    lk_chosen reconstruction; /* one of lk_losses; choice NULL: no objective, for evaluation */
    double reconstruction_scale;
    const char *reconstruction_where; /* "file:line: reconstruction", for messages; may be NULL */
    lk_chosen regularizer;            /* one of lk_regularizers; choice NULL: none */
} lk_model_plan;

/** A part of the objective: weight times value. */
typedef struct lk_term {
    const char *name;
    lk_node *value; /* a single number, unweighted */
    double weight;
    bool whole_batches; /* lk_regularizer */
} lk_term;

enum { LK_TERMS_MAX = 4 };

/** The nodes of a built model that others read; they belong to the graph. */
typedef struct lk_model {
    lk_node *images; /* input (N, C, H, W), values in [0, 1]; NULL: a decoder alone */
    /* (N, Z), what is decoded; in evaluation the mean of a posterior; an input of a decoder
       alone */
    lk_node *latent;
    lk_node *logvar; /* (N, Z), of the posterior; NULL: the model has none */
    lk_node *output; /* as images; NULL: an encoder alone */
    /* a single number: the sum of weighted terms; NULL without a loss, and of a part */
    lk_node *objective;
    lk_term terms[LK_TERMS_MAX];
    int n_terms;
} lk_model;

/** A model type: how features (N, F) become codes. */
typedef struct lk_model_type {
    lk_choice choice;
    const char *regularizer; /* of lk_regularizers: what a config has that names none */
    bool has_posterior;      /* codes are drawn from distributions */
    lk_codes (*codes)(const lk_model_plan *plan, const lk_layer_place *encoder, lk_node *features);
} lk_model_type;
/** Every model type, as choices; each is an lk_model_type. Ends in NULL. */
extern const lk_choice *const lk_models[];

/**
 * Build the model into an empty graph; call lk_graph_finish(graph, model->objective) next.
 * Parameters are named encoder.I.weight, decoder.I.weight and so on.
 * errors  LK_USAGE where a layer does not fit, the output has not the images' shape, or the decoder
 *         does not end in a sigmoid
 */
lk_status lk_model_build(const lk_model_plan *plan, lk_graph *graph, lk_shape images,
                         lk_model *model, lk_error *err);

#endif
