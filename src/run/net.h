/**
 * A network ready to run: the parameters, graph and model that a config describes, for one batch
 * and image size. Internal to the run layer and the program.
 */
#ifndef LIKENESS_RUN_NET_H
#define LIKENESS_RUN_NET_H

#include <likeness/io.h>
#include <likeness/run.h>

/** Images a network sees: side and channels. */
typedef struct lk_image_shape {
    int size, channels;
} lk_image_shape;

typedef struct lk_net {
    const lk_context *context;
    lk_image_shape images;
    lk_params params;
    lk_graph *graph;
    lk_model model;
} lk_net;

enum { LK_EVALUATION_BATCH = 64 }; /* always, so that figures do not depend on the config's batch */

/**
 * Build and start (from the seed) the network of a config.
 *
 * memory  `context` and `config` are borrowed; the caller ends it with lk_net_deinit, also after an
 *         error
 * errors  LK_USAGE: "file:line: place: got, wanted", LK_MEMORY
 */
lk_status lk_net_init(lk_net *net, const lk_context *context, const lk_config *config,
                      lk_image_shape images, int batch, int n_shards, bool training, lk_error *err);
void lk_net_deinit(lk_net *net);
/** Where weights are kept: a file, its path for messages, and what stands before the names of those
 * that are trained. */
typedef struct lk_stored_weights {
    const lk_safetensors *file;
    const char *path, *prefix;
} lk_stored_weights;
/**
 * A part alone, for batches of LK_EVALUATION_BATCH, without gradients. Its parameters are those of
 * the part. No memory is taken before it is known that `weights` has them all. Errors: as above;
 * LK_FORMAT: which tensor, got, wanted
 */
lk_status lk_net_init_part(lk_net *net, const lk_context *context, const lk_config *config,
                           lk_image_shape images, lk_model_part part,
                           const lk_stored_weights *weights, lk_error *err);
/**
 * A decoder on the parameters of a whole net, for batches of LK_EVALUATION_BATCH codes. Its graph,
 * model->latent->graph, is the caller's, ends before the net, and uses its graph's memory: what
 * stood there is gone. Errors: LK_MEMORY.
 */
lk_status lk_net_decoder(lk_net *net, const lk_config *config, lk_model *model, lk_error *err);
/**
 * In evaluation: what a node becomes for n values of an input of its graph, any n. Reconstructs
 * from images to output, encodes from images to latent, decodes from latent to output. shape in (n,
 * row of `from`), out (n, row of `to`), stored as in the graph
 */
void lk_net_map(lk_node *from, const lk_node *to, const lk_real *in, int n, lk_real *out);

/* ---- weights in files: PyTorch's names and layouts ---- */

/** Tensors to be written, with the memory of those whose layout differs in files; the others lie in
 * the arrays they were added from. */
typedef struct lk_tensor_list {
    lk_stored_tensor *list;
    size_t n, capacity;
    lk_arena arena;
} lk_tensor_list;

void lk_tensor_list_init(lk_tensor_list *tensors);
void lk_tensor_list_deinit(lk_tensor_list *tensors);
/** Append every parameter of `kind` as prefix + name, its values taken from the flat array
 * `values`. Errors: LK_MEMORY. */
lk_status lk_tensor_list_add(lk_tensor_list *tensors, const lk_params *params, lk_param_kind kind,
                             const lk_real *values, const char *prefix, lk_error *err);
/** The reverse: fill the flat array `values` from a file's tensors prefix + name. Errors:
 * LK_FORMAT: which tensor, got, wanted; LK_MEMORY. */
lk_status lk_tensors_load(const lk_safetensors *file, const char *path, const lk_params *params,
                          lk_param_kind kind, lk_real *values, const char *prefix, lk_error *err);

/* ---- trained models ---- */

/**
 * model.safetensors: weights and statistics, the config and the images' shape in the metadata.
 * `values` are the weights, a flat array as params->trained.
 */
lk_status lk_model_write(const char *path, const lk_net *net, const lk_config *config,
                         const lk_real *values, lk_error *err);

/** The shape of the images a model file or checkpoint is for. Errors: LK_FORMAT. */
lk_status lk_model_images(const lk_safetensors *file, const char *path, lk_image_shape *images,
                          lk_error *err);

/** A trained model opened for use, from a run's folder (its model.safetensors), a model file or a
 * checkpoint. */
typedef struct lk_trained {
    lk_config config;
    lk_net net;
    char path[LK_PATH_MAX];
    lk_safetensors *file;
} lk_trained;

/**
 * Open and build for batches of LK_EVALUATION_BATCH, without gradients. `sets` change the config,
 * as --set does.
 * errors  LK_FORMAT for the file and what it holds, LK_USAGE for sets
 */
lk_status lk_trained_open(const char *path, const lk_context *context, const char *const *sets,
                          int n_sets, lk_trained *trained, lk_error *err);
/** A part alone: what else is needed of the file is not looked at. */
lk_status lk_trained_open_part(const char *path, const lk_context *context, lk_model_part part,
                               lk_trained *trained, lk_error *err);
void lk_trained_close(lk_trained *trained);
/** Reconstruct n images. shape  originals, out (n, H, W, C) */
void lk_trained_reconstruct(lk_trained *trained, const lk_real *originals, int n, lk_real *out);

#endif
