/** Measuring where the codes of training pictures lie. */
#ifndef LIKENESS_EVALUATE_SPREAD_H
#define LIKENESS_EVALUATE_SPREAD_H

#include "net/code_spread.h"

#include <likeness/model.h>
#include <likeness/pack.h>
#include <likeness/stop.h>

enum { LK_SPREAD_PICTURES = 10000 };

/** Encode pictures first, ..., first + n - 1 of `of` evenly spaced ones of a pack's training split:
 * picture i is number floor(i N / of). n is at most the graph's batch. The codes are the first n of
 * `encoder->latent`. Errors: those of the graph. */
lk_status lk_spread_encode(const lk_model *encoder, const lk_pack *pack, int of, int first, int n,
                           lk_error *err);

/**
 * Encode at most LK_SPREAD_PICTURES pictures of a pack's training split, number floor(i n / m) as
 * the i-th of m. The result has the same bits with any number of threads.
 *
 * encoder  a model whose graph has images and codes, and runs in evaluation
 * stop     asked after each batch; may be NULL
 * result   n = 0 if a code is not finite; the caller ends it with lk_code_spread_deinit
 * errors   LK_MEMORY, those of the graph, or the answer of `stop`
 */
lk_status lk_code_spread_measure(const lk_model *encoder, const lk_pack *pack, const lk_stop *stop,
                                 lk_code_spread *spread, lk_error *err);

#endif
