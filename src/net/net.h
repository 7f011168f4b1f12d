/**
 * A network ready to run: the parameters, graph and model that a config describes, for one batch
 * and image size.
 */
#ifndef LIKENESS_NET_NET_H
#define LIKENESS_NET_NET_H

#include "io/safetensors.h"

#include <likeness/config.h>
#include <likeness/image.h>

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

#endif
