/** Graphs of Likeness as graphs of ONNX. */
#ifndef LIKENESS_EXPORT_GRAPH_H
#define LIKENESS_EXPORT_GRAPH_H

#include "export/onnx.h"

#include <likeness/graph.h>

/** A value that the file names. Its shape there may be another one than the node's, with the same
 * values in the same order. */
typedef struct lk_onnx_value {
    lk_onnx_port port;
    const lk_node *node; /* NULL: there is none */
} lk_onnx_value;

enum { LK_ONNX_OUTPUTS_MAX = 2 };
typedef struct lk_onnx_plan {
    const lk_graph *graph; /* with values in its parameters */
    lk_onnx_value input, outputs[LK_ONNX_OUTPUTS_MAX];
} lk_onnx_plan;

/**
 * Add what leads from the input to the outputs, in evaluation. A codebook adds an output of its
 * own, "indices".
 * errors  LK_USAGE: which op has no ONNX form; LK_MEMORY
 */
lk_status lk_onnx_graph(lk_onnx *onnx, const lk_onnx_plan *plan, lk_error *err);

#endif
