/**
 * model: autoencoders. An architecture (an encoder and a decoder as lists of layers), a model type
 * (how features become codes) and any reconstruction loss make the graph that trains.
 */
#ifndef LIKENESS_MODEL_H
#define LIKENESS_MODEL_H

#include <likeness/loss.h>
#include <likeness/nn.h>

LK_HEADER_BEGIN

/**
 * The layers of a model. Encoder: images to features. Decoder: codes to images; it ends in a
 * sigmoid, as pixels are in [0, 1]. Without lists the preset stands for them: its layers follow the
 * size of the pictures (lk_architecture_fit).
 */
typedef struct lk_architecture {
    char preset[LK_WORDS_MAX]; /* next to lists only a name for people; "" for none */
    int64_t width;             /* channels of the preset's first stage; 0: the preset's own */
    lk_chosen_list encoder, decoder;
} lk_architecture;
/** The keys of an architecture. */
extern const lk_option lk_architecture_options[];

struct lk_preset_plan;
/**
 * A network for pictures of many sizes. Each stage of the encoder halves the side and has twice the
 * channels of the one before, up to 8 times the width. It ends after a fixed number of stages, or
 * where the side is 3, 4 or 5, or that of the code's maps. The decoder is the mirror image.
 */
typedef struct lk_preset {
    const char *name, *summary;
    int width;      /* channels of the first stage */
    int halvings;   /* how many stages there are before a vector; 0: as many as the side needs */
    bool only_maps; /* codes are never vectors, but maps after `halvings` stages */
    const void *parameters; /* of the two functions */
    /* append layers as JSON, without a final flatten or sigmoid, which every preset has */
    void (*add_encoder)(const struct lk_preset_plan *plan, lk_text *out);
    void (*add_decoder)(const struct lk_preset_plan *plan, lk_text *out);
} lk_preset;
/** Every preset; ends in NULL. */
extern const lk_preset *const lk_presets[];
#define LK_PRESET_DEFAULT "compact"
/** The preset of that name, or NULL. */
const lk_preset *lk_preset_find(const char *name);

/**
 * Read an architecture: a preset's name, as a string or as {"preset": NAME, "width": CHANNELS}; or
 * {"encoder": [...], "decoder": [...]} with any "preset" and "width". `value` NULL: the default
 * preset. The result belongs to `arena`.
 * errors  LK_USAGE: "file:line: path: expected X, got Y"; LK_MEMORY
 */
lk_status lk_architecture_read(const lk_json *json, const struct cJSON *value, const char *path,
                               lk_arena *arena, lk_architecture *out, lk_error *err);
/**
 * The architecture for pictures of size x size and codes (Z) or (C, H, W), with the layers of a
 * preset in its lists. Lists that are given stay as they are. The new lists belong to `arena`.
 * errors  LK_USAGE: the preset has no layers for that size, which sizes nearby have; or for codes
 *         of that side, and which sides it has; LK_MEMORY
 */
lk_status lk_architecture_fit(const lk_architecture *architecture, int size, lk_shape code,
                              lk_arena *arena, lk_architecture *out, lk_error *err);

struct lk_rng;
typedef struct lk_picture_shape {
    int size, channels;
} lk_picture_shape;

/** A corruption: what the encoder of a denoising model gets instead of the picture. */
typedef struct lk_corruption {
    lk_choice choice;
    /* changes one picture (H, W, C); NULL: there is none */
    void (*corrupt)(const void *options, struct lk_rng *rng, lk_picture_shape shape, lk_real *x);
} lk_corruption;
/** Every corruption, as choices; each is an lk_corruption. Ends in NULL. */
extern const lk_choice *const lk_corruptions[];

/** What is built: all of a model; images to codes; codes to images. */
typedef enum lk_model_part { LK_MODEL_WHOLE, LK_MODEL_ENCODER, LK_MODEL_DECODER } lk_model_part;

/** Everything that decides what graph is built. Borrowed. */
typedef struct lk_model_plan {
    lk_model_part part;
    lk_chosen type;               /* one of lk_models */
    lk_architecture architecture; /* fitted to the images */
    lk_shape code;                /* of one image: (Z), or (C, H, W) */
    lk_initializer initializer;
    lk_chosen corruption;     /* one of lk_corruptions; choice NULL: none */
    lk_chosen reconstruction; /* one of lk_losses; choice NULL: no objective, for evaluation */
    double reconstruction_scale;
    const char *reconstruction_where; /* its "file:line: path", for messages; may be NULL */
    lk_chosen regularizer;            /* one of lk_regularizers; choice NULL: none */
} lk_model_plan;

#define LK_REGULARIZER_PREFIX "regularizer_"
/** A part of the objective: weight times value. */
typedef struct lk_term {
    /* "reconstruction", "kl"; of a part "reconstruction_0_l1"; of a term of a sum of regularizers
       "regularizer_0_kl" */
    char name[48];
    lk_node *value; /* a single number, unweighted */
    double weight;
    const lk_regularizer_options
        *anneal;        /* makes the weight grow in training; NULL: nothing does */
    bool whole_batches; /* lk_regularizer */
} lk_term;

enum { LK_TERMS_MAX = 2 + LK_OWN_TERMS_MAX + 2 * LK_SUM_TERMS_MAX };

/** The nodes of a built model that others read. They belong to the graph. */
typedef struct lk_model {
    lk_node *images;    /* input (N, C, H, W), values in [0, 1]; NULL: a decoder alone */
    lk_node *corrupted; /* what the encoder gets instead; NULL: the images, or only a part */
    /* (N, Z), what is decoded, maps in the order C, H, W; in evaluation the mean of the posterior;
       the input of a decoder alone */
    lk_node *latent;
    lk_node *logvar; /* (N, Z), of the posterior; NULL: there is none */
    lk_node *output; /* like images; NULL: an encoder alone */
    /* a single number: the sum of the weighted terms; NULL without a loss or for a part */
    lk_node *objective;
    /* those of the objective, then for records: what a model only logs, and the parts of a
       reconstruction loss that is a sum */
    lk_term terms[LK_TERMS_MAX];
    int n_terms, n_parts;
} lk_model;

/** A model type: how features, (N, F) or for codes with a shape (N, K, H, W), become codes. */
typedef struct lk_model_type {
    lk_choice choice;
    const char *regularizer; /* of lk_regularizers: the default of a config with this model */
    bool has_posterior;      /* codes are drawn from distributions */
    bool is_discrete;        /* codes are from a set, and no prior of numbers describes them */
    lk_codes (*codes)(const lk_model_plan *plan, const lk_layer_place *encoder, lk_node *features);
} lk_model_type;
/** Every model type, as choices; each is an lk_model_type. Ends in NULL. */
extern const lk_choice *const lk_models[];

/**
 * Build the model into an empty graph; call lk_graph_finish(graph, model->objective) next.
 * Parameters are named encoder.I.weight, decoder.I.weight and so on.
 * errors  LK_USAGE if a layer does not fit, or the output does not have the images' shape; the
 *         message says which preset does
 */
lk_status lk_model_build(const lk_model_plan *plan, lk_graph *graph, lk_shape images,
                         lk_model *model, lk_error *err);

LK_HEADER_END

#endif
